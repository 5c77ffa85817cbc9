//! A handler's tests, to copy: the component runs under wasmtime, with no server and no AWS.

use goblet_testing::{Event, Handler, InMemoryConnections};

#[test]
fn sends_a_message_back() {
    let handler = Handler::build(env!("CARGO_MANIFEST_DIR"));
    let connections = InMemoryConnections::open(["alice", "bob"]);
    handler.handle(Event::message("alice", "foo"), &connections).unwrap();
    assert_eq!(connections.sent("alice"), ["foo"]);
    assert!(connections.sent("bob").is_empty());
}

#[test]
fn lets_a_client_go() {
    let handler = Handler::build(env!("CARGO_MANIFEST_DIR"));
    let connections = InMemoryConnections::open(["alice"]);
    connections.disconnect("alice");
    handler.handle(Event::message("alice", "foo"), &connections).unwrap();
    assert!(connections.sent("alice").is_empty());
}

#[test]
fn fails_on_any_other_error() {
    let handler = Handler::build(env!("CARGO_MANIFEST_DIR"));
    let connections = InMemoryConnections::open(["alice"]);
    let too_large = "x".repeat(128 * 1024 + 1);
    let error = handler.handle(Event::message("alice", too_large.as_str()), &connections).unwrap_err();
    assert!(error.to_string().contains("PayloadTooLarge"), "{error}");
}
