//! The engine's settings, the same for compiling a handler and for running it.

use std::{thread, time::Duration};

use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use super::limits;

/// The version of wasmtime, from the workspace's `Cargo.toml`. A compiled handler runs with this version only.
pub const WASMTIME_VERSION: &str = "48";

/// The engine could not be made.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot reserve the addresses for handlers' memories, about {gigabytes} GB (addresses, not RAM): {reason}. Raise the limit of this \
     process's address space, e.g. with `ulimit -v unlimited`",
    gigabytes = limits::ADDRESSES >> 30, reason = .0
)]
pub struct EngineError(String);

/// The settings that must be the same for compiling and for running.
pub fn settings() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // Only debuggers and profilers use it, and every start would register each function. Guests' backtraces work
    // without it.
    config.native_unwind_info(false);
    config
}

/// Makes the engine that runs handlers. The settings are fixed and known to work, so it fails only if the system refuses
/// the addresses.
pub fn runtime() -> Result<Engine, EngineError> {
    let mut config = settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(limits::pool()));
    Engine::new(&config).map_err(|error| EngineError(error.root_cause().to_string()))
}

/// Advances the engine's epoch, which makes busy guests yield, for as long as the engine lives.
pub fn tick(engine: &Engine, every: Duration) {
    let engine = engine.weak();
    let ticker = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(every);
        }
    };
    if let Err(error) = thread::Builder::new().name("epoch".to_owned()).spawn(ticker) {
        tracing::error!("cannot start the thread that stops handlers at their deadline: {error}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_workspaces() {
        let named = format!("wasmtime = {{ version = \"{}\"", super::WASMTIME_VERSION);
        assert!(include_str!("../../../Cargo.toml").contains(&named));
    }
}
