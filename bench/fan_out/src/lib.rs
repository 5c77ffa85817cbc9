//! A handler that sends to as many connections as the message says, all at once.

#![allow(missing_docs, unsafe_code, clippy::pedantic)]

wit_bindgen::generate!({
    world: "message-handler",
    path: "../../wit",
});

use exports::goblet::websocket::on_message::{Guest, MessageEvent, Payload};
use goblet::websocket::connections;

struct FanOut;

impl Guest for FanOut {
    fn on_ws_message(event: MessageEvent) -> Result<Option<Payload>, String> {
        let Payload::Text(count) = event.body else { return Err("not a number".to_owned()) };
        let count: usize = count.parse().map_err(|_| "not a number".to_owned())?;
        let ids: Vec<String> = (0..count).map(|number| format!("connection-{number}")).collect();
        for sent in connections::send_all(&ids, &Payload::Text("news".to_owned())) {
            sent.map_err(|error| error.to_string())?;
        }
        Ok(None)
    }
}

export!(FanOut);
