//! The chat in Rust.

mod conversations;

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
