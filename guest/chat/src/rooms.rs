//! The rooms: a group each, and a list of them.

use goblet::{
    Result, groups,
    state::{self, Condition, Error},
};

use crate::people::CONNECTION_AGE;

/// The collection of rooms, by name. Nobody is in a room that nobody has joined for as long as a connection lives.
const ROOMS: &str = "rooms";

/// The most names in a list.
const MAX_LIST: usize = 100;

/// Puts someone into a room. Who is in it already gets the new nickname.
pub fn enter(room: &str, id: &str, nickname: &str) -> Result<()> {
    groups::join(room, id, nickname)?;
    // Only now: someone who leaves at the same time, and leaves it empty, does not remove what has changed since.
    state::put(ROOMS, room, "", Condition::Always, CONNECTION_AGE)?;
    Ok(())
}

/// Takes someone out of a room, and tells those who stay. An empty room is no longer in the list.
pub fn leave(room: &str, id: &str, nickname: &str) -> Result<()> {
    let listed = state::get(ROOMS, room)?;
    groups::leave(room, id)?;
    say(room, &format!("{nickname} left room."), id)?;
    match listed {
        Some(listed) if groups::members(room)?.is_empty() => match state::remove(ROOMS, room, Some(&listed.revision)) {
            Ok(()) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        },
        _ => Ok(()),
    }
}

/// Sends a text to everyone in a room but one.
pub fn say(room: &str, text: &str, except: &str) -> Result<()> {
    groups::send(room, text, &[except])?;
    Ok(())
}

/// The nicknames of those in a room, a line each.
pub fn people(room: &str) -> Result<String> {
    Ok(lines(groups::members(room)?.into_iter().map(|member| member.label)))
}

/// The names of the rooms, a line each. They come in pages, and the first one has enough for a list.
pub fn all() -> Result<String> {
    Ok(lines(state::entries(ROOMS, None, None)?.entries.into_iter().map(|entry| entry.key)))
}

fn lines(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_LIST);
    let mut lines: Vec<String> = names.take(MAX_LIST).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}
