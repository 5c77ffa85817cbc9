//! The table that groups and state are kept in: items under two keys, in DynamoDB or in memory.
//!
//! | item | `PK` (S) | `SK` (S) | attributes |
//! | --- | --- | --- | --- |
//! | an entry of [`State`](super::State) | `s#` collection | key | `v` (B), `rev` (S), `ttl` (N, in s, may be absent) |
//! | a member of [`Groups`](super::Groups) | `g#` group | connection id | `label` (S), `at` (N, in ms), `c` (S), `ttl` (N, in s) |
//!
//! The index `by-connection` has the keys `c` and `PK`, and only keys in it. Entries have no `c`: they are not in it, and
//! cost it nothing.

#[cfg(feature = "lambda")]
pub mod aws;
pub mod in_memory;
pub mod unset;

use std::collections::HashMap;

use async_trait::async_trait;

// The attributes that the table or a condition knows.
pub(super) const TIME_TO_LIVE: &str = "ttl";
pub(super) const REVISION: &str = "rev";
pub(super) const CONNECTION: &str = "c";

/// The most items of one [`Page`].
pub const MAX_PAGE: u16 = 1000;

/// The most that a [`Page`] reads, in bytes, as DynamoDB's `Query`:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>.
pub const MAX_PAGE_SIZE: usize = 1024 * 1024;

/// An attribute's value, of one of the types that groups and state use:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// A text.
    S(String),
    /// A number, in decimal digits.
    N(String),
    /// Any bytes.
    B(Vec<u8>),
}

/// An item's attributes other than its keys, by name.
pub type Attributes = HashMap<String, AttributeValue>;

/// An item's two keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// `PK`: which group or collection.
    pub partition: String,
    /// `SK`: which one in it. Items of a partition are in the order of its bytes.
    pub sort: String,
}

/// When an item is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Precondition {
    /// Whatever is there.
    Always,
    /// If there is no item, or its lifetime was over at this time, in s.
    Absent(u64),
    /// If the item has this revision, and its lifetime was not over at this time, in s.
    Revision(String, u64),
}

/// Some items of a partition, in the order of their sort keys, with these keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The items.
    pub items: Vec<(String, Attributes)>,
    /// The sort key after which the next page begins, if there may be one.
    pub next: Option<String>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TableError {
    /// The condition does not hold.
    #[error("the condition does not hold")]
    Conflict,
    /// The item is larger than 400 KB.
    #[error("the item is larger than 400 KB")]
    TooLarge,
    /// There are too many calls.
    #[error("too many calls")]
    Throttled,
    /// The host has no permission. The text names the action and the table.
    #[error("{0}")]
    Forbidden(String),
    /// Anything else. The text says what happened, and what to do.
    #[error("{0}")]
    Failed(String),
}

/// The table. Reads of items see every earlier write. The index may be behind.
///
/// Items whose lifetime is over are still there, as on DynamoDB, which removes them within days:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>.
#[async_trait]
pub trait Table: Send + Sync {
    /// Returns an item.
    async fn get(&self, key: &Key) -> Result<Option<Attributes>, TableError>;

    /// Writes an item, in place of the one with the same key.
    async fn put(&self, key: Key, attributes: Attributes, condition: &Precondition) -> Result<(), TableError>;

    /// Removes an item, if it is there.
    async fn remove(&self, key: Key, condition: &Precondition) -> Result<(), TableError>;

    /// Removes items, those that are there.
    async fn remove_all(&self, keys: Vec<Key>) -> Result<(), TableError>;

    /// Returns the items of a partition whose sort keys start with `prefix` and come after `after`. A page has up to
    /// [`MAX_PAGE`] items or [`MAX_PAGE_SIZE`]. It may be empty, and there may still be a next one.
    async fn query(&self, partition: &str, prefix: &str, after: Option<&str>) -> Result<Page, TableError>;

    /// Returns the keys of all items that have this connection id, in the order of their partitions.
    async fn of_connection(&self, connection_id: &str) -> Result<Vec<Key>, TableError>;
}

/// The text of an attribute of type S.
#[must_use]
pub fn text(attributes: &Attributes, name: &str) -> String {
    match attributes.get(name) {
        Some(AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The number of an attribute of type N.
#[must_use]
pub fn number(attributes: &Attributes, name: &str) -> Option<u64> {
    match attributes.get(name) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

/// Whether an item's lifetime is over at this time, in s.
#[must_use]
pub fn is_expired(attributes: &Attributes, now: u64) -> bool {
    number(attributes, TIME_TO_LIVE).is_some_and(|end| end <= now)
}

/// Whether nothing with this prefix comes after a key.
fn is_beyond(prefix: &str, after: Option<&str>) -> bool {
    after.is_some_and(|after| after > prefix && !after.starts_with(prefix))
}

/// The key to begin after. DynamoDB refuses one that does not have the prefix; all of those come before it.
fn start<'a>(prefix: &str, after: Option<&'a str>) -> Option<&'a str> {
    after.filter(|after| after.starts_with(prefix))
}
