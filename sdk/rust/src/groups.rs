//! Groups of connections, such as the people in a room: one message goes to all of them.
//!
//! Groups are kept in the host's table. Without one (the setting `GOBLET_TABLE`), a handler that calls these functions is
//! refused when it is loaded; `goblet dev` has one. A table is for one stage of one API. On `$disconnect`, the host takes the connection out of all its groups.
//!
//! ```no_run
//! use goblet::{MessageEvent, Result, groups};
//!
//! fn say(event: &MessageEvent, text: &str) -> Result<()> {
//!     groups::join("lobby", event.connection_id(), "Ada")?;
//!     let delivery = groups::send("lobby", text, &[event.connection_id()])?;
//!     println!("{} members have it", delivery.reached);
//!     Ok(())
//! }
//! ```

use std::fmt;

pub use crate::bindings::imports::goblet::websocket::groups::Member;
use crate::{Payload, bindings::imports::goblet::websocket::groups};

/// Why a call about a group failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A name, a label or an id is not allowed: why, in words.
    Invalid(String),
    /// The payload is larger than 128 KB, 131,072 bytes. Nothing is sent.
    PayloadTooLarge,
    /// The table gets too many calls. The host has already tried again.
    Throttled,
    /// The host has no permission for this call: which one, and on which table.
    Forbidden(String),
    /// Anything else: what happened, in words.
    Failed(String),
}

/// What became of a message to a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// How many members got the message.
    pub reached: u32,
    /// The members that did not get it. Those that are [`Disconnected`](crate::Error::Disconnected) are no longer in the
    /// group, unless they joined less than 30 s ago: such a connection may not be established yet.
    pub failed: Vec<Failure>,
}

/// A member that did not get a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub connection_id: String,
    /// Why.
    pub error: crate::Error,
}

/// Puts a connection into a group, with a label of up to 1,000 bytes, such as a nickname; it may be empty. A connection
/// that is in the group gets the new label.
///
/// # Errors
///
/// [`Error::Invalid`] if the group or the id is empty or longer than 1,000 bytes, and the others.
pub fn join(group: &str, connection_id: &str, label: &str) -> Result<(), Error> {
    groups::join(group, connection_id, label).map_err(Error::new)
}

/// Takes a connection out of a group, if it is in it.
///
/// # Errors
///
/// As [`join`].
pub fn leave(group: &str, connection_id: &str) -> Result<(), Error> {
    groups::leave(group, connection_id).map_err(Error::new)
}

/// Returns the members of a group, in the order of their ids: everyone who joined before.
///
/// # Errors
///
/// As [`join`].
pub fn members(group: &str) -> Result<Vec<Member>, Error> {
    groups::members(group).map_err(Error::new)
}

/// Returns the groups that a connection is in, in the order of their names. Who joined or left within the last second or
/// so may be missing or still there.
///
/// # Errors
///
/// As [`join`].
pub fn joined(connection_id: &str) -> Result<Vec<String>, Error> {
    groups::joined(connection_id).map_err(Error::new)
}

/// Sends a message to all members of a group but the excluded ones.
///
/// # Errors
///
/// [`Error::PayloadTooLarge`] above 128 KB, and those of [`join`]. That some members did not get the message is no error:
/// [`Delivery::failed`] has them. If the group cannot be read to its end, that is an error, and some members have the
/// message.
pub fn send(group: &str, payload: impl Into<Payload>, excluded: &[&str]) -> Result<Delivery, Error> {
    let excluded: Vec<String> = excluded.iter().map(ToString::to_string).collect();
    groups::send(group, &payload.into(), &excluded).map(Delivery::new).map_err(Error::new)
}

impl Delivery {
    fn new(delivery: groups::Delivery) -> Self {
        let failed = delivery
            .failed
            .into_iter()
            .map(|groups::Failure { connection_id, error }| Failure { connection_id, error: crate::Error::new(error) });
        Self { reached: delivery.reached, failed: failed.collect() }
    }
}

impl Error {
    fn new(error: groups::Error) -> Self {
        match error {
            groups::Error::Invalid(text) => Self::Invalid(text),
            groups::Error::PayloadTooLarge => Self::PayloadTooLarge,
            groups::Error::Throttled => Self::Throttled,
            groups::Error::Forbidden(text) => Self::Forbidden(text),
            groups::Error::Failed(text) => Self::Failed(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadTooLarge => formatter.write_str("the payload is larger than 128 KB"),
            Self::Throttled => formatter.write_str("the table gets too many calls"),
            Self::Invalid(text) | Self::Forbidden(text) | Self::Failed(text) => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Error {}
