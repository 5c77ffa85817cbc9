//! Any text is an event or is refused; nothing else happens.

#![no_main]

use goblet_host::event::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Event::from_json(text);
});
