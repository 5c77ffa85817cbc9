//! The service *connections*: the open connections of a WebSocket API, which a handler sends to.

#[cfg(feature = "lambda")]
pub mod aws;
pub mod in_memory;

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

use crate::event::Payload;

/// API Gateway's limit for one message, in bytes:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
pub const MAX_PAYLOAD: usize = 128 * 1024;

/// How many posts one call has in flight at the same time.
pub(super) const POSTS_IN_FLIGHT: usize = 64;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConnectionError {
    /// The connection with this id is closed, or not yet established (HTTP 410).
    #[error("connection {0} is gone")]
    Disconnected(String),
    /// The payload is larger than [`MAX_PAYLOAD`] (HTTP 413).
    #[error("the payload is larger than 128 KB")]
    PayloadTooLarge,
    /// There are too many calls, or the client reads too slowly (HTTP 429).
    #[error("too many calls, or the client reads too slowly")]
    Throttled,
    /// The host has no permission for this call (HTTP 403).
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// Anything else. The text says what happened.
    #[error("{0}")]
    Failed(String),
}

/// What API Gateway knows of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// When the connection was established, in ms since the Unix epoch.
    pub connected_at: u64,
    /// When the connection was last active, in ms since the Unix epoch.
    pub last_active_at: u64,
    /// The client's IP address.
    pub source_ip: String,
    /// The client's `User-Agent`, if it sent one.
    pub user_agent: Option<String>,
}

/// The open connections of one API, as the management API (`@connections`) offers them:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.
///
/// ```
/// use goblet_host::services::{
///     InMemoryConnections,
///     connections::{ConnectionError, Connections},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let connections = InMemoryConnections::open(["alice", "bob"]);
/// connections.close("bob").await.unwrap();
/// let results = connections.send_all(&["alice".to_owned(), "bob".to_owned()], &"hello".into()).await;
/// assert_eq!(results, [Ok(()), Err(ConnectionError::Disconnected("bob".to_owned()))]);
/// # }
/// ```
#[async_trait]
pub trait Connections: Send + Sync {
    /// Sends a message of at most [`MAX_PAYLOAD`] bytes to a connection.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::PayloadTooLarge`] if the message is larger; then nothing is sent. Otherwise the API's error.
    async fn send(&self, connection_id: &str, payload: &Payload) -> Result<(), ConnectionError>;

    /// Closes a connection. Its client sees close code 1000.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::Disconnected`] if it is closed already. Otherwise the API's error.
    async fn close(&self, connection_id: &str) -> Result<(), ConnectionError>;

    /// Returns what API Gateway knows of a connection.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::Disconnected`] if it is closed. Otherwise the API's error.
    async fn describe(&self, connection_id: &str) -> Result<Connection, ConnectionError>;

    /// Sends one message to many connections, up to 64 at the same time. Returns a result for each connection, in the
    /// order of the ids.
    async fn send_all(&self, connection_ids: &[String], payload: &Payload) -> Vec<Result<(), ConnectionError>> {
        // The stream owns the ids: the compiler cannot prove that borrowed ones outlive a boxed future.
        stream::iter(connection_ids.to_vec())
            .map(|connection_id| async move { self.send(&connection_id, payload).await })
            .buffered(POSTS_IN_FLIGHT)
            .collect()
            .await
    }
}
