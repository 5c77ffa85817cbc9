//! Takes compiled components from a file or from memory: the one place in the host with `unsafe`.

use std::path::Path;

use wasmtime::{Engine, component::Component};

#[cfg(feature = "compile")]
use super::compiler::Compiled;
use super::{file, load_error::LoadError};

/// Takes a file that [`compile`](super::compile) wrote.
pub fn from_file(engine: &Engine, path: &Path) -> Result<Component, LoadError> {
    file::expect_compiled(path)?;
    // SAFETY: the file is an artefact of `compile`, as the documentation of `Handler::load` demands; wasmtime checks
    // that version, architecture and settings are this engine's.
    #[allow(unsafe_code)]
    let component = unsafe { Component::deserialize_file(engine, path) };
    component.map_err(|error| LoadError::of_compiled(path.to_owned(), &error))
}

/// Takes what [`compile`](super::compile) returned.
#[cfg(feature = "compile")]
pub fn from_compiled(engine: &Engine, compiled: &Compiled) -> Result<Component, LoadError> {
    // SAFETY: `compile` alone makes a `Compiled`.
    #[allow(unsafe_code)]
    let component = unsafe { Component::deserialize(engine, compiled.as_bytes()) };
    component.map_err(|error| LoadError::of_compiled(compiled.component.clone(), &error))
}
