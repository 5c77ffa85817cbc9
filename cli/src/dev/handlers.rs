//! Builds handlers: again each time, or once for several gateways.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use goblet_build::{Cancellation, Project};

use crate::handler::CompiledHandler;

/// A project, by what it is built from, and the table that its handler has.
type Key = (PathBuf, Option<String>);

/// What builds handlers.
pub struct Handlers(Option<Mutex<BTreeMap<Key, Arc<CompiledHandler>>>>);

impl Handlers {
    /// Builds a project each time: it may have changed.
    pub fn anew() -> Self {
        Self(None)
    }

    /// Builds each project once. Whoever asks for it meanwhile waits.
    pub fn once() -> Self {
        Self(Some(Mutex::default()))
    }

    /// Builds a project and compiles the component, as far as that is not done already. `table` is what the function has in
    /// `GOBLET_TABLE`.
    pub fn prepare(
        &self,
        project: &Project,
        table: Option<&str>,
        cancellation: &Cancellation,
    ) -> anyhow::Result<Arc<CompiledHandler>> {
        let prepare = || CompiledHandler::prepare(project, table, cancellation).map(Arc::new);
        let Self(Some(built)) = self else { return prepare() };
        let key = (project.path().to_owned(), table.map(ToOwned::to_owned));
        let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handler) = built.get(&key) {
            return Ok(Arc::clone(handler));
        }
        let handler = prepare()?;
        built.insert(key, Arc::clone(&handler));
        Ok(handler)
    }
}
