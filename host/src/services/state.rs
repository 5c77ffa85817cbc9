//! The service *state*: values that outlive the event, in collections of keys.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    clock::Clock,
    names,
    table::{
        AttributeValue, Attributes, Key, Precondition, REVISION, TIME_TO_LIVE, Table, TableError, is_expired, text,
    },
};

/// The largest value in bytes. An item of DynamoDB has 400 KB, with its names:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items>.
pub const MAX_VALUE: usize = 400_000;

/// The length of a revision in bytes: a UUID.
const MAX_REVISION: usize = 32;

/// The attribute of the value.
const VALUE: &str = "v";

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StateError {
    /// A name or a lifetime is not allowed. The text says why.
    #[error("{0}")]
    Invalid(String),
    /// The condition does not hold: somebody else has changed the entry.
    #[error("somebody else has changed the entry")]
    Conflict,
    /// The value is larger than [`MAX_VALUE`].
    #[error("the value is larger than 400,000 bytes")]
    TooLarge,
    /// The table gets too many calls.
    #[error("the table gets too many calls")]
    Throttled,
    /// The host has no permission for this call. The text names the action and the table.
    #[error("{0}")]
    Forbidden(String),
    /// Anything else. The text says what happened.
    #[error("{0}")]
    Failed(String),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value, up to [`MAX_VALUE`] bytes.
    pub value: Vec<u8>,
    /// Changes with each `put`.
    pub revision: String,
}

/// A part of a collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntriesPage {
    /// In the order of the keys' bytes.
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there are more entries.
    pub next: Option<String>,
}

/// When a `put` is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Whatever is there.
    Always,
    /// If there is no such key, or its lifetime is over.
    Absent,
    /// If the entry still has this revision.
    Unchanged(String),
}

/// Collections of entries, in a table. Clones share them.
///
/// ```
/// use std::time::Duration;
///
/// use goblet_host::services::{
///     InMemoryServices,
///     state::{Condition, StateError},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StateError> {
/// let InMemoryServices { state, clock, .. } = InMemoryServices::open(["alice"]);
/// let revision = state.put("seats", "1", b"alice", Condition::Absent, Some(60)).await?;
/// assert_eq!(state.put("seats", "1", b"bob", Condition::Absent, None).await, Err(StateError::Conflict));
/// state.put("seats", "1", b"carol", Condition::Unchanged(revision), Some(60)).await?;
/// clock.advance(Duration::from_secs(62));
/// assert_eq!(state.get("seats", "1").await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct State {
    table: Arc<dyn Table>,
    clock: Clock,
}

impl State {
    /// The state in a table.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, clock: Clock) -> Self {
        Self { table, clock }
    }

    /// Returns the entry of a key, if there is one.
    ///
    /// # Errors
    ///
    /// [`StateError`].
    pub async fn get(&self, collection: &str, key: &str) -> Result<Option<Entry>, StateError> {
        let item = self.table.get(&self::key(collection, key)?).await?;
        let now = self.now();
        Ok(item.filter(|item| !is_expired(item, now)).map(|item| entry(key.to_owned(), item)))
    }

    /// Stores a value of up to [`MAX_VALUE`] bytes, and returns its revision. With a lifetime, in s, it is gone after it.
    ///
    /// # Errors
    ///
    /// [`StateError::Conflict`] if the condition does not hold; and the others.
    pub async fn put(
        &self,
        collection: &str,
        key: &str,
        value: &[u8],
        when: Condition,
        lifetime: Option<u32>,
    ) -> Result<String, StateError> {
        let key = self::key(collection, key)?;
        if value.len() > MAX_VALUE {
            return Err(StateError::TooLarge);
        }
        if lifetime == Some(0) {
            return Err(StateError::Invalid(
                "the lifetime is 0 s: it is at least 1 s; without one, it stays".to_owned(),
            ));
        }
        let condition = match when {
            Condition::Always => Precondition::Always,
            Condition::Absent => Precondition::Absent(self.now()),
            Condition::Unchanged(revision) => self.unchanged(revision)?,
        };
        let revision = Uuid::new_v4().simple().to_string();
        let mut attributes = Attributes::from([
            (VALUE.to_owned(), AttributeValue::B(value.to_owned())),
            (REVISION.to_owned(), AttributeValue::S(revision.clone())),
        ]);
        if let Some(lifetime) = lifetime {
            let end = self.clock.now().div_ceil(1000) + u64::from(lifetime);
            attributes.insert(TIME_TO_LIVE.to_owned(), AttributeValue::N(end.to_string()));
        }
        self.table.put(key, attributes, &condition).await?;
        Ok(revision)
    }

    /// Removes a key; with a revision, only if the entry still has it.
    ///
    /// # Errors
    ///
    /// [`StateError::Conflict`] if the entry has another revision, or is gone; and the others.
    pub async fn remove(&self, collection: &str, key: &str, revision: Option<String>) -> Result<(), StateError> {
        let condition = revision.map_or(Ok(Precondition::Always), |revision| self.unchanged(revision))?;
        Ok(self.table.remove(self::key(collection, key)?, &condition).await?)
    }

    /// Returns the entries whose keys start with the prefix and come after this key, in the order of their keys. A page
    /// has at least one, if there is one.
    ///
    /// # Errors
    ///
    /// [`StateError`].
    pub async fn entries(
        &self,
        collection: &str,
        prefix: Option<&str>,
        after: Option<&str>,
    ) -> Result<EntriesPage, StateError> {
        let partition = partition(collection)?;
        let prefix = prefix.unwrap_or_default();
        names::check_text("prefix", prefix).map_err(StateError::Invalid)?;
        let mut after = after.map(ToOwned::to_owned);
        if let Some(after) = &after {
            names::check("key", after).map_err(StateError::Invalid)?;
        }
        loop {
            let page = self.table.query(&partition, prefix, after.as_deref()).await?;
            let now = self.now();
            let alive = page.items.into_iter().filter(|(_, item)| !is_expired(item, now));
            let entries: Vec<Entry> = alive.map(|(key, item)| entry(key, item)).collect();
            if !entries.is_empty() || page.next.is_none() {
                return Ok(EntriesPage { entries, next: page.next });
            }
            after = page.next;
        }
    }

    /// No entry has a revision that is longer than those that are made here.
    fn unchanged(&self, revision: String) -> Result<Precondition, StateError> {
        if revision.len() > MAX_REVISION {
            Err(StateError::Conflict)
        } else {
            Ok(Precondition::Revision(revision, self.now()))
        }
    }

    /// In s.
    fn now(&self) -> u64 {
        self.clock.now() / 1000
    }
}

fn partition(collection: &str) -> Result<String, StateError> {
    names::check("collection", collection).map_err(StateError::Invalid)?;
    Ok(format!("s#{collection}"))
}

fn key(collection: &str, key: &str) -> Result<Key, StateError> {
    names::check("key", key).map_err(StateError::Invalid)?;
    Ok(Key { partition: partition(collection)?, sort: key.to_owned() })
}

fn entry(key: String, mut attributes: Attributes) -> Entry {
    let value = match attributes.remove(VALUE) {
        Some(AttributeValue::B(value)) => value,
        _ => Vec::new(),
    };
    Entry { key, value, revision: text(&attributes, REVISION) }
}

impl From<TableError> for StateError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Conflict => Self::Conflict,
            TableError::TooLarge => Self::TooLarge,
            TableError::Throttled => Self::Throttled,
            TableError::Forbidden(text) => Self::Forbidden(text),
            TableError::Failed(text) => Self::Failed(text),
        }
    }
}
