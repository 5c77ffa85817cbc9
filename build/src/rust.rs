//! Handlers in Rust: crates with a library of the type `cdylib`, built with the developer's own cargo.

use std::{
    env,
    ffi::OsString,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::{Artifact, Message, Metadata, MetadataCommand, TargetKind, camino::Utf8Path};

use crate::{
    cancellation::Cancellation,
    error::BuildError,
    language::{Built, Detected, Language},
    requirement::{Requirement, State, version, version_numbers},
    tool::Tool,
};

pub const RUST: Language =
    Language { name: "rust", extensions: &[], detect, build, draft: None, ignored: &["target"], requirements };

const MANIFEST: &str = "Cargo.toml";

/// The target whose output is a component.
const TARGET: &str = "wasm32-wasip2";

/// The oldest Rust that the crate `goblet` is built with.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");
const VERSIONS: &str = concat!(env!("CARGO_PKG_RUST_VERSION"), " or later");

/// A crate is a handler if it has a library of the type `cdylib`. Any other crate is native.
fn detect(folder: &Path) -> Result<Detected, BuildError> {
    let Ok(manifest) = folder.join(MANIFEST).canonicalize() else { return Ok(Detected::Nothing) };
    let metadata = metadata(folder, &manifest, None)?;
    let Some(package) = metadata.packages.iter().find(|package| package.manifest_path == manifest) else {
        return Ok(Detected::NoHandler(BuildError::Workspace(folder.to_owned())));
    };
    if package.targets.iter().any(|target| target.is_kind(TargetKind::CDyLib)) {
        return Ok(Detected::Handler);
    }
    Ok(Detected::NoHandler(BuildError::NativeRust(folder.to_owned())))
}

/// Looks in this folder, whose toolchain may be another one than that of a handler's folder.
fn requirements() -> Vec<Requirement> {
    vec![
        Requirement::new("cargo", VERSIONS, cargo_state),
        Requirement::new("cc", "", linker_state),
        Requirement::new(TARGET, "", |cancellation| target_state(Path::new("."), cancellation)),
    ]
}

fn cargo_state(cancellation: &Cancellation) -> Result<State, BuildError> {
    let start = |command: &mut Command| start("cargo", command, Some(cancellation));
    let version = version("cargo", &mut Command::new(cargo()), start)?;
    if version_numbers(&version) < version_numbers(OLDEST) {
        Err(BuildError::OldRust(version))
    } else {
        Ok(State::Present(version))
    }
}

/// cargo runs macros and build scripts on this machine. rustc links them by `cc`:
/// <https://doc.rust-lang.org/rustc/codegen-options/index.html#linker>.
fn linker_state(cancellation: &Cancellation) -> Result<State, BuildError> {
    let version = version("cc", &mut Command::new("cc"), |command| Tool::start("cc", command, Some(cancellation)));
    match version {
        Ok(version) => Ok(State::Present(version.lines().next().unwrap_or_default().to_owned())),
        Err(BuildError::NotStarted(_, error)) if error.kind() == io::ErrorKind::NotFound => Err(BuildError::NoLinker),
        Err(error) => Err(error),
    }
}

fn target_state(folder: &Path, cancellation: &Cancellation) -> Result<State, BuildError> {
    let library = target_library(folder, Some(cancellation))?;
    if library.exists() {
        return Ok(State::Present(library.display().to_string()));
    }
    let start = |command: &mut Command| Tool::start("rustup", command, Some(cancellation));
    match version("rustup", &mut Command::new("rustup"), start) {
        Ok(_) => Ok(State::Installable(format!("by `rustup target add {TARGET}`"))),
        Err(BuildError::Cancelled) => Err(BuildError::Cancelled),
        Err(_) => Err(BuildError::NoRustup),
    }
}

/// Builds the crate in release mode. If Rust's target for WebAssembly is missing, rustup adds it.
fn build(folder: &Path, cancellation: Option<&Cancellation>) -> Result<Built, BuildError> {
    let no_crate = |_| BuildError::NoProject(folder.to_owned());
    let manifest = folder.join(MANIFEST).canonicalize().map_err(no_crate)?;
    ensure_target(folder, cancellation)?;
    let artifacts = cargo_build(folder, &manifest, cancellation)?;
    let own = artifacts.iter().filter(|artifact| artifact.manifest_path == manifest);
    let component = own.flat_map(|artifact| &artifact.filenames).rfind(|file| file.extension() == Some("wasm"));
    let component = component.ok_or_else(|| BuildError::NoComponent(folder.to_owned()))?;
    let metadata = metadata(folder, &manifest, cancellation)?;
    Ok(Built { component: component.into(), watched: watched(&metadata, &artifacts) })
}

/// Runs `cargo build`, and returns what it built, or had built before.
fn cargo_build(
    folder: &Path,
    manifest: &Path,
    cancellation: Option<&Cancellation>,
) -> Result<Vec<Artifact>, BuildError> {
    let mut command = Command::new(cargo());
    command
        .args(["build", "--release", "--target", TARGET, "--message-format=json-render-diagnostics", "--manifest-path"])
        .arg(manifest)
        .current_dir(folder)
        .stdout(Stdio::piped());
    let mut cargo = start("cargo", &mut command, cancellation)?;
    let messages = cargo.stdout().map(BufReader::new).map(Message::parse_stream).into_iter().flatten();
    let artifacts = messages.filter_map(|message| match message {
        Ok(Message::CompilerArtifact(artifact)) => Some(Ok(artifact)),
        Ok(_) => None,
        Err(error) => Some(Err(BuildError::Unreadable("cargo", error))),
    });
    let artifacts = artifacts.collect();
    let status = cargo.wait()?;
    if status.success() { artifacts } else { Err(BuildError::Failed(folder.to_owned(), status)) }
}

/// The folders of all crates on this machine that went into a build (the handler's own and its path dependencies), and
/// the manifest of the workspace, which has versions and profiles.
fn watched(metadata: &Metadata, artifacts: &[Artifact]) -> Vec<PathBuf> {
    let local = artifacts.iter().filter(|artifact| artifact.package_id.repr.starts_with("path+file:"));
    let mut watched: Vec<PathBuf> =
        local.filter_map(|artifact| artifact.manifest_path.parent()).map(Utf8Path::to_owned).map(Into::into).collect();
    watched.push(metadata.workspace_root.join(MANIFEST).into());
    watched.sort();
    watched.dedup();
    watched
}

/// What cargo knows of a crate and of its workspace, without their dependencies: that needs no network.
fn metadata(folder: &Path, manifest: &Path, cancellation: Option<&Cancellation>) -> Result<Metadata, BuildError> {
    let mut command = MetadataCommand::new()
        .cargo_path(cargo())
        .manifest_path(manifest)
        .current_dir(folder)
        .no_deps()
        .cargo_command();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = start("cargo", &mut command, cancellation)?.output()?;
    let unreadable = |message: String| BuildError::Manifest(folder.to_owned(), message);
    if !output.status.success() {
        return Err(unreadable(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    MetadataCommand::parse(String::from_utf8_lossy(&output.stdout)).map_err(|error| unreadable(error.to_string()))
}

/// The cargo that started this program, if one did.
fn cargo() -> OsString {
    env::var_os("CARGO").filter(|cargo| !cargo.is_empty()).unwrap_or_else(|| "cargo".into())
}

/// Starts a program of Rust: cargo or rustc.
fn start<'a>(
    name: &'static str,
    command: &mut Command,
    cancellation: Option<&'a Cancellation>,
) -> Result<Tool<'a>, BuildError> {
    Tool::start(name, command, cancellation).map_err(|error| match error {
        BuildError::NotStarted(name, error) => BuildError::NoRust(name, error),
        error => error,
    })
}

/// Adds the target if it is missing. rustup does that by itself only if its settings allow it (`RUSTUP_AUTO_INSTALL`).
fn ensure_target(folder: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
    let library = target_library(folder, cancellation)?;
    // Tests build at the same time, and rustup fails if another rustup runs.
    let _one_at_a_time = lock_toolchain(&library);
    if library.exists() {
        return Ok(());
    }
    eprintln!("adding Rust's target {TARGET}: rustup target add {TARGET}");
    let mut command = Command::new("rustup");
    // To stderr, where all messages go: stdout is for the result of a command.
    command.args(["target", "add", TARGET]).current_dir(folder).stdout(io::stderr());
    let status = match Tool::start("rustup", &mut command, cancellation) {
        Ok(rustup) => rustup.wait()?,
        Err(BuildError::NotStarted(_, error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BuildError::NoRustup);
        }
        Err(error) => return Err(error),
    };
    if status.success() { Ok(()) } else { Err(BuildError::TargetNotAdded(status)) }
}

/// The folder of the target's standard library, which exists if the toolchain has the target.
fn target_library(folder: &Path, cancellation: Option<&Cancellation>) -> Result<PathBuf, BuildError> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = start("rustc", &mut command, cancellation)?.output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(BuildError::Rustc(folder.to_owned(), message));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Locks the folder that all targets are in (`lib/rustlib`) until the result is dropped, if folders can be locked.
fn lock_toolchain(library: &Path) -> Option<File> {
    let folder = File::open(library.ancestors().nth(2)?).ok()?;
    folder.lock().ok()?;
    Some(folder)
}
