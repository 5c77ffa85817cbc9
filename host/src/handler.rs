//! A handler: a WebAssembly component that answers events, each in a fresh instance.
//!
//! Only this folder uses wasmtime.

mod artefact;
mod backtrace;
mod bindings;
#[cfg(feature = "compile")]
mod compiler;
mod connections;
mod convert;
mod engine;
mod error;
mod exports;
mod file;
#[cfg(feature = "compile")]
mod function_cache;
mod grants;
mod groups;
mod imports;
#[cfg(feature = "compile")]
mod inspect;
mod instance;
mod limits;
mod load_error;
mod output;
mod panic;
mod preparation;
mod routes;
mod sandbox;
mod signed_requests;
mod state;
mod stopwatch;

use std::{
    mem,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    task::{JoinSet, yield_now},
    time::timeout_at,
};
use wasmtime::{
    Engine,
    component::{Component, InstancePre},
};

#[cfg(feature = "compile")]
pub use self::{
    compiler::{CompileError, Compiled, Compiler, compatibility, compile},
    inspect::{Interface, inspect},
};
pub use self::{
    engine::{EngineError, WASMTIME_VERSION},
    error::HandlerError,
    exports::Exports,
    file::{Kind, kind},
    grants::Grants,
    imports::{Import, Refusal},
    load_error::LoadError,
};
use self::{instance::Instance, preparation::Preparation, routes::Routes, sandbox::Sandbox};
use crate::{
    event::Event,
    log::milliseconds,
    response::Response,
    services::{Services, groups::Groups, signed_requests::policy::Policy},
};

/// How often a busy handler is asked to yield. A deadline is kept to this precision.
const TICK: Duration = Duration::from_millis(10);

/// The time of `$disconnect` that is kept for taking the connection out of its groups; it is no more than a quarter.
const TIME_TO_LEAVE: Duration = Duration::from_millis(500);

/// A compiled component, linked to its sandbox, ready to be instantiated for each event.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use goblet_host::{
///     event::Event,
///     handler::{Grants, Handler},
///     services::InMemoryServices,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let component = goblet_build::build("../guest/echo".as_ref()).unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// # let file = folder.path().join("echo.cwasm");
/// # std::fs::write(&file, goblet_host::handler::compile(&component, None).unwrap().as_bytes()).unwrap();
/// // The file is what `goblet compile` wrote.
/// let echo = Handler::load(&file, Grants::default()).unwrap();
/// let services = InMemoryServices::open(["alice"]);
/// let deadline = Instant::now() + Duration::from_secs(3);
/// let response = echo.handle(Event::message("alice", "foo"), &services, deadline).await.unwrap();
/// assert_eq!(response.status_code, 200);
/// assert_eq!(services.connections.sent("alice"), ["foo"]);
/// # }
/// ```
pub struct Handler {
    grants: Grants,
    calls: Calls,
    pre: InstancePre<Sandbox>,
    preparation: Preparation,
    routes: Routes,
    between_events: Mutex<BetweenEvents>,
}

/// Which services that need a setting a handler calls.
#[derive(Clone, Copy)]
struct Calls {
    groups: bool,
    state: bool,
    signed_requests: bool,
}

impl Calls {
    fn of(imports: &[String]) -> Self {
        let imports = |interface: &str| imports.iter().any(|name| name.split('@').next() == Some(interface));
        Self {
            groups: imports("goblet:websocket/groups"),
            state: imports("goblet:websocket/state"),
            signed_requests: imports("goblet:websocket/signed-requests"),
        }
    }
}

/// The instances that no event is in.
#[derive(Default)]
struct BetweenEvents {
    /// The last event's instance, if it is not given back yet.
    last: Option<Instance>,
    /// The next event's instance, if it is made ahead.
    next: JoinSet<Result<Instance, HandlerError>>,
}

impl Handler {
    /// Loads a compiled component (a `.cwasm` file), and grants its instances this and nothing else.
    ///
    /// The file is native code that runs unchecked: load only what you compiled yourself. On Lambda it comes from the
    /// function's own package. Whoever may write that package can replace it by any program anyway.
    ///
    /// # Errors
    ///
    /// [`LoadError`] tells what is wrong with the file, and what to do.
    pub fn load(path: &Path, grants: Grants) -> Result<Self, LoadError> {
        let engine = engine::runtime()?;
        let component = artefact::from_file(&engine, path)?;
        Self::link(&engine, &component, path, grants)
    }

    /// Loads what [`compile`] returned.
    ///
    /// # Errors
    ///
    /// See [`Handler::load`].
    #[cfg(feature = "compile")]
    pub fn from_compiled(compiled: &Compiled, grants: Grants) -> Result<Self, LoadError> {
        let engine = engine::runtime()?;
        let component = artefact::from_compiled(&engine, compiled)?;
        Self::link(&engine, &component, &compiled.component, grants)
    }

    /// Compiles a component (a `.wasm` file) and loads it.
    ///
    /// # Errors
    ///
    /// [`CompileError`], which also has the errors of [`Handler::load`].
    #[cfg(feature = "compile")]
    pub fn from_component(path: &Path, grants: Grants) -> Result<Self, CompileError> {
        Ok(Self::from_compiled(&compile(path, None)?, grants)?)
    }

