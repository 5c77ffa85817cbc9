//! A fresh instance of a handler: it answers one event, and is thrown away.

use std::time::{Duration, Instant};

use wasmtime::{
    Store, Trap, UpdateDeadline,
    component::{self, InstancePre},
};
use wasmtime_wasi::I32Exit;

use super::{
    backtrace,
    connections::ConnectionCalls,
    error::HandlerError,
    grants::Grants,
    groups::GroupCalls,
    limits::{self, MAX_CALL},
    preparation::Preparation,
    sandbox::Sandbox,
    signed_requests::SignedRequestCalls,
    state::StateCalls,
};
use crate::{log::milliseconds, services::Services};

pub struct Instance {
    pub store: Store<Sandbox>,
    pub exports: component::Instance,
}

impl Instance {
    /// Makes an instance, which runs the component's start code, and lets it prepare.
    pub async fn new(
        pre: &InstancePre<Sandbox>,
        preparation: &Preparation,
        grants: &Grants,
    ) -> Result<Self, HandlerError> {
        let start = Instant::now();
        let mut store = Store::new(pre.engine(), Sandbox::new(grants.memory, &grants.environment));
        store.limiter(|sandbox| &mut sandbox.meter);
        store.set_hostcall_fuel(MAX_CALL);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| Ok(at_tick(store.data())));
        let exports = pre.instantiate_async(&mut store).await;
        let prepared = match exports {
            Ok(exports) => preparation.run(&mut store, &exports).await.map(|()| exports),
            Err(error) => Err(error),
        };
        match prepared {
            Ok(exports) => {
                tracing::debug!(elapsed_ms = milliseconds(start.elapsed()), "an instance is ready");
                Ok(Self { store, exports })
            }
            Err(error) => Err(stopped(&store, &error, start.elapsed())),
        }
    }

    /// Gives the instance an event's services and time.
    pub fn begin(&mut self, services: &Services, deadline: Instant) {
        // Ticks since the instance was made do not count.
        self.store.set_epoch_deadline(1);
        let sandbox = self.store.data_mut();
        sandbox.connections = ConnectionCalls::new(services);
        sandbox.groups = GroupCalls::new(services);
        sandbox.state = StateCalls::new(services);
        sandbox.signed_requests = SignedRequestCalls::new(services);
        sandbox.deadline = deadline;
    }

    /// Logs the rest of what the guest printed, and where the event's time went.
    pub fn end(&self, elapsed: Duration) {
        let sandbox = self.store.data();
        sandbox.output.flush();
        let connections = sandbox.connections.waited.elapsed();
        let groups = sandbox.groups.waited.elapsed();
        let state = sandbox.state.waited.elapsed();
        let signed_requests = sandbox.signed_requests.waited.elapsed();
        tracing::debug!(
            guest_ms = milliseconds(elapsed.saturating_sub(connections + groups + state + signed_requests)),
            connections_ms = milliseconds(connections),
            groups_ms = milliseconds(groups),
            state_ms = milliseconds(state),
            signed_requests_ms = milliseconds(signed_requests),
            "the handler is done"
        );
    }

    /// Tells why the guest stopped before it answered, after so much time, and logs where in its code.
    pub fn stopped(&self, error: &wasmtime::Error, elapsed: Duration) -> HandlerError {
        stopped(&self.store, error, elapsed)
    }
}

/// What a busy guest does at each tick of the epoch: it lets others work, or stops.
fn at_tick(sandbox: &Sandbox) -> UpdateDeadline {
    if Instant::now() >= sandbox.deadline {
        UpdateDeadline::Interrupt
    } else {
        // tokio's own yield: it serves sockets and timers before the guest goes on.
        UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
    }
}

fn stopped(store: &Store<Sandbox>, error: &wasmtime::Error, elapsed: Duration) -> HandlerError {
    let sandbox = store.data();
    let trap = error.downcast_ref::<Trap>();
    // A panic ends in `unreachable`.
    let panic = if trap == Some(&Trap::UnreachableCodeReached) { sandbox.output.take_panic() } else { None };
    sandbox.output.flush();
    if let Some(backtrace) = error.downcast_ref().and_then(backtrace::describe) {
        tracing::error!("{backtrace}");
    }
    if trap == Some(&Trap::Interrupt) {
        return HandlerError::TimedOut(elapsed.as_millis());
    }
    if let Some(panic) = panic {
        return HandlerError::Panicked(limits::shorten(panic));
    }
    if let Some(memory) = sandbox.meter.exceeded() {
        return HandlerError::OutOfMemory(memory);
    }
    match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(status)) => HandlerError::Trapped(format!("it called exit({status})")),
        None => HandlerError::Trapped(error.root_cause().to_string()),
    }
}
