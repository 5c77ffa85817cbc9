//! What a guest may do and how much of it: everything that it is granted is in this file.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{
    Engine,
    component::{HasData, HasSelf, Linker, ResourceTable},
};
use wasmtime_wasi::{
    WasiCtx, WasiCtxView, WasiView,
    cli::{WasiCli, WasiCliView as _},
    clocks::{WasiClocks, WasiClocksView as _},
    filesystem::{WasiFilesystem, WasiFilesystemView as _},
    p2::bindings::{cli, clocks, filesystem, random},
    random::WasiRandom,
};
use wasmtime_wasi_io::bindings::wasi::io;

use super::{
    bindings::goblet::websocket::{connections, types},
    limits::{MAX_RANDOM, MAX_RESOURCES, Meter, START_TIME},
    output::Output,
};
use crate::connections::{Connections, InMemoryConnections};

/// What an operator grants to a handler.
#[derive(Clone, Debug)]
pub struct Grants {
    /// The memory that one instance may have, in bytes.
    pub memory: usize,
    /// The environment variables that it sees, by name.
    pub environment: Vec<(String, String)>,
}

impl Default for Grants {
    /// 128 MB, and no environment variable.
    fn default() -> Self {
        Self { memory: 128 << 20, environment: Vec::new() }
    }
}

/// An interface that a guest may import, without its version, and how it is provided.
type Granted = (&'static str, fn(&mut Linker<Sandbox>) -> wasmtime::Result<()>);

/// All that a guest may import. Of files there is the interface alone, which the standard libraries import unasked: no
/// folder is open, so no file is in reach. The last two are what the Python and JavaScript tool chains import.
const GRANTED: [Granted; 22] = [
    ("goblet:websocket/connections", |l| connections::add_to_linker::<_, HasSelf<Sandbox>>(l, |sandbox| sandbox)),
    ("goblet:websocket/types", |l| types::add_to_linker::<_, HasSelf<Sandbox>>(l, |sandbox| sandbox)),
    ("wasi:cli/environment", |l| cli::environment::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/exit", |l| cli::exit::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/stderr", |l| cli::stderr::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/stdin", |l| cli::stdin::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/stdout", |l| cli::stdout::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/terminal-input", |l| cli::terminal_input::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/terminal-output", |l| cli::terminal_output::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/terminal-stderr", |l| cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/terminal-stdin", |l| cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:cli/terminal-stdout", |l| cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, Sandbox::cli)),
    ("wasi:clocks/monotonic-clock", |l| clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Sandbox::clocks)),
    ("wasi:clocks/wall-clock", |l| clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Sandbox::clocks)),
    ("wasi:filesystem/preopens", |l| filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Sandbox::filesystem)),
    ("wasi:filesystem/types", |l| filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Sandbox::filesystem)),
    ("wasi:io/error", |l| io::error::add_to_linker::<_, Io>(l, |sandbox| &mut sandbox.table)),
    ("wasi:io/poll", |l| io::poll::add_to_linker::<_, Io>(l, |sandbox| &mut sandbox.table)),
    ("wasi:io/streams", |l| io::streams::add_to_linker::<_, Io>(l, |sandbox| &mut sandbox.table)),
    ("wasi:random/random", |l| random::random::add_to_linker::<_, WasiRandom>(l, |sandbox| sandbox.wasi.random())),
    ("wasi:random/insecure", |l| random::insecure::add_to_linker::<_, WasiRandom>(l, |sandbox| sandbox.wasi.random())),
    ("wasi:random/insecure-seed", |l| {
        random::insecure_seed::add_to_linker::<_, WasiRandom>(l, |sandbox| sandbox.wasi.random())
    }),
];

/// Whether a guest may import an interface, e.g. `wasi:cli/stdout@0.2.6`.
pub fn is_granted(import: &str) -> bool {
    GRANTED.iter().any(|(granted, _)| is_named(import, granted))
}

/// Provides what a guest imports, as far as it is granted; to provide the rest too would take time at each start.
pub fn linker(engine: &Engine, imports: &[String]) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    for (granted, provide) in GRANTED {
        if imports.iter().any(|import| is_named(import, granted)) {
            provide(&mut linker)?;
        }
    }
    Ok(linker)
}

/// Whether an import, which has a version, is of an interface.
fn is_named(import: &str, interface: &str) -> bool {
    import.split_once('@').map_or(import, |(name, _)| name) == interface
}

/// `wasi:io` works on the table of resources alone.
struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// One instance's share of the world.
pub struct Sandbox {
    /// Where the guest's calls go.
    pub connections: Arc<dyn Connections>,
    /// When its time is over: its start's, and then its event's.
    pub deadline: Instant,
    /// What of its memory it has taken.
    pub meter: Meter,
    /// How long it has waited for its calls.
    pub waited: Duration,
    wasi: WasiCtx,
    table: ResourceTable,
    output: Output,
}

impl Sandbox {
    /// A sandbox with no connection in it: they come with the event.
    pub fn new(grants: &Grants) -> Self {
        let output = Output::default();
        let mut wasi = WasiCtx::builder();
        wasi.stdout(output.stdout()).stderr(output.stderr()).envs(&grants.environment).max_random_size(MAX_RANDOM);
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self {
            connections: Arc::new(InMemoryConnections::default()),
            deadline: Instant::now() + START_TIME,
            meter: Meter::new(grants.memory),
            waited: Duration::ZERO,
            wasi: wasi.build(),
            table,
            output,
        }
    }

    /// Logs what the guest printed last without a newline.
    pub fn flush_output(&self) {
        self.output.flush();
    }

    /// Waits for one of the guest's calls.
    async fn wait<T>(&mut self, call: impl Future<Output = T> + Send) -> T {
        let start = Instant::now();
        let result = call.await;
        self.waited += start.elapsed();
        result
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Sandbox {}

impl connections::Host for Sandbox {
    async fn send(&mut self, connection_id: String, payload: types::Payload) -> Result<(), connections::Error> {
        let connections = Arc::clone(&self.connections);
        Ok(self.wait(async move { connections.send(&connection_id, &payload.into()).await }).await?)
    }

    async fn send_all(
        &mut self,
        connection_ids: Vec<String>,
        payload: types::Payload,
    ) -> Vec<Result<(), connections::Error>> {
        let connections = Arc::clone(&self.connections);
        let results = self.wait(async move { connections.send_all(&connection_ids, &payload.into()).await }).await;
        results.into_iter().map(|result| result.map_err(Into::into)).collect()
    }

    async fn close(&mut self, connection_id: String) -> Result<(), connections::Error> {
        let connections = Arc::clone(&self.connections);
        Ok(self.wait(async move { connections.close(&connection_id).await }).await?)
    }

    async fn describe(&mut self, connection_id: String) -> Result<connections::Connection, connections::Error> {
        let connections = Arc::clone(&self.connections);
        Ok(self.wait(async move { connections.describe(&connection_id).await }).await?.into())
    }
}
