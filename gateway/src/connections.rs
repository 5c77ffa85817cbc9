//! The open connections, by id.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::connection::Connection;

#[derive(Default)]
pub struct Connections {
    by_id: Mutex<HashMap<String, Arc<Connection>>>,
}

impl Connections {
    /// From here on, posts reach the connection.
    pub fn insert(&self, connection: Arc<Connection>) {
        self.lock().insert(connection.client.connection_id.clone(), connection);
    }

    /// From here on, it is gone.
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
