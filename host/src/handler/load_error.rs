//! Why a file cannot be used as a handler.

use std::{env::consts::ARCH, fmt::Display, io, path::PathBuf};

use super::{
    engine::{EngineError, WASMTIME_VERSION},
    imports::Import,
};

const DOCUMENTATION: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/handler.md");

/// Why a file cannot be used as a handler. Each text names the file and the next step.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum LoadError {
    #[error(
        "no handler at {0}: set the function's `Handler` to the file's name without `.cwasm`, and put the file into the \
         package"
    )]
    Missing(PathBuf),
    #[error("cannot read the handler {0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is {1}, not a file: a handler is a component (`.wasm`) or a compiled component (`.cwasm`)")]
    NotAFile(PathBuf, &'static str),
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
        "{path} was compiled for another host: {reason}. This host is {ARCH} with wasmtime {WASMTIME_VERSION}; compile \
         the component again with the `goblet` of this version: \
         `goblet compile HANDLER.wasm`, for AWS Lambda with `--target {target}`",
        path = .0.display(), reason = .1, target = if ARCH == "aarch64" { "arm64" } else { ARCH }
    )]
    Incompatible(PathBuf, String),
    #[error("{0} is damaged: {1}. Copy or upload it again, or compile its component again with `goblet compile`")]
    Damaged(PathBuf, String),
    #[error("{0} is over a limit of this host: {1}. Make the component smaller. {DOCUMENTATION} lists the limits")]
    OverLimit(PathBuf, String),
    #[error(
        "{0} exports no route: a handler exports one or more of goblet:websocket/on-connect, on-message and \
         on-disconnect (version 0.1)"
    )]
    NoRoute(PathBuf),
    #[error(
        "{path} exports {wrong}, but this host serves version 0.1: build it with the crate `goblet` of this host's version",
        path = .0.display(), wrong = list(.1)
    )]
    Exports(PathBuf, Vec<String>),
    #[error("{path} imports {refused}. {DOCUMENTATION} lists what a handler may import",
        path = .0.display(), refused = list(.1))]
    Imports(PathBuf, Vec<Import>),
    #[error(
        "{0} does not fit this host: {1}. Build it with the crate `goblet` of this host's version, or with its WIT, \
         goblet:websocket@0.1.1"
    )]
    Misfit(PathBuf, String),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl LoadError {
    /// Why wasmtime does not take a compiled component. It has no error types for that, only words; tests check them.
    pub(super) fn of_compiled(path: PathBuf, error: &wasmtime::Error) -> Self {
        let text = format!("{error:#}");
        let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
        let reason = error.root_cause().to_string();
        if says(&["Module was compiled", "compilation settings of module", "mismatched version in engine section"]) {
            Self::Incompatible(path, reason)
        } else if says(&["exceeds the configured maximum", "exceeds the limit"]) {
            Self::OverLimit(path, reason)
        } else {
            Self::Damaged(path, reason)
        }
    }
}

fn list(names: &[impl Display]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
