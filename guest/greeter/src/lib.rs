//! All three routes: decides who connects, answers messages, and notes who left.
//!
//! `wsdump 'ws://127.0.0.1:3001/api/?name=Ada'`, then `hello`, `since` or `bye`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use goblet::{
    Answer, ConnectEvent, DisconnectEvent, Error, MessageEvent, OnConnect, OnDisconnect, OnMessage, Payload, Result,
};

/// What a client may ask for in `Sec-WebSocket-Protocol`.
const SUBPROTOCOL: &str = "greeting.v1";

struct Greeter;

impl OnConnect for Greeter {
    /// Lets in every client that tells its name, as in `wss://…?name=Ada`.
    fn on_connect(event: ConnectEvent) -> Result<Answer> {
        let Some(name) = event.query_parameter("name").filter(|name| !name.is_empty()) else {
            return Ok(Answer::Reject(400));
        };
        println!("{name} connects from {}", event.request.source_ip);
        // A browser that offers subprotocols insists on one of them.
        let subprotocol = event.subprotocols().find(|offered| *offered == SUBPROTOCOL);
        Ok(Answer::Accept(subprotocol.map(str::to_owned)))
    }
}

impl OnMessage for Greeter {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let id = event.connection_id();
        let done = match event.text() {
            Some("hello") => goblet::send(id, "Hello! Nice to see you."),
            Some("since") => goblet::send(id, format!("You came {} s ago.", seconds_since(event.request.connected_at))),
            Some("bye") => goblet::send(id, "Goodbye!").and_then(|()| goblet::close(id)),
            _ => goblet::send(id, "Say hello, since or bye."),
        };
        match done {
            // A client that has left needs no answer.
            Ok(()) | Err(Error::Disconnected(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl OnDisconnect for Greeter {
    fn on_disconnect(event: DisconnectEvent) -> Result<()> {
        let seconds = seconds_since(event.request.connected_at);
        println!("{} left after {seconds} s, with close code {}", event.connection_id(), event.status_code);
        Ok(())
    }
}

goblet::export!(Greeter: OnConnect + OnMessage + OnDisconnect);

/// How long ago a time in ms since the Unix epoch is.
fn seconds_since(milliseconds: u64) -> u64 {
    let then = UNIX_EPOCH + Duration::from_millis(milliseconds);
    SystemTime::now().duration_since(then).unwrap_or_default().as_secs()
}
