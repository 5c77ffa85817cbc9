use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use tempfile::NamedTempFile;

use crate::handler;

/// Compiles a component ahead of time, for `bootstrap` to load
///
/// The result runs on every machine of the target's architecture, with the same version of goblet.
#[derive(Args)]
pub struct Arguments {
    /// The component (.wasm)
    #[arg(value_name = "HANDLER.wasm")]
    handler: PathBuf,
    /// Where to write the compiled handler [default: beside the component, as .cwasm]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The architecture to compile for: x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu
    /// [default: this machine's]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let output = arguments.output.clone().unwrap_or_else(|| arguments.handler.with_extension("cwasm"));
    let compiled = handler::compile(&arguments.handler, arguments.target.as_deref())?;
    let compiled = compiled.as_bytes();
    write(&output, compiled).with_context(|| format!("cannot write {}", output.display()))?;
    println!("{} ({} bytes)", output.display(), compiled.len());
    Ok(())
}

/// All or nothing: a full disk leaves no half of a handler behind.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder)?;
    fs::write(file.path(), bytes)?;
    file.persist(path)?;
    Ok(())
}
