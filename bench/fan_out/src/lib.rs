//! A handler that sends to as many connections as the message says, all at once.

use goblet::{MessageEvent, OnMessage, Payload, Result};

struct FanOut;

impl OnMessage for FanOut {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let count: usize = event.text().ok_or("not a number")?.parse()?;
        let ids: Vec<String> = (0..count).map(|number| format!("connection-{number}")).collect();
        for sent in goblet::send_all(&ids, "news") {
            sent?;
        }
        Ok(None)
    }
}

goblet::export!(FanOut: OnMessage);
