//! Sends every message back to the connection it came from.

wit_bindgen::generate!({
    world: "message-handler",
    path: "../../wit",
});

use exports::goblet::websocket::on_message::{Guest, MessageEvent, Payload};
use goblet::websocket::connections::{self, Error};

struct Echo;

impl Guest for Echo {
    fn on_ws_message(event: MessageEvent) -> Result<Option<Payload>, String> {
        match connections::send(&event.request.connection_id, &event.body) {
            // Nobody is there to answer any more.
            Ok(()) | Err(Error::Disconnected(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

export!(Echo);
