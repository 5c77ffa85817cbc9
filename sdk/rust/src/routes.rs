//! The routes that a handler may serve: a trait for each, and what hands it the event.

pub use crate::bindings::on_connect::exports::goblet::websocket::on_connect::Answer;
use crate::{
    ConnectEvent, DisconnectEvent, Failure, MessageEvent, Payload, Result,
    bindings::{
        on_connect::exports::goblet::websocket::on_connect, on_disconnect::exports::goblet::websocket::on_disconnect,
        on_message::exports::goblet::websocket::on_message,
    },
};

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
    /// Notes that a connection is closed, whoever closed it. API Gateway calls it once at the most, and sometimes never.
    ///
    /// # Errors
    ///
    /// An error fails the invocation; the connection is gone all the same.
    fn on_disconnect(event: DisconnectEvent) -> Result<()>;
}

impl<T: OnConnect> on_connect::Guest for T {
    fn on_ws_connect(event: ConnectEvent) -> Result<Answer, String> {
        T::on_connect(event).map_err(Failure::into_text)
    }
}

impl<T: OnMessage> on_message::Guest for T {
    fn on_ws_message(event: MessageEvent) -> Result<Option<Payload>, String> {
        T::on_message(event).map_err(Failure::into_text)
    }
}

impl<T: OnDisconnect> on_disconnect::Guest for T {
    fn on_ws_disconnect(event: DisconnectEvent) -> Result<(), String> {
        T::on_disconnect(event).map_err(Failure::into_text)
    }
}
