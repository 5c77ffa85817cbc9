//! A fresh instance of a handler: it answers one event, and is thrown away.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{
    Store, Trap, UpdateDeadline, WasmBacktrace,
    component::{self, InstancePre},
};
use wasmtime_wasi::I32Exit;

use super::{
    HandlerError,
    limits::MAX_CALL,
    sandbox::{Grants, Sandbox},
};
use crate::{connections::Connections, log::milliseconds};

pub struct Instance {
    pub store: Store<Sandbox>,
    pub exports: component::Instance,
}

impl Instance {
    /// Makes an instance, which runs the component's start code.
    pub async fn new(pre: &InstancePre<Sandbox>, grants: &Grants) -> Result<Self, HandlerError> {
        let start = Instant::now();
        let mut store = Store::new(pre.engine(), Sandbox::new(grants));
        store.limiter(|sandbox| &mut sandbox.meter);
        store.set_hostcall_fuel(MAX_CALL);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| Ok(at_tick(store.data())));
        match pre.instantiate_async(&mut store).await {
            Ok(exports) => {
                tracing::debug!(elapsed_ms = milliseconds(start.elapsed()), "an instance is ready");
                Ok(Self { store, exports })
            }
            Err(error) => Err(stopped(&store, &error, start.elapsed())),
        }
    }

    /// Gives the instance an event's connections, and its time.
    pub fn begin(&mut self, connections: Arc<dyn Connections>, deadline: Instant) {
        // Ticks that went by since it was made are none of the event's.
        self.store.set_epoch_deadline(1);
        let sandbox = self.store.data_mut();
        sandbox.connections = connections;
        sandbox.deadline = deadline;
    }

    /// Logs what the guest printed last without a newline, and how long it took for its event.
    pub fn end(&self, elapsed: Duration) {
        let sandbox = self.store.data();
        sandbox.flush_output();
        tracing::debug!(
            guest_ms = milliseconds(elapsed.saturating_sub(sandbox.waited)),
            connections_ms = milliseconds(sandbox.waited),
            "the handler is done"
        );
    }

    /// Why the instance stopped short, after so much time. Where in its code it did is logged.
    pub fn stopped(&self, error: &wasmtime::Error, elapsed: Duration) -> HandlerError {
        stopped(&self.store, error, elapsed)
    }
}

/// What a busy guest does at a tick of the epoch: lets others work, or stops.
fn at_tick(sandbox: &Sandbox) -> UpdateDeadline {
    if Instant::now() >= sandbox.deadline {
        UpdateDeadline::Interrupt
    } else {
        // tokio's own yield: it sees to sockets and timers before the guest goes on.
        UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
    }
}

fn stopped(store: &Store<Sandbox>, error: &wasmtime::Error, elapsed: Duration) -> HandlerError {
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        tracing::error!("{backtrace}");
    }
    if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        return HandlerError::TimedOut(elapsed.as_millis());
    }
    if let Some(memory) = store.data().meter.exceeded() {
        return HandlerError::OutOfMemory(memory);
    }
    match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(status)) => HandlerError::Trapped(format!("it called exit({status})")),
        None => HandlerError::Trapped(error.root_cause().to_string()),
    }
}
