//! A handler that joins a group, and never ends when a connection is closed.

use std::hint::black_box;

use goblet::{DisconnectEvent, MessageEvent, OnDisconnect, OnMessage, Payload, Result, groups};

struct Straggler;

impl OnMessage for Straggler {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        groups::join("lobby", event.connection_id(), "")?;
        Ok(None)
    }
}

impl OnDisconnect for Straggler {
    fn on_disconnect(_: DisconnectEvent) -> Result<()> {
        loop {
            black_box(());
        }
    }
}

goblet::export!(Straggler: OnMessage + OnDisconnect);
