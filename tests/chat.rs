//! Handlers that remember, through `goblet dev`: real clients, and a DynamoDB that nobody installed.

#![allow(clippy::unwrap_used)]

#[path = "support/dynamodb.rs"]
mod dynamodb;
mod support;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::{
    Client as DynamoDb,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use futures_util::future::join_all;
use nix::sys::signal::{Signal, kill};
use support::{Client, Dev, PATIENCE};
use tokio::time::{Duration, sleep, timeout};

/// A `goblet dev`, with a client of its DynamoDB.
struct Served {
    dev: Dev,
    database: DynamoDb,
    table: &'static str,
}

impl Served {
    async fn chat() -> Self {
        Self::start(&["guest/chat"], "goblet").await
    }

    async fn keeper() -> Self {
        Self::start(&["--template", "tests/functions/keeper/template.yaml"], "local-Table").await
    }

    async fn start(arguments: &[&str], table: &'static str) -> Self {
        let mut dev = Dev::start(arguments).await;
        let (_, database) = dynamodb::connect(&mut dev).await;
        Self { dev, database, table }
    }

    /// A client that has told its nickname.
    async fn person(&self, nickname: &str) -> Client {
        let mut client = self.dev.connect().await;
        let welcome = client.ask(nickname).await;
        assert_eq!(welcome, format!("Using nickname: {nickname}\nType /help for list of commands."));
        client
    }

    /// A client that has told its nickname, and is in a room.
    async fn person_in(&self, room: &str, nickname: &str) -> Client {
        let mut client = self.person(nickname).await;
        assert_eq!(client.ask(&format!("/join {room}")).await, format!("Joined chat room \"{room}\""));
        client
    }

    /// Makes somebody a member of a room who is not connected, and joined so many seconds ago.
    async fn ghost(&self, room: &str, id: &str, nickname: &str, joined_ago: Duration) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |duration: Duration| AttributeValue::N(duration.as_millis().to_string());
        let now = std::time::UNIX_EPOCH.elapsed().unwrap();
        let ghost = self.database.put_item().table_name(self.table).item("PK", text(&format!("g#{room}")));
        let ghost = ghost.item("SK", text(id)).item("c", text(id)).item("label", text(nickname));
        ghost.item("at", number(now.saturating_sub(joined_ago))).send().await.unwrap();
    }
}

#[tokio::test]
async fn two_people_are_in_one_room_and_one_in_another() {
    let chat = Served::chat().await;
    let mut john = chat.person_in("chalice", "John").await;
    let mut other = chat.person_in("elsewhere", "Other").await;
    let mut jenny = chat.person_in("chalice", "Jenny").await;
    assert_eq!(john.receive().await, "Jenny joined room.");
    john.send("Hi").await;
    assert_eq!(jenny.receive().await, "John: Hi");
    assert_eq!(jenny.ask("/nick JennyJones").await, "Nickname is: JennyJones");
    assert_eq!(john.receive().await, "Jenny is now known as JennyJones.");
    let names = john.ask("/ls").await;
    assert_eq!(names.lines().collect::<BTreeSet<_>>(), BTreeSet::from(["JennyJones", "John"]));
    assert_eq!(other.ask("/ls").await, "Other", "it has heard nothing of the rest");
    assert_eq!(john.ask("/quit").await, "Left chat room \"chalice\"");
    assert_eq!(jenny.receive().await, "John left room.");
    assert_eq!(john.ask("/ls").await, "chalice\nelsewhere");
}

#[tokio::test]
async fn who_has_joined_hears_all_that_is_said_from_then_on() {
    const LISTENERS: usize = 5;
    let chat = Served::chat().await;
    let mut speaker = chat.person_in("lobby", "Speaker").await;
    // The number that was spoken last, how many have joined, and the last number of all.
    let (spoken, joined, last) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let listen = async |number: usize| {
        let mut listener = chat.person(&format!("listener{number}")).await;
        listener.send("/join lobby").await;
        let (mut heard, mut since) = (BTreeSet::new(), None);
        loop {
            let message = listener.receive().await;
            if message == "Joined chat room \"lobby\"" {
                since = Some(spoken.load(Ordering::SeqCst));
                joined.fetch_add(1, Ordering::SeqCst);
            } else if let Some(number) = message.strip_prefix("Speaker: ") {
                assert!(heard.insert(number.parse::<usize>().unwrap()), "{number} came twice");
            }
            // Messages overtake each other: the last one spoken need not come last.
            let last = last.load(Ordering::SeqCst);
            if let Some(since) = since
                && last < usize::MAX
                && (since + 1..=last).all(|number| heard.contains(&number))
            {
                return;
            }
        }
    };
    let speak = async {
        let mut number = 0;
        let mut after_all = 0;
        while after_all < 20 {
            number += 1;
            spoken.store(number, Ordering::SeqCst);
            speaker.send(&number.to_string()).await;
            sleep(Duration::from_millis(20)).await;
            after_all += usize::from(joined.load(Ordering::SeqCst) == LISTENERS);
        }
        last.store(number + 1, Ordering::SeqCst);
        speaker.send(&(number + 1).to_string()).await;
    };
    tokio::join!(speak, join_all((0..LISTENERS).map(listen)));
}

