//! The services on AWS.

use std::sync::Arc;

use super::{
    Services,
    clock::Clock,
    connections::aws::ManagementApi,
    groups::Groups,
    state::State,
    table::{Table, aws::DynamoDbTable, unset::UnsetTable},
};
use crate::{
    aws::{self, CertificatesError},
    event::Request,
};

/// What lasts from one event to the next: the clients of all services.
pub struct AwsServices {
    management_api: ManagementApi,
    groups: Groups,
    state: State,
}

impl AwsServices {
    /// Makes the clients, as the environment configures them. The table is the one that the handler needs, by its name:
    /// a handler that needs none does not pay for a client.
    ///
    /// # Errors
    ///
    /// [`CertificatesError`].
    pub fn from_env(table: Option<&str>) -> Result<Self, CertificatesError> {
        let management_endpoint = aws::configured_endpoint(ManagementApi::SERVICE);
        let table_endpoint = aws::configured_endpoint(DynamoDbTable::SERVICE);
        let endpoints = [Some(management_endpoint.as_deref()), table.map(|_| table_endpoint.as_deref())];
        let config = aws::config(endpoints.into_iter().flatten())?;
        let table: Arc<dyn Table> = match table {
            Some(name) => Arc::new(DynamoDbTable::new(&config, table_endpoint, name.to_owned())),
            None => Arc::new(UnsetTable),
        };
        let clock = Clock::default();
        Ok(Self {
            management_api: ManagementApi::new(config, management_endpoint),
            groups: Groups::new(Arc::clone(&table), clock.clone()),
            state: State::new(table, clock),
        })
    }

    /// The services for one event.
    #[must_use]
    pub fn for_event(&self, request: &Request) -> Services {
        Services {
            connections: self.management_api.connections(request),
            groups: self.groups.clone(),
            state: self.state.clone(),
        }
    }
}
