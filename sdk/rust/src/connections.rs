//! The API's open connections: API Gateway's management API (`@connections`).

use std::fmt;

pub use crate::bindings::imports::goblet::websocket::connections::Connection;
use crate::{Payload, bindings::imports::goblet::websocket::connections};

/// Why a call about a connection failed.
///
/// The display text names AWS's exception, so that it can be looked up:
/// <https://docs.aws.amazon.com/apigatewaymanagementapi/latest/reference/API_PostToConnection.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The connection with this id is closed, or not established yet (HTTP 410).
    Disconnected(String),
    /// The payload is larger than 128 KB, 131,072 bytes (HTTP 413).
    PayloadTooLarge,
    /// Too many calls, or the client reads too slowly (HTTP 429). The host has already tried again.
    Throttled,
    /// The host has no permission for this call (HTTP 403); AWS's text.
    Forbidden(String),
    /// Anything else: what happened, in words.
    Failed(String),
}

/// Sends a message to a connection.
///
/// # Errors
///
/// [`Error::Disconnected`] if the client has left, [`Error::PayloadTooLarge`] above 128 KB, and the others.
///
/// ```no_run
/// # fn on_message(event: goblet::MessageEvent) -> goblet::Result<()> {
/// goblet::send(event.connection_id(), "welcome")?;
/// # Ok(())
/// # }
/// ```
pub fn send(connection_id: &str, payload: impl Into<Payload>) -> Result<(), Error> {
    connections::send(connection_id, &payload.into()).map_err(Error::new)
}

/// Sends one message to many connections at once. Returns a result for each of them, in the order given.
///
/// ```no_run
/// use goblet::Error;
///
/// # let members: Vec<String> = Vec::new();
/// for (member, sent) in members.iter().zip(goblet::send_all(&members, "news")) {
///     match sent {
///         Ok(()) => {}
///         Err(Error::Disconnected(_)) => println!("{member} has left"),
///         Err(error) => eprintln!("{member}: {error}"),
///     }
/// }
/// ```
pub fn send_all(connection_ids: &[String], payload: impl Into<Payload>) -> Vec<Result<(), Error>> {
    let results = connections::send_all(connection_ids, &payload.into());
    results.into_iter().map(|result| result.map_err(Error::new)).collect()
}

/// Closes a connection; its client sees close code 1000.
///
/// # Errors
///
/// [`Error::Disconnected`] if it is closed already, and the others.
pub fn close(connection_id: &str) -> Result<(), Error> {
    connections::close(connection_id).map_err(Error::new)
}

/// Tells what is known of a connection.
///
/// # Errors
///
/// [`Error::Disconnected`] if it is closed, and the others.
pub fn describe(connection_id: &str) -> Result<Connection, Error> {
    connections::describe(connection_id).map_err(Error::new)
}

impl Error {
    pub(crate) fn new(error: connections::Error) -> Self {
        match error {
            connections::Error::Disconnected(connection_id) => Self::Disconnected(connection_id),
            connections::Error::PayloadTooLarge => Self::PayloadTooLarge,
            connections::Error::Throttled => Self::Throttled,
            connections::Error::Forbidden(text) => Self::Forbidden(text),
            connections::Error::Failed(text) => Self::Failed(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected(connection_id) => {
                write!(formatter, "connection {connection_id} is closed, or not established yet (GoneException)")
            }
            Self::PayloadTooLarge => {
                formatter.write_str("the payload is larger than 128 KB (PayloadTooLargeException)")
            }
            Self::Throttled => {
                formatter.write_str("too many calls, or the client reads too slowly (LimitExceededException)")
            }
            Self::Forbidden(text) => write!(formatter, "the host has no permission: {text} (ForbiddenException)"),
            Self::Failed(text) => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_happened_and_names_the_exception_of_aws() {
        let gone = Error::new(connections::Error::Disconnected("L0SM9cOFvHcCIhw=".to_owned()));
        assert_eq!(gone.to_string(), "connection L0SM9cOFvHcCIhw= is closed, or not established yet (GoneException)");
        assert!(Error::new(connections::Error::PayloadTooLarge).to_string().contains("128 KB"));
        assert!(Error::new(connections::Error::Throttled).to_string().contains("LimitExceededException"));
        let forbidden = Error::new(connections::Error::Forbidden("access denied".to_owned()));
        assert_eq!(forbidden.to_string(), "the host has no permission: access denied (ForbiddenException)");
        assert_eq!(Error::new(connections::Error::Failed("no answer".to_owned())).to_string(), "no answer");
    }
}
