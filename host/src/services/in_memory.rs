//! All services in memory, for tests of handlers.

use std::sync::Arc;

use super::{
    clock::Clock,
    connections::in_memory::InMemoryConnections,
    groups::Groups,
    signed_requests::SignedRequests,
    state::State,
    table::{Table, in_memory::InMemoryTable},
};

/// Services that keep everything in memory. Clones share it.
#[derive(Clone)]
pub struct InMemoryServices {
    /// The connections, with what they were sent.
    pub connections: InMemoryConnections,
    /// The groups.
    pub groups: Groups,
    /// The state.
    pub state: State,
    /// Requests to AWS. None is allowed, unless a test gives others: see [`InMemorySender`].
    ///
    /// [`InMemorySender`]: super::signed_requests::in_memory::InMemorySender
    pub signed_requests: SignedRequests,
    /// The time by which lifetimes end.
    pub clock: Clock,
}

impl InMemoryServices {
    /// Opens connections with these ids. There are no groups yet, and no state.
    #[must_use]
    pub fn open<const N: usize>(connection_ids: [&str; N]) -> Self {
        Self::with(InMemoryConnections::open(connection_ids))
    }

    /// Services with these connections. There are no groups yet, and no state.
    #[must_use]
    pub fn with(connections: InMemoryConnections) -> Self {
        let table: Arc<dyn Table> = Arc::new(InMemoryTable::default());
        let clock = Clock::default();
        Self {
            connections,
            groups: Groups::new(Arc::clone(&table), clock.clone()),
            state: State::new(table, clock.clone()),
            signed_requests: SignedRequests::unset(),
            clock,
        }
    }
}
