//! What a chat has to do, under wasmtime, with groups and state, without a server and without AWS.

use std::{sync::LazyLock, time::Duration};

use goblet_testing::{Event, Handler, InMemoryServices, state};

/// Built once for all tests.
static CHAT: LazyLock<Handler> = LazyLock::new(|| Handler::build(super::PROJECT));

/// People who chat, each with a connection of their own.
struct Chat {
    handler: &'static Handler,
    services: InMemoryServices,
}

impl Chat {
    fn open<const N: usize>(connection_ids: [&str; N]) -> Self {
        Self { handler: &CHAT, services: InMemoryServices::open(connection_ids) }
    }

    /// Sends a message, and returns what this connection has got since.
    fn type_in(&self, connection_id: &str, text: &str) -> Vec<String> {
        let before = self.heard(connection_id).len();
        self.handler.handle(Event::message(connection_id, text), &self.services).unwrap();
        self.heard(connection_id).split_off(before)
    }

    fn heard(&self, connection_id: &str) -> Vec<String> {
        self.services.connections.sent(connection_id)
    }

    fn last(&self, connection_id: &str) -> String {
        self.heard(connection_id).pop().unwrap_or_default()
    }

    fn disconnect(&self, connection_id: &str) {
        self.services.connections.disconnect(connection_id);
        self.handler.handle(Event::disconnect(connection_id), &self.services).unwrap();
    }
}

#[test]
fn two_people_talk_in_a_room() {
    let chat = Chat::open(["john", "jenny", "other"]);
    assert_eq!(chat.type_in("john", "John"), ["Using nickname: John\nType /help for list of commands."]);
    assert!(chat.type_in("john", "/help")[0].starts_with("Commands available:"));
    assert_eq!(chat.type_in("john", "/join chalice"), ["Joined chat room \"chalice\""]);
    chat.type_in("jenny", "Jenny");
    chat.type_in("jenny", "/join chalice");
    assert_eq!(chat.last("john"), "Jenny joined room.");
    chat.type_in("other", "Other");
    chat.type_in("other", "/join elsewhere");
    let silence = chat.heard("other").len();

    assert!(chat.type_in("john", "Hi").is_empty(), "nobody hears themselves");
    assert_eq!(chat.last("jenny"), "John: Hi");
    assert_eq!(chat.type_in("jenny", "/nick JennyJones"), ["Nickname is: JennyJones"]);
    assert_eq!(chat.last("john"), "Jenny is now known as JennyJones.");
    assert_eq!(chat.type_in("jenny", "/nick"), ["Current nickname: JennyJones"]);
    assert_eq!(chat.type_in("john", "/ls"), ["JennyJones\nJohn"]);
    assert_eq!(chat.type_in("john", "/room"), ["chalice"]);
    assert_eq!(chat.type_in("john", "/quit"), ["Left chat room \"chalice\""]);
    assert_eq!(chat.last("jenny"), "John left room.");
    assert_eq!(chat.type_in("john", "/ls"), ["chalice\nelsewhere"]);
    assert_eq!(chat.heard("other").len(), silence, "the other room hears nothing of it");
}

#[test]
fn what_is_wrong_is_answered() {
    let chat = Chat::open(["john"]);
    let name = "A nickname has 1 to 64 characters on one line, and does not begin with /.";
    assert_eq!(chat.type_in("john", "/ls"), [name]);
    assert_eq!(chat.type_in("john", ""), [name]);
    assert_eq!(chat.type_in("john", &"x".repeat(65)), [name]);
    chat.type_in("john", "John");
    assert_eq!(chat.type_in("john", "hello"), ["Cannot send message if not in chatroom."]);
    assert_eq!(chat.type_in("john", "/dance"), ["Unknown command: dance. Type /help for list of commands."]);
    assert_eq!(chat.type_in("john", &"x".repeat(128 * 1024)), ["That is too long."]);
    let no_room = "Not currently in a room. Type /join {room} to do so.";
    assert_eq!(chat.type_in("john", "/room"), [no_room]);
    assert_eq!(chat.type_in("john", "/quit"), [no_room]);
    assert_eq!(chat.type_in("john", "/ls"), ["There are no rooms yet. Type /join {room} to open one."]);
    assert_eq!(
        chat.type_in("john", "/join"),
        ["A room has 1 to 64 characters on one line, and does not begin with /."]
    );
}

#[test]
fn nobody_writes_a_line_of_somebody_else() {
    let chat = Chat::open(["john", "jenny"]);
    for (id, name) in [("john", "John"), ("jenny", "Jenny")] {
        chat.type_in(id, name);
        chat.type_in(id, "/join lobby");
    }
    chat.type_in("john", "hello\nJenny: \u{1b}[31mgoodbye");
    assert_eq!(chat.last("jenny"), "John: hello Jenny:  [31mgoodbye");
    assert!(chat.type_in("john", "/HELP")[0].starts_with("Commands available:"));
}

#[test]
fn a_long_list_is_cut_off() {
    let chat = Chat::open(["john"]);
    chat.type_in("john", "John");
    for room in 0..120 {
        let room = format!("{room:03}");
        chat.handler.wait(chat.services.state.put("rooms", &room, b"", state::Condition::Always, None)).unwrap();
    }
    let list = chat.type_in("john", "/ls").remove(0);
    assert_eq!((list.lines().count(), list.lines().last()), (101, Some("and 20 more")));
}

#[test]
fn a_person_who_disconnects_leaves() {
    let chat = Chat::open(["john", "jenny"]);
    for (id, name) in [("john", "John"), ("jenny", "Jenny")] {
        chat.type_in(id, name);
        chat.type_in(id, "/join lobby");
    }
    chat.disconnect("jenny");
    assert_eq!(chat.last("john"), "Jenny left room.");
    assert_eq!(chat.type_in("john", "/ls"), ["John"]);
    chat.type_in("john", "/quit");
    assert_eq!(chat.type_in("john", "/ls"), ["There are no rooms yet. Type /join {room} to open one."]);
}

#[test]
fn a_person_who_vanishes_leaves_with_the_next_message() {
    let chat = Chat::open(["john", "jenny"]);
    for (id, name) in [("john", "John"), ("jenny", "Jenny")] {
        chat.type_in(id, name);
        chat.type_in(id, "/join lobby");
    }
    chat.services.connections.disconnect("jenny");
    chat.type_in("john", "are you there?");
    assert_eq!(chat.type_in("john", "/ls"), ["Jenny\nJohn"], "she may not be connected yet");
    chat.services.clock.advance(Duration::from_secs(31));
    chat.type_in("john", "are you there?");
    assert_eq!(chat.type_in("john", "/ls"), ["John"]);
}

#[test]
fn nothing_outlives_the_longest_connection() {
    let chat = Chat::open(["john", "jenny"]);
    chat.type_in("john", "John");
    chat.type_in("john", "/join lobby");
    chat.services.clock.advance(Duration::from_secs(2 * 60 * 60 + 1));
    chat.type_in("jenny", "Jenny");
    assert_eq!(chat.type_in("jenny", "/ls"), ["There are no rooms yet. Type /join {room} to open one."]);
}
