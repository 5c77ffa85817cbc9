//! One instance's share of the world.

use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::{
    bindings::goblet::websocket::{log, types},
    connections::ConnectionCalls,
    groups::GroupCalls,
    limits::{MAX_RANDOM, MAX_RESOURCES, Meter, START_TIME},
    output::Output,
    signed_requests::SignedRequestCalls,
    state::StateCalls,
};
use crate::services::Services;

/// What one instance has, and how much of it. It has no files, no network and no credentials.
pub struct Sandbox {
    /// Its calls of the service *connections*.
    pub connections: ConnectionCalls,
    /// Its calls of the service *groups*.
    pub groups: GroupCalls,
    /// Its calls of the service *state*.
    pub state: StateCalls,
    /// Its calls of the service *signed requests*.
    pub signed_requests: SignedRequestCalls,
    /// When its time is over: at first its start's, then its event's.
    pub deadline: Instant,
    /// How much memory it has taken.
    pub meter: Meter,
    /// What it prints.
    pub output: Output,
    /// What it holds of the host's resources, such as streams.
    pub table: ResourceTable,
    wasi: WasiCtx,
}

impl Sandbox {
    /// A sandbox with this memory, in bytes, and these environment variables. No connection is open in it: the services
    /// come with the event.
    pub fn new(memory: usize, environment: &[(String, String)]) -> Self {
        let services = Services::none();
        let output = Output::default();
        let mut wasi = WasiCtx::builder();
        wasi.stdout(output.stdout()).stderr(output.stderr()).envs(environment).max_random_size(MAX_RANDOM);
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self {
            connections: ConnectionCalls::new(&services),
            groups: GroupCalls::new(&services),
            state: StateCalls::new(&services),
            signed_requests: SignedRequestCalls::new(&services),
            deadline: Instant::now() + START_TIME,
            meter: Meter::new(memory),
            output,
            table,
            wasi: wasi.build(),
        }
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Sandbox {}

impl log::Host for Sandbox {
    async fn log(&mut self, level: log::Level, message: String) {
        self.output.log(level, &message);
    }
}
