//! Groups and state over DynamoDB, and over the table in memory: each test is the same for both.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use goblet_host::{
    aws,
    services::{
        Clock, InMemoryConnections,
        connections::ConnectionError,
        groups::{Delivery, GroupError, Groups, Member},
        state::{Condition, EntriesPage, State, StateError},
        table::{Table, aws::DynamoDbTable, in_memory::InMemoryTable},
    },
};

use super::dynamodb::{DynamoDb, TABLE};

const NO_IDS: &[String] = &[];

struct Twin {
    groups: Groups,
    state: State,
    clock: Clock,
    database: Option<DynamoDb>,
}

impl Twin {
    fn new(name: &str, table: Arc<dyn Table>, database: Option<DynamoDb>) -> Self {
        println!("{name}:");
        let clock = Clock::default();
        let groups = Groups::new(Arc::clone(&table), clock.clone());
        Self { groups, state: State::new(table, clock.clone()), clock, database }
    }

    fn in_memory() -> Self {
        Self::new("in memory", Arc::new(InMemoryTable::default()), None)
    }

    async fn on_dynamodb() -> Self {
        let database = DynamoDb::start().await;
        let table = table_at(&database.url);
        Self::new("on DynamoDB", table, Some(database))
    }

    async fn members(&self, group: &str) -> Vec<(String, String)> {
        let members = self.groups.members(group).await.unwrap().into_iter();
        members.map(|Member { connection_id, label }| (connection_id, label)).collect()
    }

    /// Puts entries with these keys, quickly.
    async fn fill(&self, collection: &str, keys: Vec<String>) {
        match &self.database {
            Some(database) => database.fill(&format!("s#{collection}"), &keys).await,
            None => {
                for key in keys {
                    self.state.put(collection, &key, b"value", Condition::Always, None).await.unwrap();
                }
            }
        }
    }

    /// All keys of a collection, and the number of its pages.
    async fn keys(&self, collection: &str, prefix: Option<&str>, after: Option<&str>) -> (Vec<String>, usize) {
        let (mut keys, mut pages, mut after) = (Vec::new(), 0, after.map(str::to_owned));
        loop {
            let EntriesPage { entries, next } = self.state.entries(collection, prefix, after.as_deref()).await.unwrap();
            keys.extend(entries.into_iter().map(|entry| entry.key));
            pages += 1;
            match next {
                Some(_) => after = next,
                None => return (keys, pages),
            }
        }
    }
}

/// The table of the tests in a DynamoDB, as the host would use it.
pub fn table_at(url: &str) -> Arc<dyn Table> {
    // Credentials and a region come from the environment, which tests do not change.
    let config = aws::config(aws::connector([Some(url)]).unwrap()).into_builder();
    let config = config
        .region(aws_config::Region::new("us-east-1"))
        .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
            aws_credential_types::Credentials::new("test", "test", None, None, "test"),
        ))
        .build();
    Arc::new(DynamoDbTable::new(&config, Some(url.to_owned()), TABLE.to_owned()))
}

/// Runs a test with both.
async fn with_both(test: impl AsyncFn(Twin)) {
    test(Twin::in_memory()).await;
    test(Twin::on_dynamodb().await).await;
}

