//! Any text is an event or is refused; nothing else happens.

#![no_main]

use libfuzzer_sys::fuzz_target;

use crate::event::Event;

// The file itself: the host would bring wasmtime and the AWS SDK, which take minutes to build.
#[allow(dead_code)]
#[path = "../../src/event.rs"]
mod event;

fuzz_target!(|text: &str| {
    let _ = Event::from_json(text);
});
