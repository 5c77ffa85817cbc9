//! What is measured, built.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use crate::process::run;

/// The folder of the whole project.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Builds a program, and tells where it is.
pub async fn program(profile: &str, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    let arguments = ["build", "--quiet", "--profile", profile, "--package", package, "--bin", name];
    run(Command::new("cargo").args(arguments).current_dir(ROOT)).await?;
    let path = Path::new(ROOT).join("target").join(profile).join(name);
    path.canonicalize().with_context(|| format!("{} was not built", path.display()))
}

/// Builds `goblet`, and tells where it is.
pub async fn goblet() -> anyhow::Result<PathBuf> {
    program("fast", "goblet-cli", "goblet").await
}

/// Builds and compiles a handler's crate.
pub async fn handler(goblet: &Path, source: &str, output: &Path) -> anyhow::Result<()> {
    run(Command::new(goblet).arg("compile").arg(Path::new(ROOT).join(source)).arg("--output").arg(output)).await
}
