//! Tests a handler under wasmtime: the real component in the real sandbox, without a server and without AWS.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use goblet_testing::{Event, Handler, InMemoryServices};
//!
//! let handler = Handler::build(env!("CARGO_MANIFEST_DIR"));
//! let services = InMemoryServices::open(["alice", "bob"]);
//! handler.handle(Event::message("alice", "foo"), &services).unwrap();
//! assert_eq!(services.connections.sent("alice"), ["foo"]);
//!
//! // Groups, state and time are the test's, too.
//! services.connections.disconnect("bob");
//! services.clock.advance(Duration::from_secs(60));
//! ```
//!
//! Requests to AWS are answered by an [`InMemorySender`](signed_requests::in_memory::InMemorySender), as far as the test
//! allows them. Without one, all are refused:
//!
//! ```
//! use goblet_testing::{
//!     InMemoryServices,
//!     signed_requests::{Response, in_memory::InMemorySender, policy::Policy},
//! };
//!
//! let table = InMemorySender::answering(Response { status: 200, body: b"{}".into(), ..Response::default() });
//! let mut services = InMemoryServices::open(["alice"]);
//! services.signed_requests = table.signed_requests(Policy::parse("dynamodb:GetItem:table/chat").unwrap());
//! assert!(table.sent().is_empty());
//! ```

use std::{
    future::Future,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

pub use goblet_host::{
    event::{ConnectEvent, DisconnectEvent, Event, MessageEvent, Payload, Request},
    handler::HandlerError,
    response::Response,
    services::{InMemoryConnections, InMemoryServices, Services, groups, signed_requests, state},
};
use goblet_host::{
    handler::{self, Grants},
    log,
};
use tokio::runtime::{self, Runtime};

/// The name of the table in memory.
const TABLE: &str = "in-memory";

/// How long a handler may take for one event.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A handler under test. What it prints goes to the test's output, and so do backtraces.
pub struct Handler {
    handler: handler::Handler,
    runtime: Runtime,
}

impl Handler {
    /// Builds a handler's project, as `goblet dev` does, and loads it. A test in a crate itself calls
    /// `Handler::build(env!("CARGO_MANIFEST_DIR"))`.
    ///
    /// # Panics
    ///
    /// If the project cannot be built, or is not a handler. The message says why.
    #[must_use]
    pub fn build(folder: impl AsRef<Path>) -> Self {
        match goblet_build::build(folder.as_ref()) {
            Ok(component) => Self::load(component),
            Err(error) => panic!("{error}"),
        }
    }

    /// Loads a component (a `.wasm` file), in whatever language it was written.
    ///
    /// # Panics
    ///
    /// If the component is not a handler. The message says why.
    #[must_use]
    pub fn load(component: impl AsRef<Path>) -> Self {
        log::init();
        // Which requests to AWS are allowed, the services say.
        let signed_requests = Some(Arc::default());
        let grants = Grants { table: Some(TABLE.to_owned()), signed_requests, ..Grants::default() };
        let handler = handler::Handler::from_component(component.as_ref(), grants);
        let handler = handler.unwrap_or_else(|error| panic!("{error}"));
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        Self { handler, runtime: runtime.unwrap_or_else(|error| panic!("cannot start a runtime: {error}")) }
    }

    /// Gives an event to a fresh instance of the handler, which calls these services: [`InMemoryServices`], or
    /// [`InMemoryConnections`] where a test has neither groups nor state.
    ///
    /// # Errors
    ///
    /// The error that would fail the invocation on Lambda.
    pub fn handle(&self, event: Event, services: impl Into<Services>) -> Result<Response, HandlerError> {
        self.runtime.block_on(self.handler.handle(event, services, Instant::now() + TIMEOUT))
    }
    /// Waits for a call of the services, such as [`groups::Groups::members`], which are asynchronous.
    pub fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }
}
