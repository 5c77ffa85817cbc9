//! The machine that a command makes something for.

use anyhow::Context as _;
use clap::Args;

use crate::architecture::Architecture;

#[derive(Args)]
pub struct Target {
    /// The architecture to make it for: arm64 or x86_64, as in SAM, or a triple such as aarch64-unknown-linux-gnu
    /// [default: this machine's]
    #[arg(long, value_name = "ARCHITECTURE")]
    target: Option<String>,
}

impl Target {
    /// The target's triple, if one is given.
    pub fn triple(&self) -> Option<&str> {
        let target = self.target.as_deref()?;
        let by_name = Architecture::ALL.into_iter().find(|architecture| architecture.name() == target);
        Some(by_name.map_or(target, |architecture| architecture.triple()))
    }

    /// The target as an architecture of Lambda, if one is given.
    pub fn architecture(&self) -> anyhow::Result<Option<Architecture>> {
        let Some(triple) = self.triple() else { return Ok(None) };
        let known = || format!("--target {triple}: AWS Lambda has Linux on the architectures arm64 and x86_64");
        Architecture::of_triple(triple).with_context(known).map(Some)
    }
}
