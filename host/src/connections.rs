//! The API's open connections, as a handler sees them.

mod in_memory;

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

pub use self::in_memory::InMemoryConnections;
use crate::event::Payload;

/// API Gateway's limit for one message, in bytes:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
pub const MAX_PAYLOAD: usize = 128 * 1024;

/// How many posts of one `send_all` are in flight at once.
const SEND_ALL_IN_FLIGHT: usize = 64;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConnectionError {
    /// The connection with this id is closed, or not yet established (HTTP 410).
    #[error("connection {0} is gone")]
    Disconnected(String),
    /// Larger than [`MAX_PAYLOAD`] (HTTP 413).
    #[error("the payload is larger than 128 KB")]
    PayloadTooLarge,
    /// Too many calls, or the client reads too slowly (HTTP 429).
    #[error("too many calls, or the client reads too slowly")]
    Throttled,
    /// No permission for this call (HTTP 403).
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// Anything else: what happened, in words.
    #[error("{0}")]
    Failed(String),
}

/// What is known of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// When it was established, in ms since the Unix epoch.
    pub connected_at: u64,
    /// When it was last active, in ms since the Unix epoch.
    pub last_active_at: u64,
    /// The client's IP address.
    pub source_ip: String,
    /// The client's `User-Agent`, if it sent one.
    pub user_agent: Option<String>,
}

/// The open connections of one API: what the management API, `@connections`, offers.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Sends a message of at most [`MAX_PAYLOAD`] bytes to a connection.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::PayloadTooLarge`] before anything is sent; any other, as the API answers.
    async fn send(&self, connection_id: &str, payload: &Payload) -> Result<(), ConnectionError>;

    /// Closes a connection; its client sees close code 1000.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::Disconnected`] if it is closed already; any other, as the API answers.
    async fn close(&self, connection_id: &str) -> Result<(), ConnectionError>;

    /// Tells what is known of a connection.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::Disconnected`] if it is closed; any other, as the API answers.
    async fn describe(&self, connection_id: &str) -> Result<Connection, ConnectionError>;

    /// Sends one message to many connections, up to 64 at once; a result for each, in the order given.
    async fn send_all(&self, connection_ids: &[String], payload: &Payload) -> Vec<Result<(), ConnectionError>> {
        // Ids of its own: a borrowed one is beyond what the compiler can prove in a boxed future.
        stream::iter(connection_ids.to_vec())
            .map(|connection_id| async move { self.send(&connection_id, payload).await })
            .buffered(SEND_ALL_IN_FLIGHT)
            .collect()
            .await
    }
}
