//! Components that were compiled before, kept in this user's folder for caches: a handler that has not changed starts at
//! once, also that of another project.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::Path,
};

use goblet_build::Cache;
use goblet_host::handler::{self, CompileError, Compiled};

use crate::terminal;

/// A handler in Python has 38 MB.
const COMPILED: Cache = Cache { name: "compiled", kept: 24 };

/// Compiles a component for this machine, unless that was done before.
pub fn compile(
    component: &Path,
    compile: impl FnOnce() -> Result<Compiled, CompileError>,
) -> Result<Compiled, CompileError> {
    // The compiler says why a file cannot be read.
    let Ok(name) = name(component) else { return compile() };
    let before = COMPILED.find(&name).and_then(|file| fs::read(file).ok());
    if let Some(code) = before {
        return Ok(Compiled::again(component, code));
    }
    let compiled = compile()?;
    if let Err(error) = COMPILED.keep(&name, compiled.as_bytes()) {
        terminal::note(&format!("the compiled handler is not kept, so the next start takes as long: {error}"));
    }
    Ok(compiled)
}

/// The name of the compiled file: of the component's content, and of what compiles it.
fn name(component: &Path) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    handler::compatibility().map_err(io::Error::other)?.hash(&mut hasher);
    fs::read(component)?.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}
