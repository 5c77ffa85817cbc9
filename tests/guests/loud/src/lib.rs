//! A handler that answers in capitals.

use goblet::{MessageEvent, OnMessage, Payload, Result};

struct Loud;

impl OnMessage for Loud {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        if let Some(text) = event.text() {
            goblet::send(event.connection_id(), text.to_uppercase())?;
        }
        Ok(None)
    }
}

goblet::export!(Loud: OnMessage);
