//! Compiles a component ahead of time.

use std::{
    env::consts::ARCH,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::memmem;
use wasmtime::{CacheStore, Config, Engine};

use super::{
    engine,
    file::{Kind, kind},
    function_cache::FunctionCache,
    load_error::LoadError,
};

/// What there is to add where only this machine's architecture is compiled in.
const TARGETS: &str = if cfg!(feature = "cross-compile") {
    ""
} else {
    ". For another architecture than this machine's, add goblet-host's feature `cross-compile`"
};

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum CompileError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("{0} is compiled already: give `goblet compile` the component (`.wasm`) that it was made of")]
    Compiled(PathBuf),
    #[error(
        "cannot compile for {target}: {reason}. Use arm64, x86_64 or a triple such as aarch64-unknown-linux-gnu{TARGETS}"
    )]
    Target { target: String, reason: String },
    #[error("{0} is no valid component: {1}")]
    Invalid(PathBuf, String),
    #[error("{0} does not have the data that is to be replaced, or has it more than once: build it again")]
    Data(PathBuf),
}

/// A compiled component: the content of a `.cwasm` file.
pub struct Compiled {
    /// The file that it was compiled from.
    pub(super) component: PathBuf,
    code: Vec<u8>,
}

impl Compiled {
    /// Takes what [`Compiled::as_bytes`] returned before, for the same component.
    ///
    /// It is native code that runs unchecked, as is that of [`Handler::load`](crate::handler::Handler::load): take only
    /// what you compiled yourself.
    #[must_use]
    pub fn again(component: &Path, code: Vec<u8>) -> Self {
        Self { component: component.to_owned(), code }
    }

    /// The content of a `.cwasm` file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.code
    }

    /// The compiled form of another component, which has other data in its memory at its start, and nothing else: as many
    /// bytes in place of the `old` ones.
    ///
    /// `old` must be long and like nothing else in the component: wherever it is in the compiled file, it is replaced.
    ///
    /// # Errors
    ///
    /// [`CompileError::Data`] if it is not there, if it is there more than once, or if the lengths differ.
    pub fn with_data(mut self, component: &Path, old: &[u8], new: &[u8]) -> Result<Self, CompileError> {
        let mut places = memmem::find_iter(&self.code, old);
        match (places.next(), places.next()) {
            (Some(place), None) if old.len() == new.len() => {
                self.code[place..place + new.len()].copy_from_slice(new);
                Ok(Self { component: component.to_owned(), code: self.code })
            }
            _ => Err(CompileError::Data(self.component)),
        }
    }
}

/// A number for what compiled code depends on besides its component: wasmtime's version and settings, and this
/// architecture. Code of another one does not load.
///
/// # Errors
///
/// [`CompileError::Target`] if this machine's architecture is none of those that wasmtime compiles for.
pub fn compatibility() -> Result<u64, CompileError> {
    let engine = engine_for(engine::settings(), None)?;
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Ok(hasher.finish())
}

/// Compiles a component ahead of time, for [`Handler::load`](crate::handler::Handler::load).
///
/// The target is a triple such as `aarch64-unknown-linux-gnu`; without one it is this machine's architecture. Another
/// architecture than this one needs the feature `cross-compile`. The code runs on every CPU of the target's architecture.
///
/// # Errors
///
/// [`CompileError`] names the file or the target, and the next step.
pub fn compile(path: &Path, target: Option<&str>) -> Result<Compiled, CompileError> {
    compile_with(engine::settings(), path, target)
}

/// Compiles components one after the other, and compiles only those functions that it has not compiled before: a few of
/// a handler that has changed, out of the thousands of a language's runtime.
#[derive(Default)]
pub struct Compiler {
    cache: Arc<FunctionCache>,
}

impl Compiler {
    /// See [`compile`].
    ///
    /// # Errors
    ///
    /// See [`compile`].
    pub fn compile(&self, path: &Path, target: Option<&str>) -> Result<Compiled, CompileError> {
        let mut config = engine::settings();
        config.enable_incremental_compilation(Arc::clone(&self.cache) as Arc<dyn CacheStore>).map_err(|error| {
            CompileError::Target { target: target.unwrap_or(ARCH).to_owned(), reason: format!("{error:#}") }
        })?;
        compile_with(config, path, target)
    }
}

fn compile_with(config: Config, path: &Path, target: Option<&str>) -> Result<Compiled, CompileError> {
    if kind(path)? == Kind::Compiled {
        return Err(CompileError::Compiled(path.to_owned()));
    }
    let engine = engine_for(config, target)?;
    let component = fs::read(path).map_err(|error| LoadError::Unreadable(path.to_owned(), error))?;
    match engine.precompile_component(&component) {
        Ok(code) => Ok(Compiled { component: path.to_owned(), code }),
        Err(error) => Err(CompileError::Invalid(path.to_owned(), format!("{error:#}"))),
    }
}

fn engine_for(mut config: Config, target: Option<&str>) -> Result<Engine, CompileError> {
    // Named, so that the code needs no more than any machine of the architecture has.
    let this_machine =
        format!("{ARCH}-{}", if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" });
    let target = target.unwrap_or(&this_machine);
    let engine = config.target(target).and_then(|config| Engine::new(config));
    engine.map_err(|error| CompileError::Target { target: target.to_owned(), reason: format!("{error:#}") })
}
