//! The services that a handler may call.
//!
//! Each service is a folder: a trait with its errors, an implementation over AWS, and one in memory for tests. The
//! file of the same name in `handler/` lets guests call it.

pub mod aws;
pub mod connections;

use std::sync::Arc;

use self::connections::Connections;
pub use self::connections::in_memory::InMemoryConnections;

/// The services that a handler may call while it answers one event. Clones share them.
///
/// Several events may be answered at the same time, by the same services.
///
/// ```
/// use std::sync::Arc;
///
/// use goblet_host::services::{InMemoryConnections, Services, connections::Connections};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let connections = InMemoryConnections::open(["alice"]);
/// let services = Services { connections: Arc::new(connections.clone()) };
/// services.connections.send("alice", &"hello".into()).await.unwrap();
/// assert_eq!(connections.sent("alice"), ["hello"]);
/// # }
/// ```
#[derive(Clone)]
pub struct Services {
    /// The open connections of the API that the event came from.
    pub connections: Arc<dyn Connections>,
}

impl Default for Services {
    /// Services in memory, with nothing in them: no connection is open.
    fn default() -> Self {
        Self { connections: Arc::new(InMemoryConnections::default()) }
    }
}
