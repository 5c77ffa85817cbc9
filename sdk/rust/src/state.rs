//! Values that outlive the event: collections of keys, each with a value.
//!
//! State is kept in the host's table. Without one (the setting `GOBLET_TABLE`), a handler that calls these functions is
//! refused when it is loaded; `goblet dev` has one.
//!
//! Events are answered at the same time. Where two may change the same key, put it only if it is
//! [unchanged](Condition::Unchanged), and begin again if it is not:
//!
//! ```no_run
//! use goblet::state::{self, Condition, Error};
//!
//! fn count() -> Result<u64, Error> {
//!     loop {
//!         let entry = state::get("counters", "visits")?;
//!         let count = entry.as_ref().and_then(|entry| entry.text()?.parse().ok()).unwrap_or(0) + 1;
//!         let when = entry.map_or(Condition::Absent, |entry| Condition::Unchanged(entry.revision));
//!         match state::put("counters", "visits", count.to_string(), when, None) {
//!             Ok(_) => return Ok(count),
//!             Err(Error::Conflict) => {}
//!             Err(error) => return Err(error),
//!         }
//!     }
//! }
//! ```

use std::{collections::VecDeque, fmt, time::Duration};

use crate::bindings::imports::goblet::websocket::state;
pub use crate::bindings::imports::goblet::websocket::state::{Condition, Entry, Page};

/// Why a call about state failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A name or a lifetime is not allowed: why, in words.
    Invalid(String),
    /// The condition does not hold: somebody else has changed the entry. If the answer to a [`remove`] is lost, it may be
    /// this very call that has removed the entry.
    Conflict,
    /// The value is larger than 400,000 bytes.
    TooLarge,
    /// The table gets too many calls. The host has already tried again.
    Throttled,
    /// The host has no permission for this call: which one, and on which table.
    Forbidden(String),
    /// Anything else: what happened, in words. If there was no answer, a change may have been made all the same.
    Failed(String),
}

/// Returns the entry of a key, if there is one. It sees every earlier write.
///
/// # Errors
///
/// [`Error::Invalid`] if the collection or the key is empty or longer than 1,000 bytes, and the others.
pub fn get(collection: &str, key: &str) -> Result<Option<Entry>, Error> {
    state::get(collection, key).map_err(Error::new)
}

/// Stores a value of up to 400,000 bytes, and returns its revision. With a lifetime, the entry is gone after it, at most
/// one second later.
///
/// A lifetime is counted in seconds; a part of one counts as a whole one.
///
/// # Errors
///
/// [`Error::Conflict`] if the condition does not hold, [`Error::TooLarge`], and those of [`get`].
// Conditions are made for the call.
#[allow(clippy::needless_pass_by_value)]
pub fn put(
    collection: &str,
    key: &str,
    value: impl AsRef<[u8]>,
    when: Condition,
    lifetime: Option<Duration>,
) -> Result<String, Error> {
    let lifetime = lifetime.map(seconds);
    state::put(collection, key, value.as_ref(), &when, lifetime).map_err(Error::new)
}

/// Removes a key; with a revision, only if the entry still has it.
///
/// # Errors
///
/// [`Error::Conflict`] if the entry has another revision or is gone, and those of [`get`].
pub fn remove(collection: &str, key: &str, revision: Option<&str>) -> Result<(), Error> {
    state::remove(collection, key, revision).map_err(Error::new)
}

/// Returns a part of a collection in the order of its keys, up to 1 MB or 1,000 entries: those whose keys start with the
/// prefix, and come after this key. [`all_entries`] asks for one page after the other.
///
/// # Errors
///
/// As [`get`].
pub fn entries(collection: &str, prefix: Option<&str>, after: Option<&str>) -> Result<Page, Error> {
    state::entries(collection, prefix, after).map_err(Error::new)
}

/// Goes through all entries of a collection whose keys start with a prefix, which may be empty, in the order of their
/// keys.
///
/// ```no_run
/// use goblet::state;
///
/// # fn list() -> Result<(), state::Error> {
/// for entry in state::all_entries("scores", "2026-") {
///     println!("{}", entry?.key);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn all_entries<'a>(collection: &'a str, prefix: &'a str) -> AllEntries<'a> {
    AllEntries { collection, prefix, entries: VecDeque::new(), next: Next::First }
}

/// What [`all_entries`] returns. After an error it ends.
#[derive(Debug)]
pub struct AllEntries<'a> {
    collection: &'a str,
    prefix: &'a str,
    entries: VecDeque<Entry>,
    next: Next,
}

/// Which page comes next.
#[derive(Debug)]
enum Next {
    First,
    After(String),
    None,
}

impl Iterator for AllEntries<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.entries.is_empty() {
            let after = match std::mem::replace(&mut self.next, Next::None) {
                Next::First => None,
                Next::After(key) => Some(key),
                Next::None => return None,
            };
            let prefix = Some(self.prefix).filter(|prefix| !prefix.is_empty());
            match entries(self.collection, prefix, after.as_deref()) {
                Ok(page) => {
                    self.entries = page.entries.into();
                    self.next = page.next.map_or(Next::None, Next::After);
                }
                Err(error) => return Some(Err(error)),
            }
        }
        self.entries.pop_front().map(Ok)
    }
}

impl Entry {
    /// The value, if it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        str::from_utf8(&self.value).ok()
    }

    /// Reads the value as JSON.
    ///
    /// # Errors
    ///
    /// If it is no JSON, or not of this type.
    #[cfg(feature = "json")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.value)
    }
}

fn seconds(duration: Duration) -> u32 {
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

impl Error {
    fn new(error: state::Error) -> Self {
        match error {
            state::Error::Invalid(text) => Self::Invalid(text),
            state::Error::Conflict => Self::Conflict,
            state::Error::TooLarge => Self::TooLarge,
            state::Error::Throttled => Self::Throttled,
            state::Error::Forbidden(text) => Self::Forbidden(text),
            state::Error::Failed(text) => Self::Failed(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => formatter.write_str("somebody else has changed the entry"),
            Self::TooLarge => formatter.write_str("the value is larger than 400,000 bytes"),
            Self::Throttled => formatter.write_str("the table gets too many calls"),
            Self::Invalid(text) | Self::Forbidden(text) | Self::Failed(text) => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_second_counts_as_a_whole_one() {
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_secs(2)), 2);
        assert_eq!(seconds(Duration::MAX), u32::MAX);
    }

    #[test]
    fn a_value_is_text_or_not() {
        let mut entry = Entry { key: "1".to_owned(), value: b"ada".to_vec(), revision: String::new() };
        assert_eq!(entry.text(), Some("ada"));
        entry.value = vec![0xff];
        assert_eq!(entry.text(), None);
    }
}
