//! Builds handlers: again each time, or once for several gateways.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use goblet_build::{Cancellation, Project};
use goblet_host::{handler::Grants, services::signed_requests::policy, settings};

use crate::handler::CompiledHandler;

/// A project, by what it is built from, and the variables that say which services its handler has.
type Key = (PathBuf, [Option<String>; 2]);

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

    /// Builds a project and compiles the component, as far as that is not done already. The variables are the
    /// function's: the host will read its settings from them.
    pub fn prepare(
        &self,
        project: &Project,
        variables: &BTreeMap<String, String>,
        cancellation: &Cancellation,
    ) -> anyhow::Result<Arc<CompiledHandler>> {
        let grants = settings::from(|name| variables.get(name).cloned())?;
        let prepare = || CompiledHandler::prepare(project, grants, cancellation).map(Arc::new);
        let Self(Some(built)) = self else { return prepare() };
        let services = [Grants::TABLE, policy::SETTING].map(|name| variables.get(name).cloned());
        let key = (project.path().to_owned(), services);
        let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handler) = built.get(&key) {
            return Ok(Arc::clone(handler));
        }
        let handler = prepare()?;
        built.insert(key, Arc::clone(&handler));
        Ok(handler)
    }
}
