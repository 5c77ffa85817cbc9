//! The open connections, by id.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::connection::Connection;

/// The connections that the management API can reach.
#[derive(Default)]
pub struct OpenConnections {
    by_id: Mutex<HashMap<String, Arc<Connection>>>,
}

impl OpenConnections {
    /// Adds a connection. Posts reach it until the entry is dropped.
    pub fn insert(self: &Arc<Self>, connection: Arc<Connection>) -> Entry {
        let connection_id = connection.client.connection_id.clone();
        self.lock().insert(connection_id.clone(), connection);
        Entry { connections: Arc::clone(self), connection_id }
    }

    /// Removes a connection. From now on, it is gone.
    pub fn remove(&self, connection_id: &str) {
        self.lock().remove(connection_id);
    }

    pub fn get(&self, connection_id: &str) -> Option<Arc<Connection>> {
        self.lock().get(connection_id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's entry among the open ones. To drop it is to remove the connection.
pub struct Entry {
    connections: Arc<OpenConnections>,
    connection_id: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.connections.remove(&self.connection_id);
    }
}
