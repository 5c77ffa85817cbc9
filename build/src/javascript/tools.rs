//! The npm package `goblet`, which builds handlers: the project's own, or else one that is installed once for this user.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use include_dir::{Dir, DirEntry, include_dir};
use serde::Deserialize;

use super::{error::JavaScriptError, node};
use crate::{
    cancellation::Cancellation,
    error::BuildError,
    private_install::PrivateInstall,
    requirement::{Requirement, State},
};

/// The name of the private installation.
const NAME: &str = "goblet-javascript";

/// What it does not work without.
const DEPENDENCIES: [&str; 2] = ["esbuild", "componentize-qjs"];

/// The script that builds a handler, in the package.
const SCRIPT: &str = "build/main.mjs";

/// The package's folders. `node_modules`, which a developer may have beside them, is none of them.
static FOLDERS: [(&str, Dir); 4] = [
    ("build", include_dir!("$CARGO_MANIFEST_DIR/javascript-sdk/build")),
    ("component", include_dir!("$CARGO_MANIFEST_DIR/javascript-sdk/component")),
    ("src", include_dir!("$CARGO_MANIFEST_DIR/javascript-sdk/src")),
    ("wit", include_dir!("$CARGO_MANIFEST_DIR/javascript-sdk/wit")),
];

/// The versions of what it needs are in these two, and nowhere else.
const MANIFEST: &str = include_str!("../../javascript-sdk/package.json");
const LOCK: &str = include_str!("../../javascript-sdk/package-lock.json");

/// The script that builds handlers, for a project in this folder.
pub fn script(root: &Path, cancellation: Option<&Cancellation>) -> Result<PathBuf, BuildError> {
    if let Some(package) = own_package(root) {
        return Ok(package.join(SCRIPT));
    }
    let version = version();
    let install = private_install(&version);
    let require = || node::npm_version(cancellation).map(drop);
    let folder = install.folder(cancellation, require, |folder| install_dependencies(folder, cancellation))?;
    let package = write_package(&folder).map_err(|error| JavaScriptError::NotWritten(folder, error))?;
    Ok(package.join(SCRIPT))
}

/// Looks for Node.js and for the private installation. A project may have its own package `goblet` besides.
pub fn requirements() -> Vec<Requirement> {
    vec![
        Requirement::new("node", "20 or later", node::state),
        Requirement::new("npm", "", |cancellation| node::npm_version(Some(cancellation)).map(State::Present)),
        Requirement::new(NAME, "", |cancellation| private_install(&version()).state(cancellation)),
    ]
}

fn private_install(version: &str) -> PrivateInstall<'_> {
    let works = |folder: &Path, _: Option<&Cancellation>| Ok(DEPENDENCIES.iter().all(|name| has(folder, name)));
    PrivateInstall { name: NAME, version, works }
}

/// The version of the private installation. The hash tells versions with other dependencies apart.
fn version() -> String {
    format!("{}-{:08x}", env!("CARGO_PKG_VERSION"), hash(LOCK) & 0xffff_ffff)
}

/// The project's own package `goblet`, if it is this version and has all that it needs.
fn own_package(root: &Path) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    let packages = root.ancestors().map(|folder| folder.join("node_modules/goblet"));
    let package = packages.into_iter().find(|package| package.is_dir())?.canonicalize().ok()?;
    let manifest: Package = serde_json::from_slice(&fs::read(package.join("package.json")).ok()?).ok()?;
    let has_dependencies = DEPENDENCIES.iter().all(|name| package.ancestors().any(|folder| has(folder, name)));
    let is_complete = has_dependencies && [SCRIPT, "wit"].iter().all(|path| package.join(path).exists());
    (manifest.version == env!("CARGO_PKG_VERSION") && is_complete).then_some(package)
}

/// Whether an npm package is installed in a folder.
fn has(folder: &Path, package: &str) -> bool {
    folder.join("node_modules").join(package).join("package.json").is_file()
}

/// Installs what the package depends on: esbuild, componentize-qjs, and what makes up for what `QuickJS` has not.
fn install_dependencies(folder: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
    let write = |name, text| fs::write(folder.join(name), text);
    write("package.json", MANIFEST)
        .and_then(|()| write("package-lock.json", LOCK))
        .map_err(|error| JavaScriptError::NotWritten(folder.to_owned(), error))?;
    let mut command = Command::new("npm");
    // To stderr, where all messages go. None of the packages needs a script to be installed.
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    let status = node::start("npm", command.stdout(io::stderr()), cancellation)?.wait()?;
    if status.success() { Ok(()) } else { Err(JavaScriptError::NotInstalled(status).into()) }
}

/// Writes the package beside its dependencies, if it is not there yet. Programs with another content have another folder.
fn write_package(installed: &Path) -> io::Result<PathBuf> {
    let package = installed.join(format!("goblet-{:016x}", content_hash()));
    if package.is_dir() {
        return Ok(package);
    }
    // Another build may do the same: whoever is first has written it.
    let folder = tempfile::Builder::new().prefix("writing-").tempdir_in(installed)?;
    fs::write(folder.path().join("package.json"), MANIFEST)?;
    for (name, content) in &FOLDERS {
        let target = folder.path().join(name);
        fs::create_dir_all(&target)?;
        content.extract(target)?;
    }
    match fs::rename(folder.path(), &package) {
        Err(error) if !package.is_dir() => Err(error),
        _ => Ok(package),
    }
}

fn content_hash() -> u64 {
    let mut hasher = DefaultHasher::new();
    MANIFEST.hash(&mut hasher);
    for (name, content) in &FOLDERS {
        name.hash(&mut hasher);
        hash_files(content, &mut hasher);
    }
    hasher.finish()
}

fn hash_files(folder: &Dir, hasher: &mut DefaultHasher) {
    for entry in folder.entries() {
        entry.path().hash(hasher);
        match entry {
            DirEntry::Dir(folder) => hash_files(folder, hasher),
            DirEntry::File(file) => file.contents().hash(hasher),
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
