use std::path::PathBuf;

use clap::Args;

use crate::{handler, output};

/// Compiles a handler ahead of time, for `bootstrap` to load
///
/// The result runs on every machine of the target's architecture, with the same version of goblet.
#[derive(Args)]
pub struct Arguments {
    /// A crate's folder (built for wasm32-wasip2) or a component (.wasm)
    handler: PathBuf,
    /// Where to write the compiled handler [default: beside the component, as .cwasm]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

/// The machine that a handler is compiled for.
#[derive(Args)]
pub struct Target {
    /// The architecture to compile for: arm64 or x86_64, as Lambda names them, or a triple such as
    /// aarch64-unknown-linux-gnu [default: this machine's]
    #[arg(long, value_name = "ARCHITECTURE")]
    target: Option<String>,
}

impl Target {
    /// The target's triple, where one is given.
    pub fn triple(&self) -> Option<&str> {
        self.target.as_deref().map(|target| match target {
            "arm64" => "aarch64-unknown-linux-gnu",
            "x86_64" => "x86_64-unknown-linux-gnu",
            triple => triple,
        })
    }
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let component = handler::component(&arguments.handler)?;
    let output = arguments.output.clone().unwrap_or_else(|| component.with_extension("cwasm"));
    let compiled = handler::compile(&component, arguments.target.triple())?;
    output::write(&output, compiled.as_bytes())
}
