//! Sends every message back to the connection it came from.

use goblet::{Error, MessageEvent, OnMessage, Payload, Result};

struct Echo;

impl OnMessage for Echo {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        match goblet::send(&event.request.connection_id, event.body) {
            // A client that has left needs no answer.
            Ok(()) | Err(Error::Disconnected(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

goblet::export!(Echo: OnMessage);
