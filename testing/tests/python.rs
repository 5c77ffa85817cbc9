//! A handler in Python is tested as one in Rust is.

use goblet_testing::{Event, Handler, InMemoryConnections, Payload};

#[test]
fn a_handler_in_python_sends_a_message_back() {
    let handler = Handler::build(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/echo-python"));
    let connections = InMemoryConnections::open(["alice", "bob"]);
    handler.handle(Event::message("alice", "foo"), &connections).unwrap();
    assert_eq!(connections.sent("alice"), ["foo"]);
    assert!(connections.sent("bob").is_empty());

    let mut binary = Event::message("bob", "");
    if let Event::Message(message) = &mut binary {
        message.body = Payload::Binary(vec![0, 255]);
    }
    handler.handle(binary, &connections).unwrap();
    assert_eq!(connections.sent("bob"), [String::from_utf8_lossy(&[0, 255])]);

    connections.disconnect("alice");
    handler.handle(Event::message("alice", "foo"), &connections).unwrap();
    let too_large = "x".repeat(128 * 1024 + 1);
    let error = handler.handle(Event::message("bob", too_large.as_str()), &connections).unwrap_err();
    assert!(error.to_string().contains("PayloadTooLargeError: the message is larger than 128 KB"), "{error}");
}
