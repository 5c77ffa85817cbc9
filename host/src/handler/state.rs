//! `goblet:websocket/state`: what guests call of the service *state*.

use super::{
    bindings::goblet::websocket::state::{Condition, Entry, Error, Host, Page},
    stopwatch::Stopwatch,
};
use crate::services::{
    Services,
    state::{self, EntriesPage, State, StateError},
};

/// One instance's calls.
pub struct StateCalls {
    state: State,
    /// How long the instance has waited for them.
    pub waited: Stopwatch,
}

impl StateCalls {
    pub fn new(services: &Services) -> Self {
        Self { state: services.state.clone(), waited: Stopwatch::default() }
    }
}

impl Host for StateCalls {
    async fn get(&mut self, collection: String, key: String) -> Result<Option<Entry>, Error> {
        Ok(self.waited.time(self.state.get(&collection, &key)).await?.map(Into::into))
    }

    async fn put(
        &mut self,
        collection: String,
        key: String,
        value: Vec<u8>,
        when: Condition,
        lifetime: Option<u32>,
    ) -> Result<String, Error> {
        Ok(self.waited.time(self.state.put(&collection, &key, &value, when.into(), lifetime)).await?)
    }

    async fn remove(&mut self, collection: String, key: String, revision: Option<String>) -> Result<(), Error> {
        Ok(self.waited.time(self.state.remove(&collection, &key, revision)).await?)
    }

    async fn entries(
        &mut self,
        collection: String,
        prefix: Option<String>,
        after: Option<String>,
    ) -> Result<Page, Error> {
        let page = self.state.entries(&collection, prefix.as_deref(), after.as_deref());
        Ok(self.waited.time(page).await?.into())
    }
}

impl From<state::Entry> for Entry {
    fn from(entry: state::Entry) -> Self {
        Self { key: entry.key, value: entry.value, revision: entry.revision }
    }
}

impl From<EntriesPage> for Page {
    fn from(page: EntriesPage) -> Self {
        Self { entries: page.entries.into_iter().map(Into::into).collect(), next: page.next }
    }
}

impl From<Condition> for state::Condition {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Always => Self::Always,
            Condition::Absent => Self::Absent,
            Condition::Unchanged(revision) => Self::Unchanged(revision),
        }
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Invalid(text) => Self::Invalid(text),
            StateError::Conflict => Self::Conflict,
            StateError::TooLarge => Self::TooLarge,
            StateError::Throttled => Self::Throttled,
            StateError::Forbidden(text) => Self::Forbidden(text),
            StateError::Failed(text) => Self::Failed(text),
        }
    }
}
