//! A handler of connect events alone, in a world of its own.

#![allow(missing_docs, unsafe_code, clippy::pedantic)]

wit_bindgen::generate!({
    inline: "
        package test:doorman;
        world doorman {
            export goblet:websocket/on-connect@0.1.0;
        }
    ",
    path: "../../../wit",
    world: "test:doorman/doorman",
    generate_all,
});

use exports::goblet::websocket::on_connect::{Answer, ConnectEvent, Guest};

struct Doorman;

impl Guest for Doorman {
    fn on_ws_connect(_: ConnectEvent) -> Result<Answer, String> {
        Ok(Answer::Reject(403))
    }
}

export!(Doorman);
