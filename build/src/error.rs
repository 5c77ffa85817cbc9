//! Why there is no component.

use std::{io, path::PathBuf, process::ExitStatus};

use crate::{javascript::error::JavaScriptError, python::error::PythonError};

/// Why there is no component. Each text says what to do next.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BuildError {
    #[error(
        "no handler at {0}: give a project's folder, a source file, a component (.wasm) or a compiled one (.cwasm)"
    )]
    Missing(PathBuf),
    #[error(
        "{0} is neither a file nor a folder: give a project's folder, a source file, a component (.wasm) or a compiled one (.cwasm)"
    )]
    Special(PathBuf),
    #[error(
        "no handler in {0}: a handler is a folder with a Cargo.toml, an app.py or a package.json, or a .py, .js, .ts, .wasm or .cwasm file"
    )]
    NoProject(PathBuf),
    #[error(
        "{0} is a native Rust crate (no cdylib), which makes no component. If it is meant to be a handler, add \
         `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml. If it is a native Lambda function, serve it as a \
         program: `goblet dev --command 'cargo run --manifest-path {0}/Cargo.toml'`"
    )]
    NativeRust(PathBuf),
    #[error("{0}/Cargo.toml describes a workspace and no crate: give the folder of the handler's crate")]
    Workspace(PathBuf),
    #[error("cargo cannot read {0}/Cargo.toml. Correct the file as cargo says:\n{1}")]
    Manifest(PathBuf, String),
    #[error("cannot start {0}: {1}. Install it, or correct PATH, so that it is found and may be executed")]
    NotStarted(&'static str, io::Error),
    #[error("cannot start {0}: {1}. Install Rust with https://rustup.rs")]
    NoRust(&'static str, io::Error),
    #[error(
        "rustc does not work in {0}. Run `rustup update`, or correct the toolchain in the folder's rust-toolchain.toml. \
         rustc says:\n{1}"
    )]
    Rustc(PathBuf, String),
    #[error(
        "Rust's target wasm32-wasip2 is missing, and there is no rustup to add it. Install Rust with https://rustup.rs, or \
         add the target with the tool that installed Rust"
    )]
    NoRustup,
    #[error("it is {0}. A handler in Rust needs Rust {rust} or later: run `rustup update`", rust = env!("CARGO_PKG_RUST_VERSION"))]
    OldRust(String),
    #[error(
        "there is no cc, by which Rust links the macros that it runs while it builds: install a C compiler (on Debian and \
         Ubuntu: `apt install gcc libc6-dev`)"
    )]
    NoLinker,
    #[error("`{0} --version` fails ({1}): {2}")]
    NoVersion(&'static str, ExitStatus, String),
    #[error("it has not answered within {0} s: find out what it waits for, and try again")]
    Hangs(u64),
    #[error("`rustup target add wasm32-wasip2` failed ({0}); its message is above")]
    TargetNotAdded(ExitStatus),
    #[error("the build of {0} failed ({1}); cargo's message is above")]
    Failed(PathBuf, ExitStatus),
    #[error("cannot read the output of {0}: {1}")]
    Unreadable(&'static str, io::Error),
    #[error("the build of {0} made no .wasm file: its Cargo.toml needs `crate-type = [\"cdylib\"]` under `[lib]`")]
    NoComponent(PathBuf),
    #[error("cannot install {0} into {1}: {2}. Make the folder writable, or set XDG_CACHE_HOME to one that is")]
    NotInstalled(&'static str, PathBuf, io::Error),
    #[error("cannot make the folder {0}: {1}. Make the folder above it writable, or set XDG_CACHE_HOME to one that is")]
    NoCacheFolder(PathBuf, io::Error),
    #[error("others may write to {0}, and what is in it is run: remove it, or run `chmod go-w {0}` if you trust them")]
    SharedCacheFolder(PathBuf),
    #[error("{0} is another user's, and what is in it is run: set XDG_CACHE_HOME to a folder of your own")]
    ForeignCacheFolder(PathBuf),
    #[error("there is no folder for caches: {0}. Set HOME or XDG_CACHE_HOME")]
    NoCache(String),
    #[error(transparent)]
    JavaScript(#[from] JavaScriptError),
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error("the build was stopped")]
    Cancelled,
}

impl BuildError {
    /// Whether there is no project of a handler, but perhaps other code that is complete as it is.
    pub(crate) fn is_other_code(&self) -> bool {
        matches!(
            self,
            Self::NoProject(_)
                | Self::JavaScript(JavaScriptError::NoEntry(..) | JavaScriptError::NoRoute(_))
                | Self::Python(PythonError::NoApp(_) | PythonError::NoHandler(_))
        )
    }
}
