//! The chat in JavaScript, which does the same.

mod conversations;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chat-javascript");
