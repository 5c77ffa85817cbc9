//! A handler of connect events alone.

use goblet::{Answer, ConnectEvent, OnConnect, Result};

struct Doorman;

impl OnConnect for Doorman {
    fn on_connect(_: ConnectEvent) -> Result<Answer> {
        Ok(Answer::Reject(403))
    }
}

goblet::export!(Doorman: OnConnect);
