//! Connections in memory, for tests of handlers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Connection, ConnectionError, Connections, MAX_PAYLOAD};
use crate::event::Payload;

/// Connections that keep the messages that they are sent. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryConnections {
    connections: Arc<Mutex<BTreeMap<String, State>>>,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    sent: Vec<Payload>,
}

impl InMemoryConnections {
    /// Opens connections with these ids.
    #[must_use]
    pub fn open<const N: usize>(connection_ids: [&str; N]) -> Self {
        let open = connection_ids.into_iter().map(|id| (id.to_owned(), State::default())).collect();
        Self { connections: Arc::new(Mutex::new(open)) }
    }

    /// Opens one more connection.
    pub fn connect(&self, connection_id: &str) {
        self.lock().insert(connection_id.to_owned(), State::default());
    }

    /// Closes a connection, as a client would. From now on, calls for it fail with [`ConnectionError::Disconnected`].
    pub fn disconnect(&self, connection_id: &str) {
        if let Some(connection) = self.lock().get_mut(connection_id) {
            connection.is_closed = true;
        }
    }

    /// The messages that a connection was sent, oldest first, as text. Bytes that are not UTF-8 become `�`.
    #[must_use]
    pub fn sent(&self, connection_id: &str) -> Vec<String> {
        let text = |payload: &Payload| String::from_utf8_lossy(payload.as_bytes()).into_owned();
        self.lock().get(connection_id).map(|state| state.sent.iter().map(text).collect()).unwrap_or_default()
    }

    /// Whether a connection is open.
    #[must_use]
    pub fn is_open(&self, connection_id: &str) -> bool {
        self.lock().get(connection_id).is_some_and(|connection| !connection.is_closed)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_open<T>(&self, connection_id: &str, act: impl FnOnce(&mut State) -> T) -> Result<T, ConnectionError> {
        match self.lock().get_mut(connection_id) {
            Some(connection) if !connection.is_closed => Ok(act(connection)),
            _ => Err(ConnectionError::Disconnected(connection_id.to_owned())),
        }
    }
}

#[async_trait]
impl Connections for InMemoryConnections {
    async fn send(&self, connection_id: &str, payload: &Payload) -> Result<(), ConnectionError> {
        if payload.as_bytes().len() > MAX_PAYLOAD {
            return Err(ConnectionError::PayloadTooLarge);
        }
        self.with_open(connection_id, |connection| connection.sent.push(payload.clone()))
    }

    async fn close(&self, connection_id: &str) -> Result<(), ConnectionError> {
        self.with_open(connection_id, |connection| connection.is_closed = true)
    }

    async fn describe(&self, connection_id: &str) -> Result<Connection, ConnectionError> {
        self.with_open(connection_id, |_| Connection {
            connected_at: 0,
            last_active_at: 0,
            source_ip: "127.0.0.1".to_owned(),
            user_agent: None,
        })
    }
}
