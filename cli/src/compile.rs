use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use goblet_build::Cancellation;

use crate::{handler, output, stoppable, target::Target};

const EXAMPLES: &str = "\
Examples:
  goblet compile guest/echo                         build and compile a crate, for this machine
  goblet compile guest/echo --target arm64          for AWS Lambda's arm64
  goblet compile app.py --output app.cwasm          a handler in Python; the same with a .js or .ts
  goblet compile echo.wasm --output out/echo.cwasm  compile a component that is built already";

/// Compiles a handler to native code ahead of time, so that it starts fast
///
/// The result is a .cwasm file, which is what runs on AWS Lambda. It works on every machine of the chosen architecture,
/// with the same version of goblet.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The handler: a project in Rust, Python, JavaScript or TypeScript (its folder, or its file in the last three), which
    /// is built first; or a WebAssembly component (.wasm)
    handler: PathBuf,
    /// Where to write the compiled handler: a file, or a folder (one that exists, or a name that ends in /), which gets
    /// NAME.cwasm [default: next to the component, with the extension .cwasm]
    #[arg(short, long, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    stoppable::run(move |cancellation| compile(&arguments, cancellation))
}

fn compile(arguments: &Arguments, cancellation: &Cancellation) -> anyhow::Result<()> {
    arguments.output.as_deref().map_or(Ok(()), output::prepare_any).context("--output")?;
    let component = handler::build(&arguments.handler, cancellation)?;
    let compiled = handler::compile(&component, arguments.target.triple())?;
    let output = match &arguments.output {
        Some(folder) if output::is_folder(folder) => folder.join(format!("{}.cwasm", handler::name(&component)?)),
        Some(file) => file.clone(),
        None => component.with_extension("cwasm"),
    };
    output::write(&output, compiled.as_bytes())
}
