//! The routes that a handler may serve, a trait for each.

pub use crate::bindings::on_connect::exports::goblet::websocket::on_connect::Answer;
use crate::{ConnectEvent, DisconnectEvent, MessageEvent, Payload, Result};

/// Serves `$connect`: decides who may connect.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve `$connect`",
    note = "implement `goblet::OnConnect` for it, or take `OnConnect` out of `goblet::export!`"
)]
pub trait OnConnect {
    /// Accepts the connection, or rejects it with an HTTP status.
    ///
    /// # Errors
    ///
    /// An error fails the invocation; the client's request to connect then fails with 502.
    fn on_connect(event: ConnectEvent) -> Result<Answer>;
}

/// Serves `$default`, and every route key of the API's own: answers messages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve messages",
    note = "implement `goblet::OnMessage` for it, or take `OnMessage` out of `goblet::export!`"
)]
pub trait OnMessage {
    /// Handles a message. Answer with [`send`](crate::send). A payload that is returned goes to the client where the
    /// route has a route response (a two-way route), and nowhere otherwise.
    ///
    /// # Errors
    ///
    /// An error fails the invocation, and so does a returned payload of more than 128 KB.
    fn on_message(event: MessageEvent) -> Result<Option<Payload>>;
}

/// Serves `$disconnect`: hears who has left.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not serve `$disconnect`",
    note = "implement `goblet::OnDisconnect` for it, or take `OnDisconnect` out of `goblet::export!`"
)]
pub trait OnDisconnect {
    /// Learns that a connection is closed, whoever closed it. API Gateway delivers this event at most once, and sometimes
    /// not at all.
    ///
    /// # Errors
    ///
    /// An error fails the invocation; the connection is gone all the same.
    fn on_disconnect(event: DisconnectEvent) -> Result<()>;
}
