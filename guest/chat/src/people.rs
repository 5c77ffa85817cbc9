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

#[derive(Clone, Deserialize, Serialize)]
pub struct Details {
    pub nickname: String,
    pub room: Option<String>,
}

impl Person {
    /// Whose connection it is, if they have told their nickname.
    pub fn of(id: &str) -> Result<Option<Self>> {
        state::get(PEOPLE, id)?.map(|entry| Self::read(id, &entry)).transpose()
    }

    /// Lets someone in who tells their nickname. It is false if they have told one before.
    pub fn enter(id: &str, nickname: &str) -> Result<bool> {
        let details = Details { nickname: nickname.to_owned(), room: None };
        match state::put(PEOPLE, id, serde_json::to_vec(&details)?, Condition::Absent, CONNECTION_AGE) {
            Ok(_) => Ok(true),
            Err(Error::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
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

    /// Changes the details at once, and returns those from before. Another message of this person may change them at the
    /// same time: then this change is made to what that one left.
    pub fn change(&mut self, change: impl Fn(&mut Details)) -> Result<Details> {
        loop {
            let mut details = self.details.clone();
            change(&mut details);
            let unchanged = Condition::Unchanged(self.revision.clone());
            match state::put(PEOPLE, &self.id, serde_json::to_vec(&details)?, unchanged, CONNECTION_AGE) {
                Ok(revision) => {
                    self.revision = revision;
                    return Ok(std::mem::replace(&mut self.details, details));
                }
                Err(Error::Conflict) => *self = Self::of(&self.id)?.ok_or("the person has left")?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads the details again. It is false if the person has left.
    pub fn refresh(&mut self) -> Result<bool> {
        let found = Self::of(&self.id)?;
        let is_there = found.is_some();
        if let Some(person) = found {
            *self = person;
        }
        Ok(is_there)
    }

    /// Forgets someone who has left.
    pub fn forget(&self) -> Result<()> {
        Ok(state::remove(PEOPLE, &self.id, None)?)
    }

    fn read(id: &str, entry: &Entry) -> Result<Self> {
        Ok(Self { id: id.to_owned(), details: entry.json()?, revision: entry.revision.clone() })
    }
}