#[tokio::test]
async fn a_person_who_is_in_a_hurry_is_in_one_room() {
    const ROOMS: [&str; 4] = ["r1", "r2", "r3", "r4"];
    let mut chat = Served::chat().await;
    let mut john = chat.person("John").await;
    for room in ROOMS {
        john.send(&format!("/join {room}")).await;
    }
    // Each event has a line when it is answered.
    let mut answered = BTreeSet::new();
    while answered.len() < ROOMS.len() {
        let line = chat.dev.line("$default").await;
        answered.extend(ROOMS.into_iter().filter(|room| line.contains(&format!("/join {room}"))));
    }
    let mut rooms = Vec::new();
    for room in ROOMS {
        let query = chat.database.query().table_name(chat.table).key_condition_expression("PK = :room");
        let key = AttributeValue::S(format!("g#{room}"));
        let members = query.expression_attribute_values(":room", key).consistent_read(true).send().await.unwrap();
        if members.count > 0 {
            rooms.push(room);
        }
    }
    let [room] = rooms.as_slice() else { panic!("in {rooms:?}") };
    john.send("/room").await;
    // The answers to the others come first.
    while john.receive().await != *room {}
}

#[tokio::test]
async fn a_client_that_is_killed_leaves() {
    let chat = Served::chat().await;
    let mut john = chat.person_in("lobby", "John").await;
    let jenny = chat.person_in("lobby", "Jenny").await;
    assert_eq!(john.receive().await, "Jenny joined room.");
    // With no close frame.
    drop(jenny);
    assert_eq!(john.receive().await, "Jenny left room.");
    assert_eq!(john.ask("/ls").await, "John");
}

#[tokio::test]
async fn a_client_whose_disconnect_event_was_lost_leaves_with_the_next_message() {
    let chat = Served::chat().await;
    let mut john = chat.person_in("lobby", "John").await;
    chat.ghost("lobby", "AAAAAAAAAAAAAAA=", "Old", Duration::from_secs(31)).await;
    chat.ghost("lobby", "BBBBBBBBBBBBBBA=", "New", Duration::ZERO).await;
    john.send("anybody there?").await;
    // The message is on its way to three members, while this is answered.
    let gone = async {
        loop {
            let names = john.ask("/ls").await;
            if !names.contains("Old") {
                return names;
            }
        }
    };
    let names = timeout(PATIENCE, gone).await.expect("the next message takes it out");
    assert_eq!(names.lines().collect::<BTreeSet<_>>(), BTreeSet::from(["John", "New"]));
}

#[tokio::test]
async fn ctrl_c_lets_everybody_leave() {
    let mut chat = Served::chat().await;
    let mut people = Vec::new();
    for nickname in ["John", "Jenny", "Joan"] {
        people.push(chat.person_in("lobby", nickname).await);
    }
    chat.dev.signal(Signal::SIGINT);
    let mut left = 0;
    while left < people.len() {
        let line = chat.dev.line("").await;
        assert!(!line.contains("Failed") && !line.contains("did not answer"), "{line}");
        left += usize::from(line.contains("$disconnect"));
    }
    assert!(chat.dev.wait().await.success());
}

#[tokio::test]
async fn twenty_clients_count_at_once_and_lose_nothing() {
    let keeper = Served::keeper().await;
    let count = async |_: usize| {
        let mut client = keeper.dev.connect().await;
        for _ in 0..2 {
            let count: u32 = client.ask("count visits all").await.parse().unwrap();
            assert!((1..=40).contains(&count));
        }
    };
    join_all((0..20).map(count)).await;
    assert_eq!(keeper.dev.connect().await.ask("get visits all").await, r#"Some("40")"#);
}

#[tokio::test]
async fn ten_thousand_entries_are_counted() {
    let keeper = Served::keeper().await;
    let item = |key: &usize| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = PutRequest::builder().item("PK", text("s#c")).item("SK", text(&key.to_string()));
        WriteRequest::builder().put_request(put.item("rev", text("1")).build().unwrap()).build()
    };
    for keys in (0..10_000).collect::<Vec<_>>().chunks(25) {
        let batch = keeper.database.batch_write_item();
        batch.request_items(keeper.table, keys.iter().map(item).collect()).send().await.unwrap();
    }
    assert_eq!(keeper.dev.connect().await.ask("number c").await, "10000");
}

#[tokio::test]
async fn a_process_that_is_killed_between_store_and_send_costs_its_event() {
    let mut keeper = Served::keeper().await;
    let mut victim = keeper.dev.connect().await;
    victim.send("put-and-sleep seats 1 ada").await;
    let stored = || {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let get = keeper.database.get_item().table_name(keeper.table).key("PK", text("s#seats"));
        get.key("SK", text("1")).consistent_read(true).send()
    };
    let wait = async {
        while stored().await.unwrap().item.is_none() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("it is stored");
    for process in keeper.dev.processes() {
        kill(process, Signal::SIGKILL).unwrap();
    }
    let failure = victim.receive().await;
    assert!(failure.contains("Internal server error"), "{failure}");
    keeper.dev.line("signal: 9").await;
    assert_eq!(victim.ask("get seats 1").await, r#"Some("ada")"#);
    assert_eq!(keeper.dev.connect().await.ask("count visits all").await, "1");
}

#[tokio::test]
async fn a_connection_leaves_the_groups_of_a_handler_that_does_not_serve_disconnect() {
    let keeper = Served::keeper().await;
    let mut leaving = keeper.dev.connect().await;
    assert_eq!(leaving.ask("join lobby Ada").await, "()");
    let mut staying = keeper.dev.connect().await;
    assert!(staying.ask("members lobby").await.contains("Ada"));
    leaving.close().await;
    let wait = async { while staying.ask("members lobby").await != "[]" {} };
    timeout(PATIENCE, wait).await.expect("it leaves");
}
