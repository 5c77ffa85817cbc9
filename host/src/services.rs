//! The services that a handler may call.
//!
//! The file of the same name in `handler/` lets guests call a service. [`connections`] is a trait, with an
//! implementation over AWS and one in memory for tests. [`signed_requests`] checks requests, and has a trait for what sends
//! them. [`groups`] and [`state`] are written once, over a [`table`],
//! which is DynamoDB or in memory.

#[cfg(feature = "lambda")]
pub mod aws;
mod clock;
pub mod connections;
pub mod groups;
mod in_memory;
mod names;
pub mod signed_requests;
pub mod state;
pub mod table;

use std::sync::{Arc, LazyLock};

pub use self::{clock::Clock, connections::in_memory::InMemoryConnections, in_memory::InMemoryServices};
use self::{
    connections::Connections,
    groups::Groups,
    signed_requests::SignedRequests,
    state::State,
    table::{Table, unset::UnsetTable},
};

/// The services that a handler may call while it answers one event. Clones share them.
///
/// Several events may be answered at the same time, by the same services.
///
/// ```
/// use goblet_host::services::{InMemoryServices, Services, connections::Connections};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let in_memory = InMemoryServices::open(["alice"]);
/// let services = Services::from(&in_memory);
/// services.connections.send("alice", &"hello".into()).await.unwrap();
/// assert_eq!(in_memory.connections.sent("alice"), ["hello"]);
/// # }
/// ```
#[derive(Clone)]
pub struct Services {
    /// The open connections of the API that the event came from.
    pub connections: Arc<dyn Connections>,
    /// Groups of connections.
    pub groups: Groups,
    /// Values that outlive the event.
    pub state: State,
    /// Requests to AWS that the host signs.
    pub signed_requests: SignedRequests,
}

impl Services {
    /// No services, for an instance that has no event yet: no connection is open, and no table is there.
    #[must_use]
    pub fn none() -> Self {
        static NONE: LazyLock<Services> = LazyLock::new(|| {
            let (table, clock): (Arc<dyn Table>, _) = (Arc::new(UnsetTable), Clock::default());
            Services {
                connections: Arc::new(InMemoryConnections::default()),
                groups: Groups::new(Arc::clone(&table), clock.clone()),
                state: State::new(table, clock),
                signed_requests: SignedRequests::unset(),
            }
        });
        NONE.clone()
    }
}

impl From<&InMemoryServices> for Services {
    fn from(services: &InMemoryServices) -> Self {
        let InMemoryServices { connections, groups, state, signed_requests, .. } = services.clone();
        Self { connections: Arc::new(connections), groups, state, signed_requests }
    }
}

impl From<&InMemoryConnections> for Services {
    /// With groups and state of their own, which are empty.
    fn from(connections: &InMemoryConnections) -> Self {
        Self::from(&InMemoryServices::with(connections.clone()))
    }
}
