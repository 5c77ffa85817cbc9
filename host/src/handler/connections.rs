//! `goblet:websocket/connections`: what guests call of the service *connections*.

use std::sync::Arc;

use super::{
    bindings::goblet::websocket::{
        connections::{Connection, Error, Host},
        types::Payload,
    },
    stopwatch::Stopwatch,
};
use crate::services::{
    Services,
    connections::{self, ConnectionError, Connections},
};

/// One instance's calls.
pub struct ConnectionCalls {
    connections: Arc<dyn Connections>,
    /// How long the instance has waited for them.
    pub waited: Stopwatch,
}

impl ConnectionCalls {
    pub fn new(services: &Services) -> Self {
        Self { connections: Arc::clone(&services.connections), waited: Stopwatch::default() }
    }
}

impl Host for ConnectionCalls {
    async fn send(&mut self, connection_id: String, payload: Payload) -> Result<(), Error> {
        let payload = payload.into();
        Ok(self.waited.time(self.connections.send(&connection_id, &payload)).await?)
    }

    async fn send_all(&mut self, connection_ids: Vec<String>, payload: Payload) -> Vec<Result<(), Error>> {
        let payload = payload.into();
        let results = self.waited.time(self.connections.send_all(&connection_ids, &payload)).await;
        results.into_iter().map(|result| result.map_err(Into::into)).collect()
    }

    async fn close(&mut self, connection_id: String) -> Result<(), Error> {
        Ok(self.waited.time(self.connections.close(&connection_id)).await?)
    }

    async fn describe(&mut self, connection_id: String) -> Result<Connection, Error> {
        Ok(self.waited.time(self.connections.describe(&connection_id)).await?.into())
    }
}

impl From<connections::Connection> for Connection {
    fn from(connection: connections::Connection) -> Self {
        Self {
            connected_at: connection.connected_at,
            last_active_at: connection.last_active_at,
            source_ip: connection.source_ip,
            user_agent: connection.user_agent,
        }
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Disconnected(connection_id) => Self::Disconnected(connection_id),
            ConnectionError::PayloadTooLarge => Self::PayloadTooLarge,
            ConnectionError::Throttled => Self::Throttled,
            ConnectionError::Forbidden(text) => Self::Forbidden(text),
            ConnectionError::Failed(text) => Self::Failed(text),
        }
    }
}
