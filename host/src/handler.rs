//! A handler: a WebAssembly component that answers events, each in a fresh instance.
//!
//! Everything of wasmtime is in this folder.

mod bindings;
mod convert;
mod engine;
mod instance;
mod limits;
mod output;
mod sandbox;

use std::{
    fs,
    io::{self, Read as _},
    mem,
    path::{Path, PathBuf},
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
pub use self::engine::{CompileError, Compiled, compile};
use self::{
    bindings::exports::goblet::websocket::{on_connect, on_disconnect, on_message},
    instance::Instance,
    sandbox::Sandbox,
};
pub use self::{engine::WASMTIME_VERSION, sandbox::Grants};
use crate::{
    connections::{Connections, MAX_PAYLOAD},
    event::{Event, Payload},
    log::milliseconds,
    response::Response,
};

/// How often a busy handler is asked to yield, so that its deadline is seen: the precision of a deadline.
const TICK: Duration = Duration::from_millis(10);

/// What a file must start with to be WebAssembly, and which of its two kinds it is.
const CORE_MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Why a file cannot be used as a handler. Each text names the file and the next step.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum LoadError {
    #[error("no handler at {0}: set the function's handler to the file's name without `.cwasm`, and package the file")]
    Missing(PathBuf),
    #[error("cannot read the handler {0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is a component that is not compiled yet: run `goblet compile {0}` and use the `.cwasm` it writes")]
    NotCompiled(PathBuf),
    #[error(
        "{0} is a core WebAssembly module, not a component: build it for `wasm32-wasip2`, or make a component of it \
         with `wasm-tools component new`"
    )]
    CoreModule(PathBuf),
    #[error("{0} is no WebAssembly: a handler is a component (`.wasm`) or what `goblet compile` made of it (`.cwasm`)")]
    NotWebAssembly(PathBuf),
    #[error(
        "{path} was compiled for another host: {reason}. This host is {arch} with wasmtime {version}; compile the \
         component again with the `goblet` of this version: `goblet compile HANDLER.wasm --target {arch}-unknown-linux-gnu`",
        path = .0.display(), reason = .1, arch = std::env::consts::ARCH, version = engine::WASMTIME_VERSION
    )]
    Incompatible(PathBuf, String),
    #[error(
        "{0} exports no route: a handler exports one or more of goblet:websocket/on-connect, on-message and \
         on-disconnect (version 0.1)"
    )]
    NoRoute(PathBuf),
    #[error(
        "{0} imports {1}, which no handler is granted: a handler has goblet:websocket/connections, and of WASI 0.2 \
             stdout, stderr, clocks and random numbers"
    )]
    Import(PathBuf, String),
    #[error("{0} does not fit this host: {1}")]
    Misfit(PathBuf, String),
}

/// Why an event was not answered.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The handler returned an error: its text.
    #[error("{0}")]
    Failed(String),
    /// The handler has no export for messages.
    #[error("the handler exports no goblet:websocket/on-message, so it cannot answer the route {0}")]
    NoMessageExport(String),
    /// The handler panicked, ran out of its limits, or otherwise stopped short.
    #[error("the handler trapped: {0}")]
    Trapped(String),
    /// The handler wanted more memory than it is granted, and did without badly.
    #[error("the handler ran out of memory: it is granted {} MB", .0 >> 20)]
    OutOfMemory(usize),
    /// The handler had not answered when its time was over.
    #[error("the handler timed out after {0} ms")]
    TimedOut(u128),
}

/// Which events a handler has an export for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exports {
    /// `on-connect`.
    pub connect: bool,
    /// `on-message`.
    pub message: bool,
    /// `on-disconnect`.
    pub disconnect: bool,
}

/// A compiled component, linked to its sandbox, ready to be instantiated for each event.
pub struct Handler {
    engine: Engine,
    component: Component,
    grants: Grants,
    pre: InstancePre<Sandbox>,
    between_events: Mutex<BetweenEvents>,
    connect: Option<on_connect::GuestIndices>,
    message: Option<on_message::GuestIndices>,
    disconnect: Option<on_disconnect::GuestIndices>,
}

/// The instances that no event is in.
#[derive(Default)]
struct BetweenEvents {
    /// The last event's, if it is not given back yet.
    last: Option<Instance>,
    /// The next event's, if it is made ahead.
    next: JoinSet<Result<Instance, HandlerError>>,
}

