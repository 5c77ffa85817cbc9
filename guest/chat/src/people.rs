//! Who is connected: the nickname and the room of each connection.

use std::time::Duration;

use goblet::{
    Result,
    state::{self, Condition, Entry, Error},
};
use serde::{Deserialize, Serialize};

/// The collection of people, by connection id.
const PEOPLE: &str = "people";

/// No connection lives longer.
pub const CONNECTION_AGE: Option<Duration> = Some(Duration::from_secs(2 * 60 * 60));

/// Someone with a nickname.
pub struct Person {
    id: String,
    details: Details,
    revision: String,
}

#[derive(Deserialize, Serialize)]
pub struct Details {
    pub nickname: String,
    pub room: Option<String>,
}

impl Person {
    /// Whose connection it is, if they have told their nickname.
    pub fn of(id: &str) -> Result<Option<Self>> {
        state::get(PEOPLE, id)?.map(|entry| Self::read(id, &entry)).transpose()
    }

    /// Lets someone in who has told their nickname.
    pub fn enter(id: &str, nickname: &str) -> Result<()> {
        let details = Details { nickname: nickname.to_owned(), room: None };
        state::put(PEOPLE, id, serde_json::to_vec(&details)?, Condition::Always, CONNECTION_AGE)?;
        Ok(())
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn nickname(&self) -> &str {
        &self.details.nickname
    }

    pub fn room(&self) -> Option<&str> {
        self.details.room.as_deref()
    }

    /// Changes the details at once. Another message of this person may change them at the same time: then this change is
    /// made to what that one left.
    pub fn change(&mut self, change: impl Fn(&mut Details)) -> Result<()> {
        loop {
            change(&mut self.details);
            let unchanged = Condition::Unchanged(self.revision.clone());
            match state::put(PEOPLE, &self.id, serde_json::to_vec(&self.details)?, unchanged, CONNECTION_AGE) {
                Ok(revision) => {
                    self.revision = revision;
                    return Ok(());
                }
                Err(Error::Conflict) => *self = Self::of(&self.id)?.ok_or("the person has left")?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Forgets someone who has left.
    pub fn forget(self) -> Result<()> {
        Ok(state::remove(PEOPLE, &self.id, None)?)
    }

    fn read(id: &str, entry: &Entry) -> Result<Self> {
        Ok(Self { id: id.to_owned(), details: entry.json()?, revision: entry.revision.clone() })
    }
}
