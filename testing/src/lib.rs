//! Tests a handler under wasmtime: the real component in its real sandbox, with no server and no AWS.
//!
//! ```no_run
//! use goblet_testing::{Event, Handler, InMemoryConnections};
//!
//! let handler = Handler::build(env!("CARGO_MANIFEST_DIR"));
//! let connections = InMemoryConnections::open(["alice"]);
//! handler.handle(Event::message("alice", "foo"), &connections).unwrap();
//! assert_eq!(connections.sent("alice"), ["foo"]);
//! ```

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

pub use goblet_host::{
    connections::InMemoryConnections,
    event::{ConnectEvent, DisconnectEvent, Event, MessageEvent, Payload, Request},
    handler::HandlerError,
    response::Response,
};
use goblet_host::{handler, log};
use tokio::runtime::{self, Runtime};

/// How long a handler may take for one event.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A handler under test. What it prints, and the backtraces of its panics, go to the test's output.
pub struct Handler {
    handler: handler::Handler,
    runtime: Runtime,
}

impl Handler {
    /// Builds a handler's crate, as `goblet dev` does, and loads it. From the crate's own tests:
    /// `Handler::build(env!("CARGO_MANIFEST_DIR"))`.
    ///
    /// # Panics
    ///
    /// If it cannot be built or is no handler; the message tells why.
    #[must_use]
    pub fn build(folder: impl AsRef<Path>) -> Self {
        match goblet_build::build(folder.as_ref()) {
            Ok(component) => Self::load(component),
            Err(error) => panic!("{error}"),
        }
    }

    /// Loads a component (a `.wasm` file), whatever language it was written in.
    ///
    /// # Panics
    ///
    /// If it is no handler; the message tells why.
    #[must_use]
    pub fn load(component: impl AsRef<Path>) -> Self {
        log::init();
        let handler = handler::Handler::from_component(component.as_ref()).unwrap_or_else(|error| panic!("{error}"));
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        Self { handler, runtime: runtime.unwrap_or_else(|error| panic!("cannot start a runtime: {error}")) }
    }

    /// Gives the handler an event, in a fresh instance; it sees the connections given.
    ///
    /// # Errors
    ///
    /// What would fail the invocation on Lambda.
    pub fn handle(&self, event: Event, connections: &InMemoryConnections) -> Result<Response, HandlerError> {
        let connections = Arc::new(connections.clone());
        self.runtime.block_on(self.handler.handle(event, connections, Instant::now() + TIMEOUT))
    }
}
