//! The engine's settings, the same for compiling a handler and for running it.

use std::{thread, time::Duration};

use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use super::limits;

/// The version that a compiled handler is bound to: the one that the workspace's `Cargo.toml` names.
pub const WASMTIME_VERSION: &str = "48";

/// What must be the same on both sides.
fn settings() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // For debuggers and profilers, who would have each function's frame registered at every start; a guest's backtrace
    // does not need it.
    config.native_unwind_info(false);
    config
}

/// The engine that runs handlers.
#[allow(clippy::expect_used)]
pub fn runtime() -> Engine {
    let mut config = settings();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(limits::pool()));
    Engine::new(&config).expect("these settings are fixed, and every test uses them")
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
        tracing::error!("no thread for the epoch: handlers are not interrupted at their deadline: {error}");
    }
}

#[cfg(feature = "compile")]
mod compiler {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use wasmtime::Engine;

    use super::super::{Kind, LoadError, kind};

    /// Why a component was not compiled.
    #[derive(Debug, thiserror::Error)]
    #[allow(missing_docs)]
    pub enum CompileError {
        #[error(transparent)]
        Load(#[from] LoadError),
        #[error("{0} is compiled already: give `goblet compile` the component (`.wasm`) that it was made of")]
        Compiled(PathBuf),
        #[error("cannot compile for {target}: {reason}. Use a triple such as aarch64-unknown-linux-gnu")]
        Target { target: String, reason: String },
        #[error("{0} is no valid component: {1}")]
        Invalid(PathBuf, String),
    }

    /// A component, compiled: what a `.cwasm` file has in it.
    pub struct Compiled {
        /// The file that it was compiled from.
        pub(crate) component: PathBuf,
        code: Vec<u8>,
    }

    impl Compiled {
        /// The content of a `.cwasm` file.
        #[must_use]
        pub fn as_bytes(&self) -> &[u8] {
            &self.code
        }
    }

    /// Compiles a component ahead of time, for [`Handler::load`](crate::handler::Handler::load), with the CPU
    /// baseline of the target: the host's architecture, or that of a triple such as `aarch64-unknown-linux-gnu`.
    ///
    /// # Errors
    ///
    /// [`CompileError`] names the file or the target, and the next step.
    pub fn compile(path: &Path, target: Option<&str>) -> Result<Compiled, CompileError> {
        if kind(path)? == Kind::Compiled {
            return Err(CompileError::Compiled(path.to_owned()));
        }
        let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let target = target.unwrap_or(&host);
        let engine = engine_for(target)
            .map_err(|error| CompileError::Target { target: target.to_owned(), reason: format!("{error:#}") })?;
        let component = fs::read(path).map_err(|error| LoadError::Unreadable(path.to_owned(), error))?;
        match engine.precompile_component(&component) {
            Ok(code) => Ok(Compiled { component: path.to_owned(), code }),
            Err(error) => Err(CompileError::Invalid(path.to_owned(), format!("{error:#}"))),
        }
    }

    fn engine_for(target: &str) -> wasmtime::Result<Engine> {
        let mut config = super::settings();
        config.target(target)?;
        Engine::new(&config)
    }
}

#[cfg(feature = "compile")]
pub use self::compiler::{CompileError, Compiled, compile};

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_workspaces() {
        let named = format!("wasmtime = {{ version = \"{}\"", super::WASMTIME_VERSION);
        assert!(include_str!("../../../Cargo.toml").contains(&named));
    }
}
