//! Builds a handler's crate into a WebAssembly component, with the developer's own cargo.

use std::{
    env,
    ffi::OsString,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use cargo_metadata::Message;

/// The target whose output is a component.
pub const TARGET: &str = "wasm32-wasip2";

/// Why there is no component. Each text names the next step.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BuildError {
    #[error("no crate in {0}: a handler is a folder with a Cargo.toml, or a .wasm or .cwasm file")]
    NoCrate(PathBuf),
    #[error("cannot start {0}: {1}. Install Rust with https://rustup.rs")]
    NotStarted(&'static str, io::Error),
    #[error("rustc does not work in {0}:\n{1}")]
    Rustc(PathBuf, String),
    #[error(
        "Rust's target {TARGET} is missing, and there is no rustup to add it. Install Rust with https://rustup.rs, or \
         the target with what installed Rust"
    )]
    NoRustup,
    #[error("`rustup target add {TARGET}` failed ({0}); its message is above")]
    TargetNotAdded(ExitStatus),
    #[error("the build of {0} failed ({1}); cargo's message is above")]
    Failed(PathBuf, ExitStatus),
    #[error("cannot read what cargo says: {0}")]
    Unreadable(io::Error),
    #[error("the build of {0} made no .wasm file: its Cargo.toml needs `crate-type = [\"cdylib\"]` under `[lib]`")]
    NoComponent(PathBuf),
}

/// Builds the crate in a folder, in release mode, and returns the component's file. Cargo's progress goes to stderr.
///
/// Where the target is not installed it is added, and said so.
///
/// # Errors
///
/// [`BuildError`].
pub fn build(folder: &Path) -> Result<PathBuf, BuildError> {
    let no_crate = |_| BuildError::NoCrate(folder.to_owned());
    let manifest = folder.join("Cargo.toml").canonicalize().map_err(no_crate)?;
    ensure_target(folder)?;
    let mut cargo = Command::new(cargo())
        .args(["build", "--release", "--target", TARGET, "--message-format=json-render-diagnostics", "--manifest-path"])
        .arg(&manifest)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| BuildError::NotStarted("cargo", error))?;
    let messages = cargo.stdout.take().map(BufReader::new).map(Message::parse_stream);
    let mut component = None;
    for message in messages.into_iter().flatten() {
        if let Message::CompilerArtifact(artifact) = message.map_err(BuildError::Unreadable)?
            && artifact.manifest_path == manifest
        {
            component = artifact.filenames.into_iter().find(|file| file.extension() == Some("wasm")).or(component);
        }
    }
    let status = cargo.wait().map_err(BuildError::Unreadable)?;
    if !status.success() {
        return Err(BuildError::Failed(folder.to_owned(), status));
    }
    component.map(Into::into).ok_or_else(|| BuildError::NoComponent(folder.to_owned()))
}

/// The cargo that started this program, if one did.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Adds the target where it is missing: rustup does so by itself only where `RUSTUP_AUTO_INSTALL` lets it.
fn ensure_target(folder: &Path) -> Result<(), BuildError> {
    let library = target_library(folder)?;
    // Tests build at the same time, and rustup fails beside another rustup.
    let _one_at_a_time = lock_toolchain(&library);
    if library.exists() {
        return Ok(());
    }
    eprintln!("adding Rust's target {TARGET}: rustup target add {TARGET}");
    // rustup's messages belong with ours: stdout is for what the program was asked for.
    let rustup =
        Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).stdout(io::stderr()).status();
    match rustup {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(BuildError::TargetNotAdded(status)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BuildError::NoRustup),
        Err(error) => Err(BuildError::NotStarted("rustup", error)),
    }
}

/// Where the toolchain has the target's standard library, if it has the target.
fn target_library(folder: &Path) -> Result<PathBuf, BuildError> {
    let rustc =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder).output();
    let output = rustc.map_err(|error| BuildError::NotStarted("rustc", error))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(BuildError::Rustc(folder.to_owned(), message));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Locks the folder that all targets are in (`lib/rustlib`) until the result is dropped, where folders can be locked.
fn lock_toolchain(library: &Path) -> Option<File> {
    let folder = File::open(library.ancestors().nth(2)?).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_crate_is_named() {
        let error = build(Path::new("no/such/folder")).expect_err("there is none");
        assert!(error.to_string().starts_with("no crate in no/such/folder"), "{error}");
    }
}
