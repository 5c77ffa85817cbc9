//! The greeter's tests: one event of each route, under wasmtime.

use std::sync::LazyLock;

use goblet_testing::{ConnectEvent, Event, Handler, InMemoryConnections, Response};

/// Built once for all tests.
static GREETER: LazyLock<Handler> = LazyLock::new(|| Handler::build(env!("CARGO_MANIFEST_DIR")));

/// Asks to connect with a query string and a header `Sec-WebSocket-Protocol`.
fn connect(query: &[(&str, &str)], subprotocols: &str) -> Response {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let event = ConnectEvent {
        headers: vec![pair(&("Sec-WebSocket-Protocol", subprotocols))],
        query: query.iter().map(pair).collect(),
        ..ConnectEvent::default()
    };
    GREETER.handle(Event::Connect(event), &InMemoryConnections::default()).unwrap()
}

#[test]
fn a_client_with_a_name_is_let_in() {
    assert_eq!(connect(&[("name", "Ada")], ""), Response::accept(None));
}

#[test]
fn a_client_gets_the_subprotocol_that_both_speak() {
    let accepted = connect(&[("name", "Ada")], "chat, greeting.v1");
    assert_eq!(accepted, Response::accept(Some("greeting.v1".to_owned())));
}

#[test]
fn a_client_without_a_name_is_refused() {
    assert_eq!(connect(&[], ""), Response::status(400));
    assert_eq!(connect(&[("name", "")], ""), Response::status(400));
}

#[test]
fn messages_are_answered() {
    let connections = InMemoryConnections::open(["ada"]);
    GREETER.handle(Event::message("ada", "hello"), &connections).unwrap();
    GREETER.handle(Event::message("ada", "what?"), &connections).unwrap();
    assert_eq!(connections.sent("ada"), ["Hello! Nice to see you.", "Say hello, since or bye."]);
}

#[test]
fn a_client_is_told_since_when_it_is_there() {
    let connections = InMemoryConnections::open(["ada"]);
    GREETER.handle(Event::message("ada", "since"), &connections).unwrap();
    let [answer] = &connections.sent("ada")[..] else { panic!("one answer") };
    assert!(answer.starts_with("You came ") && answer.ends_with(" s ago."), "{answer}");
}

#[test]
fn whoever_says_bye_is_let_go() {
    let connections = InMemoryConnections::open(["ada"]);
    GREETER.handle(Event::message("ada", "bye"), &connections).unwrap();
    assert_eq!(connections.sent("ada"), ["Goodbye!"]);
    assert!(!connections.is_open("ada"));
}

#[test]
fn a_client_that_has_left_is_no_failure() {
    let connections = InMemoryConnections::open([]);
    GREETER.handle(Event::message("ada", "hello"), &connections).unwrap();
    GREETER.handle(Event::disconnect("ada"), &connections).unwrap();
}