#[tokio::test]
async fn an_entry_is_what_was_put() {
    with_both(async |Twin { state, .. }| {
        assert_eq!(state.get("seats", "1").await, Ok(None));
        let first = state.put("seats", "1", b"alice", Condition::Always, None).await.unwrap();
        let second = state.put("seats", "1", b"bob", Condition::Always, None).await.unwrap();
        assert_ne!(first, second);
        let entry = state.get("seats", "1").await.unwrap().unwrap();
        assert_eq!((entry.key.as_str(), entry.value.as_slice(), &entry.revision), ("1", b"bob".as_slice(), &second));
        assert_eq!(state.get("tables", "1").await, Ok(None));
        state.put("seats", "2", b"", Condition::Always, None).await.unwrap();
        assert_eq!(state.get("seats", "2").await.unwrap().unwrap().value, b"");
        state.remove("seats", "1", None).await.unwrap();
        state.remove("seats", "1", None).await.unwrap();
        assert_eq!(state.get("seats", "1").await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn conditions_hold_or_conflict() {
    with_both(async |Twin { state, .. }| {
        let put = async |value: &[u8], when| state.put("seats", "1", value, when, None).await;
        assert_eq!(put(b"x", Condition::Unchanged("none".to_owned())).await, Err(StateError::Conflict));
        let alice = put(b"alice", Condition::Absent).await.unwrap();
        assert_eq!(put(b"bob", Condition::Absent).await, Err(StateError::Conflict));
        let carol = put(b"carol", Condition::Unchanged(alice.clone())).await.unwrap();
        assert_eq!(put(b"bob", Condition::Unchanged(alice.clone())).await, Err(StateError::Conflict));
        assert_eq!(state.remove("seats", "1", Some(alice)).await, Err(StateError::Conflict));
        assert_eq!(state.get("seats", "1").await.unwrap().unwrap().value, b"carol");
        assert_eq!(state.remove("seats", "1", Some(carol.clone())).await, Ok(()));
        assert_eq!(state.remove("seats", "1", Some(carol)).await, Err(StateError::Conflict));
    })
    .await;
}

#[tokio::test]
async fn what_is_past_its_lifetime_is_gone() {
    with_both(async |Twin { state, clock, .. }| {
        let short = state.put("seats", "1", b"alice", Condition::Always, Some(60)).await.unwrap();
        state.put("seats", "2", b"bob", Condition::Always, Some(600)).await.unwrap();
        state.put("seats", "3", b"carol", Condition::Always, None).await.unwrap();
        clock.advance(Duration::from_secs(55));
        assert!(state.get("seats", "1").await.unwrap().is_some());
        clock.advance(Duration::from_secs(7));
        assert_eq!(state.get("seats", "1").await, Ok(None));
        let left = state.entries("seats", None, None).await.unwrap().entries;
        assert_eq!(left.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["2", "3"]);
        let put = async |when| state.put("seats", "1", b"dora", when, None).await.map(drop);
        assert_eq!(put(Condition::Unchanged(short.clone())).await, Err(StateError::Conflict));
        assert_eq!(state.remove("seats", "1", Some(short)).await, Err(StateError::Conflict));
        assert_eq!(put(Condition::Absent).await, Ok(()));
        clock.advance(Duration::from_hours(1));
        assert!(state.get("seats", "1").await.unwrap().is_some(), "the new one has no lifetime");
    })
    .await;
}

#[tokio::test]
async fn entries_are_in_the_order_of_their_bytes() {
    with_both(async |twin| {
        for key in ["b", "ab", "B", "é", "a", "aé", "a/1", "10", "2", "🦀", "\u{0}x"] {
            twin.state.put("c", key, b"", Condition::Always, None).await.unwrap();
        }
        let order = ["\u{0}x", "10", "2", "B", "a", "a/1", "ab", "aé", "b", "é", "🦀"];
        assert_eq!(twin.keys("c", None, None).await.0, order);
        assert_eq!(twin.keys("c", Some("a"), None).await.0, ["a", "a/1", "ab", "aé"]);
        assert_eq!(twin.keys("c", None, Some("ab")).await.0, ["aé", "b", "é", "🦀"]);
        assert_eq!(twin.keys("c", Some("a"), Some("a/1")).await.0, ["ab", "aé"]);
        assert_eq!(twin.keys("c", Some("a"), Some("a/0")).await.0, ["a/1", "ab", "aé"], "there is no such key");
        assert_eq!(twin.keys("c", Some("a"), Some("2")).await.0, ["a", "a/1", "ab", "aé"], "before the prefix");
        assert_eq!(twin.keys("c", Some("a"), Some("b")).await.0, [""; 0], "behind the prefix");
        assert_eq!(twin.keys("d", None, None).await.0, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_entries_come_in_pages() {
    with_both(async |twin| {
        twin.fill("c", (0..10_000).map(|number| format!("{number:05}")).collect()).await;
        let (keys, pages) = twin.keys("c", None, None).await;
        assert!(keys.iter().map(|key| key.parse::<u32>().unwrap()).eq(0..10_000));
        assert!((10..=11).contains(&pages), "{pages} pages");
        assert_eq!(twin.keys("c", Some("099"), None).await.0.len(), 100);
    })
    .await;
}

#[tokio::test]
async fn a_page_is_a_megabyte() {
    with_both(async |twin| {
        for key in ["1", "2", "3", "4", "5"] {
            twin.state.put("c", key, &vec![b'x'; 400_000], Condition::Always, None).await.unwrap();
        }
        let (keys, pages) = twin.keys("c", None, None).await;
        assert_eq!(keys, ["1", "2", "3", "4", "5"]);
        assert_eq!(pages, 3);
    })
    .await;
}

#[tokio::test]
async fn names_and_values_have_limits() {
    with_both(async |Twin { state, groups, .. }| {
        let (longest, too_long) = ("n".repeat(1000), "n".repeat(1001));
        state.put(&longest, &longest, &vec![0; 400_000], Condition::Always, Some(u32::MAX)).await.unwrap();
        assert_eq!(state.get(&longest, &longest).await.unwrap().unwrap().value.len(), 400_000);
        assert_eq!(state.entries(&longest, Some(&longest), None).await.unwrap().entries.len(), 1);
        let put = async |collection: &str, key: &str| {
            state.put(collection, key, b"", Condition::Always, None).await.map(drop)
        };
        for (collection, key) in [("", "k"), ("c", ""), (&too_long, "k"), ("c", &too_long)] {
            assert!(matches!(put(collection, key).await, Err(StateError::Invalid(_))));
            assert!(matches!(state.get(collection, key).await, Err(StateError::Invalid(_))));
            assert!(matches!(state.remove(collection, key, None).await, Err(StateError::Invalid(_))));
            assert!(matches!(groups.join(collection, key, "").await, Err(GroupError::Invalid(_))));
            assert!(matches!(groups.leave(collection, key).await, Err(GroupError::Invalid(_))));
        }
        let too_large = state.put("c", "k", &vec![0; 400_001], Condition::Always, None).await;
        assert_eq!(too_large, Err(StateError::TooLarge));
        let no_lifetime = state.put("c", "k", b"", Condition::Always, Some(0)).await.unwrap_err();
        assert_eq!(no_lifetime.to_string(), "the lifetime is 0 s: it is at least 1 s; without one, it stays");

        groups.join(&longest, &longest, &longest).await.unwrap();
        assert_eq!(groups.joined(&longest).await, Ok(vec![longest.clone()]));
        let label = groups.join("g", "id", &too_long).await.unwrap_err();
        assert_eq!(label.to_string(), "the label has 1001 bytes: it has 1 to 1000 bytes");
        let connections = InMemoryConnections::open(["id"]);
        let sent = groups.send(&connections, "", &"x".into(), NO_IDS).await;
        assert!(matches!(sent, Err(GroupError::Invalid(_))));
        let large = "x".repeat(128 * 1024 + 1);
        let sent = groups.send(&connections, "g", &large.as_str().into(), NO_IDS).await;
        assert_eq!(sent, Err(GroupError::PayloadTooLarge));
    })
    .await;
}

#[tokio::test]
async fn groups_have_members_with_labels() {
    with_both(async |twin| {
        let groups = &twin.groups;
        let pair = |id: &str, label: &str| (id.to_owned(), label.to_owned());
        assert_eq!(twin.members("lobby").await, []);
        groups.join("lobby", "b", "Bob").await.unwrap();
        groups.join("lobby", "a", "").await.unwrap();
        groups.join("attic", "a", "Alice").await.unwrap();
        groups.join("lobby", "a", "Alice").await.unwrap();
        assert_eq!(twin.members("lobby").await, [pair("a", "Alice"), pair("b", "Bob")]);
        assert_eq!(groups.joined("a").await.unwrap(), ["attic", "lobby"]);
        groups.leave("attic", "a").await.unwrap();
        groups.leave("attic", "a").await.unwrap();
        assert_eq!(groups.joined("a").await.unwrap(), ["lobby"]);
        // Groups and collections with one name have nothing in common.
        twin.state.put("lobby", "c", b"", Condition::Always, None).await.unwrap();
        assert_eq!(twin.members("lobby").await.len(), 2);
        groups.leave_all("a").await.unwrap();
        groups.leave_all("nobody").await.unwrap();
        assert_eq!(twin.members("lobby").await, [pair("b", "Bob")]);
        twin.clock.advance(Duration::from_secs(2 * 60 * 60 + 1));
        assert_eq!(twin.members("lobby").await, [], "no connection lives longer than two hours");
    })
    .await;
}

#[tokio::test]
async fn a_connection_leaves_more_groups_than_a_batch_has() {
    with_both(async |twin| {
        for group in 0..60 {
            twin.groups.join(&format!("g{group}"), "a", "").await.unwrap();
            twin.groups.join(&format!("g{group}"), "b", "").await.unwrap();
        }
        assert_eq!(twin.groups.joined("a").await.unwrap().len(), 60);
        twin.groups.leave_all("a").await.unwrap();
        assert_eq!(twin.groups.joined("a").await.unwrap(), [""; 0]);
        assert_eq!(twin.groups.joined("b").await.unwrap().len(), 60);
    })
    .await;
}

#[tokio::test]
async fn a_message_reaches_members_and_takes_out_who_is_gone() {
    with_both(async |twin| {
        let connections = InMemoryConnections::open(["a", "b", "c"]);
        for id in ["a", "b", "c", "gone"] {
            twin.groups.join("lobby", id, "").await.unwrap();
        }
        let send =
            async |text: &str| twin.groups.send(&connections, "lobby", &text.into(), &["a".to_owned()]).await.unwrap();
        let gone = || vec![("gone".to_owned(), ConnectionError::Disconnected("gone".to_owned()))];
        assert_eq!(send("one").await, Delivery { reached: 2, failed: gone() });
        assert_eq!(twin.members("lobby").await.len(), 4, "it may be on its way in");
        twin.clock.advance(Duration::from_secs(31));
        assert_eq!(send("two").await, Delivery { reached: 2, failed: gone() });
        assert_eq!(twin.members("lobby").await.len(), 3);
        assert_eq!(send("three").await, Delivery { reached: 2, failed: Vec::new() });
        assert_eq!(connections.sent("a"), [""; 0]);
        assert_eq!(connections.sent("b"), ["one", "two", "three"]);
        let nobody = twin.groups.send(&connections, "attic", &"x".into(), NO_IDS).await;
        assert_eq!(nobody, Ok(Delivery::default()));
    })
    .await;
}

#[tokio::test]
async fn each_of_many_members_gets_a_message_once() {
    with_both(async |twin| {
        let ids: Vec<String> = (0..1200).map(|number| format!("c{number:04}")).collect();
        let connections = InMemoryConnections::open([]);
        for id in &ids {
            connections.connect(id);
        }
        let joins = stream::iter(&ids).map(|id| twin.groups.join("lobby", id, ""));
        joins.buffer_unordered(32).for_each(async |joined| joined.unwrap()).await;
        let delivery = twin.groups.send(&connections, "lobby", &"hello".into(), NO_IDS).await.unwrap();
        assert_eq!(delivery, Delivery { reached: 1200, failed: Vec::new() });
        assert!(ids.iter().all(|id| connections.sent(id) == ["hello"]));
    })
    .await;
}

#[tokio::test]
async fn twenty_who_count_at_once_lose_nothing() {
    with_both(async |Twin { state, .. }| {
        let count = async || {
            loop {
                let entry = state.get("counters", "visits").await.unwrap();
                let count = entry.as_ref().map_or(0, |entry| str::from_utf8(&entry.value).unwrap().parse().unwrap());
                let when = entry.map_or(Condition::Absent, |entry| Condition::Unchanged(entry.revision));
                let value = u32::to_string(&(count + 1));
                match state.put("counters", "visits", value.as_bytes(), when, None).await {
                    Ok(_) => return,
                    Err(StateError::Conflict) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        };
        stream::iter(0..40).map(|_| count()).buffer_unordered(20).for_each(async |()| {}).await;
        assert_eq!(state.get("counters", "visits").await.unwrap().unwrap().value, b"40");
    })
    .await;
}
