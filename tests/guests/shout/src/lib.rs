//! A handler that answers in capitals.

#![allow(missing_docs, unsafe_code, clippy::pedantic)]

wit_bindgen::generate!({
    world: "message-handler",
    path: "../../../wit",
});

use exports::goblet::websocket::on_message::{Guest, MessageEvent, Payload};
use goblet::websocket::connections;

struct Shout;

impl Guest for Shout {
    fn on_ws_message(event: MessageEvent) -> Result<Option<Payload>, String> {
        let Payload::Text(text) = event.body else { return Ok(None) };
        let loud = Payload::Text(text.to_uppercase());
        connections::send(&event.request.connection_id, &loud).map_err(|error| error.to_string())?;
        Ok(None)
    }
}

export!(Shout);
