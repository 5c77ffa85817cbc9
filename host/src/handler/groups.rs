//! `goblet:websocket/groups`: what guests call of the service *groups*.

use std::sync::Arc;

use super::{
    bindings::goblet::websocket::{
        groups::{Delivery, Error, Failure, Host, Member},
        types::Payload,
    },
    stopwatch::Stopwatch,
};
use crate::services::{
    Services,
    connections::{ConnectionError, Connections},
    groups::{self, GroupError, Groups},
};

/// One instance's calls.
pub struct GroupCalls {
    groups: Groups,
    connections: Arc<dyn Connections>,
    /// How long the instance has waited for them.
    pub waited: Stopwatch,
}

impl GroupCalls {
    pub fn new(services: &Services) -> Self {
        Self {
            groups: services.groups.clone(),
            connections: Arc::clone(&services.connections),
            waited: Stopwatch::default(),
        }
    }
}

impl Host for GroupCalls {
    async fn join(&mut self, group: String, connection_id: String, label: String) -> Result<(), Error> {
        Ok(self.waited.time(self.groups.join(&group, &connection_id, &label)).await?)
    }

    async fn leave(&mut self, group: String, connection_id: String) -> Result<(), Error> {
        Ok(self.waited.time(self.groups.leave(&group, &connection_id)).await?)
    }

    async fn members(&mut self, group: String) -> Result<Vec<Member>, Error> {
        let members = self.waited.time(self.groups.members(&group)).await?;
        Ok(members.into_iter().map(Into::into).collect())
    }

    async fn joined(&mut self, connection_id: String) -> Result<Vec<String>, Error> {
        Ok(self.waited.time(self.groups.joined(&connection_id)).await?)
    }

    async fn send(&mut self, group: String, payload: Payload, excluded: Vec<String>) -> Result<Delivery, Error> {
        let payload = payload.into();
        let sent = self.groups.send(self.connections.as_ref(), &group, &payload, &excluded);
        Ok(self.waited.time(sent).await?.into())
    }
}

impl From<groups::Member> for Member {
    fn from(member: groups::Member) -> Self {
        Self { connection_id: member.connection_id, label: member.label }
    }
}

impl From<groups::Delivery> for Delivery {
    fn from(delivery: groups::Delivery) -> Self {
        let failure =
            |(connection_id, error): (String, ConnectionError)| Failure { connection_id, error: error.into() };
        Self { reached: delivery.reached, failed: delivery.failed.into_iter().map(failure).collect() }
    }
}

impl From<GroupError> for Error {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Invalid(text) => Self::Invalid(text),
            GroupError::PayloadTooLarge => Self::PayloadTooLarge,
            GroupError::Throttled => Self::Throttled,
            GroupError::Forbidden(text) => Self::Forbidden(text),
            GroupError::Failed(text) => Self::Failed(text),
        }
    }
}
