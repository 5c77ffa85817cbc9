//! A handler that keeps groups and state as each message tells it: a command and its arguments, with spaces between.
//!
//! What a command finds out is the payload that it returns. It serves messages only: what becomes of a connection that is
//! gone is up to the host.

use std::{fmt::Debug, thread, time::Duration};

use goblet::{
    MessageEvent, OnMessage, Payload, Result, groups,
    state::{self, Condition},
};

const FOREVER: Duration = Duration::from_hours(1);

struct Keeper;

impl OnMessage for Keeper {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let text = event.text().ok_or("no text")?;
        let words: Vec<&str> = text.split(' ').collect();
        Ok(Some(command(&words, event.connection_id())?.into()))
    }
}

goblet::export!(Keeper: OnMessage);

fn command(words: &[&str], own_id: &str) -> Result<String> {
    Ok(match words {
        ["join", group, label] => told(groups::join(group, own_id, label)),
        ["leave", group] => told(groups::leave(group, own_id)),
        ["members", group] => told(groups::members(group)),
        ["joined"] => told(groups::joined(own_id)),
        ["send", group, text] => told(groups::send(group, *text, &[])),
        ["send-large", group] => told(groups::send(group, vec![b'x'; 128 * 1024 + 1], &[])),
        ["get", collection, key] => told(state::get(collection, key).map(|entry| text(entry.as_ref()))),
        ["put", collection, key, value] => told(state::put(collection, key, value, Condition::Always, None).map(drop)),
        ["put-and-sleep", collection, key, value] => {
            state::put(collection, key, value, Condition::Always, None)?;
            thread::sleep(FOREVER);
            "woke".to_owned()
        }
        ["put-large", collection, key, bytes] => {
            told(state::put(collection, key, vec![0; bytes.parse()?], Condition::Always, None).map(drop))
        }
        ["put-absent", collection, key, value] => {
            told(state::put(collection, key, value, Condition::Absent, None).map(drop))
        }
        ["remove", collection, key] => told(state::remove(collection, key, None)),
        ["count", collection, key] => told(count(collection, key)),
        ["number", collection] => {
            let numbered = state::all_entries(collection, "").try_fold(0, |number, entry| entry.map(|_| number + 1));
            told::<usize, _>(numbered)
        }
        _ => return Err(format!("no command {words:?}").into()),
    })
}

/// Adds 1, and begins again if somebody else did so in between.
fn count(collection: &str, key: &str) -> Result<u64, state::Error> {
    loop {
        let entry = state::get(collection, key)?;
        let count = entry.as_ref().and_then(|entry| entry.text()?.parse().ok()).unwrap_or(0) + 1;
        let when = entry.map_or(Condition::Absent, |entry| Condition::Unchanged(entry.revision));
        match state::put(collection, key, count.to_string(), when, None) {
            Ok(_) => return Ok(count),
            Err(state::Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
}

fn text(entry: Option<&state::Entry>) -> Option<String> {
    entry.and_then(|entry| entry.text().map(str::to_owned))
}

fn told<T: Debug, E: Debug>(result: std::result::Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error:?}"),
    }
}