impl Handler {
    /// Loads what [`compile`] wrote (a `.cwasm` file).
    ///
    /// The file is native code that runs unchecked: load only what you compiled yourself. On Lambda it comes from the
    /// function's own package, which whoever may write it could replace by any program anyway.
    ///
    /// # Errors
    ///
    /// [`LoadError`] tells what the file is instead, and what to do.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        check_compiled(path)?;
        let engine = engine::runtime();
        // SAFETY: the file is an artefact of `compile`, as this function's documentation demands; wasmtime checks
        // that version, architecture and settings are this engine's.
        #[allow(unsafe_code)]
        let component = unsafe { Component::deserialize_file(&engine, path) }
            .map_err(|error| LoadError::Incompatible(path.to_owned(), error.root_cause().to_string()))?;
        Self::link(engine, component, path)
    }

    /// Loads what [`compile`] returned.
    ///
    /// # Errors
    ///
    /// See [`Handler::load`].
    #[cfg(feature = "compile")]
    pub fn from_compiled(compiled: &Compiled) -> Result<Self, LoadError> {
        let engine = engine::runtime();
        // SAFETY: `compile` alone makes a `Compiled`.
        #[allow(unsafe_code)]
        let component = unsafe { Component::deserialize(&engine, compiled.as_bytes()) }
            .map_err(|error| LoadError::Incompatible(compiled.component.clone(), error.root_cause().to_string()))?;
        Self::link(engine, component, &compiled.component)
    }

    /// Compiles a component (a `.wasm` file) and loads it.
    ///
    /// # Errors
    ///
    /// [`CompileError`], or what [`Handler::load`] returns.
    #[cfg(feature = "compile")]
    pub fn from_component(path: &Path) -> Result<Self, CompileError> {
        Ok(Self::from_compiled(&compile(path, None)?)?)
    }

    fn link(engine: Engine, component: Component, path: &Path) -> Result<Self, LoadError> {
        let misfit = |error: wasmtime::Error| LoadError::Misfit(path.to_owned(), format!("{error:#}"));
        let imports = imports(&engine, &component);
        if let Some(import) = imports.iter().find(|import| !sandbox::is_granted(import)) {
            return Err(LoadError::Import(path.to_owned(), import.clone()));
        }
        let linker = sandbox::linker(&engine, &imports).map_err(misfit)?;
        let pre = linker.instantiate_pre(&component).map_err(misfit)?;
        let connect = on_connect::GuestIndices::new(&pre).ok();
        let message = on_message::GuestIndices::new(&pre).ok();
        let disconnect = on_disconnect::GuestIndices::new(&pre).ok();
        if connect.is_none() && message.is_none() && disconnect.is_none() {
            return Err(LoadError::NoRoute(path.to_owned()));
        }
        engine::tick(&engine, TICK);
        let (grants, between_events) = (Grants::default(), Mutex::default());
        Ok(Self { engine, component, grants, pre, between_events, connect, message, disconnect })
    }

    /// Grants the handler's instances, from here on, this and nothing else.
    #[must_use]
    pub fn with_grants(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// Which events the handler has an export for.
    #[must_use]
    pub fn exports(&self) -> Exports {
        Exports {
            connect: self.connect.is_some(),
            message: self.message.is_some(),
            disconnect: self.disconnect.is_some(),
        }
    }

    /// The interfaces that the handler imports, by name.
    #[must_use]
    pub fn imports(&self) -> Vec<String> {
        imports(&self.engine, &self.component)
    }

    /// Starts to give the last event's instance back and to make the next one's, when others have had their turn: the
    /// one event's answer does not wait for it, nor the other event. Called in a tokio runtime.
    pub fn prepare(&self) {
        let (pre, grants) = (self.pre.clone(), self.grants.clone());
        let mut between_events = self.between_events();
        let last = between_events.last.take();
        let make = async move {
            yield_now().await;
            drop(last);
            Instance::new(&pre, &grants).await
        };
        between_events.next.spawn(make);
    }

    /// Answers one event in a fresh instance.
    ///
    /// # Errors
    ///
    /// [`HandlerError`]; whatever it is, the next event is served as if nothing had been.
    pub async fn handle(
        &self,
        event: Event,
        connections: Arc<dyn Connections>,
        deadline: Instant,
    ) -> Result<Response, HandlerError> {
        let start = Instant::now();
        let timed_out = |_| HandlerError::TimedOut(start.elapsed().as_millis());
        let mut instance = timeout_at(deadline.into(), self.instance()).await.map_err(timed_out)??;
        let called = Instant::now();
        tracing::debug!(elapsed_ms = milliseconds(called - start), "the event has an instance");
        instance.begin(connections, deadline);
        // A busy guest is stopped by the epoch, within a tick, and leaves a backtrace: this is for one that waits.
        let answer = timeout_at((deadline + TICK).into(), self.call(&mut instance, event)).await;
        instance.end(called.elapsed());
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(instance.stopped(&error, start.elapsed())),
            Err(elapsed) => Err(timed_out(elapsed)),
        };
        self.between_events().last = Some(instance);
        answer
    }

    /// An instance that was made ahead, or else one that is made now.
    async fn instance(&self) -> Result<Instance, HandlerError> {
        let mut next = mem::take(&mut self.between_events().next);
        match next.join_next().await {
            Some(Ok(Ok(instance))) => Ok(instance),
            // One that could not be made ahead is tried again, so that its failure is told with the event.
            _ => Instance::new(&self.pre, &self.grants).await,
        }
    }

    fn between_events(&self) -> MutexGuard<'_, BetweenEvents> {
        self.between_events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connect and disconnect events without an export are accepted: they are optional in API Gateway too.
    async fn call(
        &self,
        Instance { store, exports }: &mut Instance,
        event: Event,
    ) -> wasmtime::Result<Result<Response, HandlerError>> {
        let answer = match event {
            Event::Connect(event) => {
                let Some(export) = &self.connect else { return Ok(Ok(Response::status(200))) };
                let guest = export.load(&mut *store, exports)?;
                let answer = guest.call_on_ws_connect(store, &event.into()).await?;
                answer.and_then(|answer| match answer {
                    on_connect::Answer::Accept(subprotocol) => Ok(Response::accept(subprotocol)),
                    on_connect::Answer::Reject(status @ 300..600) => Ok(Response::status(status)),
                    on_connect::Answer::Reject(status) => Err(format!(
                        "on-ws-connect rejected with status {status}: use a status from 300 to 599, such as 403"
                    )),
                })
            }
            Event::Message(event) => {
                let Some(export) = &self.message else {
                    return Ok(Err(HandlerError::NoMessageExport(event.request.route_key)));
                };
                let guest = export.load(&mut *store, exports)?;
                let payload = guest.call_on_ws_message(store, &event.into()).await?;
                payload.map(|payload| payload.map(Payload::from)).and_then(|payload| match payload {
                    Some(payload) if payload.as_bytes().len() > MAX_PAYLOAD => Err(format!(
                        "on-ws-message returned {} bytes: API Gateway sends no more than {MAX_PAYLOAD}",
                        payload.as_bytes().len()
                    )),
                    payload => Ok(Response::message(payload)),
                })
            }
            Event::Disconnect(event) => {
                let Some(export) = &self.disconnect else { return Ok(Ok(Response::status(200))) };
                let guest = export.load(&mut *store, exports)?;
                guest.call_on_ws_disconnect(store, &event.into()).await?.map(|()| Response::status(200))
            }
        };
        Ok(answer.map_err(|text| HandlerError::Failed(limits::shorten(text))))
    }
}

fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    component.component_type().imports(engine).map(|(name, _)| name.to_owned()).collect()
}

/// Tells a file that was compiled from one that has still to be.
fn check_compiled(path: &Path) -> Result<(), LoadError> {
    let component = path.with_extension("wasm");
    match kind(path) {
        Ok(Kind::Compiled) => Ok(()),
        Ok(Kind::Component) => Err(LoadError::NotCompiled(path.to_owned())),
        Err(LoadError::Missing(_)) if component.exists() => Err(LoadError::NotCompiled(component)),
        Err(error) => Err(error),
    }
}

/// What a handler's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A component, as a tool chain wrote it (`.wasm`).
    Component,
    /// What `goblet compile` made of one (`.cwasm`).
    Compiled,
}

/// Tells by its first bytes what a handler's file is.
///
/// # Errors
///
/// [`LoadError`] if it is neither, or cannot be read.
pub fn kind(path: &Path) -> Result<Kind, LoadError> {
    let unreadable = |error| LoadError::Unreadable(path.to_owned(), error);
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LoadError::Missing(path.to_owned())),
        Err(error) => return Err(unreadable(error)),
    };
    let mut start = Vec::new();
    file.take(8).read_to_end(&mut start).map_err(unreadable)?;
    if start == COMPONENT {
        return Ok(Kind::Component);
    }
    if start == CORE_MODULE {
        return Err(LoadError::CoreModule(path.to_owned()));
    }
    // What wasmtime writes is an ELF file.
    if start.starts_with(b"\x7fELF") {
        return Ok(Kind::Compiled);
    }
    Err(LoadError::NotWebAssembly(path.to_owned()))
}