    fn link(engine: &Engine, component: &Component, path: &Path, grants: Grants) -> Result<Self, LoadError> {
        let misfit = |error: wasmtime::Error| LoadError::Misfit(path.to_owned(), format!("{error:#}"));
        let component_type = component.component_type();
        let exports: Vec<String> = component_type.exports(engine).map(|(name, _)| name.to_owned()).collect();
        let preparation = Preparation::of(component, &exports);
        let exports = Exports::of(&exports).map_err(|wrong| LoadError::Exports(path.to_owned(), wrong))?;
        let imports: Vec<String> = component_type.imports(engine).map(|(name, _)| name.to_owned()).collect();
        let calls = Calls::of(&imports);
        let linker = grants::linker(engine, &imports).map_err(misfit)?;
        let refused: Vec<Import> =
            imports::judge(imports, &grants).into_iter().filter(|import| import.grant.is_err()).collect();
        if !refused.is_empty() {
            return Err(LoadError::Imports(path.to_owned(), refused));
        }
        if exports == Exports::default() {
            return Err(LoadError::NoRoute(path.to_owned()));
        }
        let pre = linker.instantiate_pre(component).map_err(misfit)?;
        let routes = Routes::of(&pre, exports).map_err(misfit)?;
        engine::tick(engine, TICK);
        Ok(Self { grants, calls, pre, preparation, routes, between_events: Mutex::default() })
    }

    /// Which events the handler has an export for.
    #[must_use]
    pub fn exports(&self) -> Exports {
        self.routes.exports()
    }

    /// Whether the handler may put connections into groups. It has to get `$disconnect` then, even without an export for
    /// it, so that they leave.
    #[must_use]
    pub fn calls_groups(&self) -> bool {
        self.calls.groups
    }

    /// The table that the handler needs, if it calls groups or state.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.grants.table.as_deref().filter(|_| self.calls.groups || self.calls.state)
    }

    /// The requests to AWS that the handler may make, if it makes any.
    #[must_use]
    pub fn signed_requests(&self) -> Option<&Arc<Policy>> {
        self.grants.signed_requests.as_ref().filter(|_| self.calls.signed_requests)
    }

    /// Gives the last event's instance back and makes the next one, in a task of its own: neither this event's answer
    /// nor another event waits for it. Call it in a tokio runtime.
    pub fn prepare(&self) {
        let (pre, preparation, grants) = (self.pre.clone(), self.preparation.clone(), self.grants.clone());
        let mut between_events = self.between_events();
        let last = between_events.last.take();
        let make = async move {
            yield_now().await;
            drop(last);
            Instance::new(&pre, &preparation, &grants).await
        };
        between_events.next.spawn(make);
    }

    /// Answers one event in a fresh instance. Then, if the event is `$disconnect`, takes the connection out of its groups.
    ///
    /// # Errors
    ///
    /// [`HandlerError`]. After any error, the next event is served as usual.
    pub async fn handle(
        &self,
        event: Event,
        services: impl Into<Services>,
        deadline: Instant,
    ) -> Result<Response, HandlerError> {
        let services = services.into();
        let Some(closed) = self.closed(&event) else { return self.answer(event, &services, deadline).await };
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        let own = left.saturating_sub(TIME_TO_LEAVE.min(left / 4));
        let answer = self.answer(event, &services, now + own).await;
        leave_groups(&services.groups, &closed, deadline).await;
        answer
    }

    async fn answer(&self, event: Event, services: &Services, deadline: Instant) -> Result<Response, HandlerError> {
        let start = Instant::now();
        let timed_out = |_| HandlerError::TimedOut(start.elapsed().as_millis());
        let mut instance = timeout_at(deadline.into(), self.instance()).await.map_err(timed_out)??;
        let called = Instant::now();
        tracing::debug!(elapsed_ms = milliseconds(called - start), "the event has an instance");
        instance.begin(services, deadline);
        // The epoch stops a busy guest within a tick, with a backtrace. This timeout is for a guest that waits.
        let answer = timeout_at((deadline + TICK).into(), self.routes.call(&mut instance, event)).await;
        let elapsed = called.elapsed();
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(instance.stopped(&error, start.elapsed())),
            Err(elapsed) => Err(timed_out(elapsed)),
        };
        instance.end(elapsed);
        self.between_events().last = Some(instance);
        answer
    }

    /// The connection that an event closes, if the handler puts connections into groups.
    fn closed(&self, event: &Event) -> Option<String> {
        match event {
            Event::Disconnect(event) if self.calls.groups => Some(event.request.connection_id.clone()),
            _ => None,
        }
    }

    /// The instance that was made ahead, or else one that is made now.
    async fn instance(&self) -> Result<Instance, HandlerError> {
        let mut next = mem::take(&mut self.between_events().next);
        match next.join_next().await {
            Some(Ok(Ok(instance))) => Ok(instance),
            // If it could not be made ahead, it is tried again, so that the event fails with the reason.
            _ => Instance::new(&self.pre, &self.preparation, &self.grants).await,
        }
    }

    fn between_events(&self) -> MutexGuard<'_, BetweenEvents> {
        self.between_events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody waits for this: if it fails, the event does not. The next message to a group takes the connection out.
async fn leave_groups(groups: &Groups, connection_id: &str, deadline: Instant) {
    let left = timeout_at(deadline.into(), groups.leave_all(connection_id)).await;
    let failure = match left {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the event has no time left".to_owned(),
    };
    tracing::warn!("the connection is not taken out of its groups, which the next message to each does: {failure}");
}
