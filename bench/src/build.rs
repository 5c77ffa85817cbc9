//! What is measured, built.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use tokio::process::Command;

use crate::process::run;

/// The folder of the whole project.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Programs that are there already, and are measured as they are.
#[derive(Args)]
pub struct Programs {
    /// This `goblet`, instead of one that is built for this
    #[arg(long, value_name = "FILE")]
    goblet: Option<PathBuf>,
    /// This `bootstrap`, instead of one that is built for this
    #[arg(long, value_name = "FILE")]
    bootstrap: Option<PathBuf>,
    /// This echo in plain Rust, instead of one that is built for this
    #[arg(long, value_name = "FILE")]
    rust_echo: Option<PathBuf>,
    /// This state in plain Rust, instead of one that is built for this
    #[arg(long, value_name = "FILE")]
    rust_state: Option<PathBuf>,
}

impl Programs {
    pub async fn goblet(&self) -> anyhow::Result<PathBuf> {
        program(self.goblet.as_deref(), "fast", "goblet-cli", "goblet").await
    }

    pub async fn bootstrap(&self, profile: &str) -> anyhow::Result<PathBuf> {
        program(self.bootstrap.as_deref(), profile, "goblet-host", "bootstrap").await
    }

    pub async fn rust_echo(&self, profile: &str) -> anyhow::Result<PathBuf> {
        program(self.rust_echo.as_deref(), profile, "rust-echo", "rust-echo").await
    }

    pub async fn rust_state(&self, profile: &str) -> anyhow::Result<PathBuf> {
        program(self.rust_state.as_deref(), profile, "rust-state", "rust-state").await
    }
}

/// Builds a program, unless it is there already, and tells where it is.
async fn program(built: Option<&Path>, profile: &str, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    if let Some(file) = built {
        println!("{name}: {}, as it is", file.display());
        return file.canonicalize().with_context(|| format!("--{name}: cannot find {}", file.display()));
    }
    println!("{name}: built with the profile {profile}");
    let arguments = ["build", "--quiet", "--profile", profile, "--package", package, "--bin", name];
    run(Command::new("cargo").args(arguments).current_dir(ROOT)).await?;
    let path = Path::new(ROOT).join("target").join(profile).join(name);
    path.canonicalize().with_context(|| format!("{} was not built", path.display()))
}

/// Builds and compiles a handler's crate.
pub async fn handler(goblet: &Path, source: &str, output: &Path) -> anyhow::Result<()> {
    run(Command::new(goblet).arg("compile").arg(Path::new(ROOT).join(source)).arg("--output").arg(output)).await
}
