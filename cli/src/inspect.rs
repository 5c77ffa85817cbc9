use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use goblet_build::Cancellation;
use goblet_host::handler::{self as host, Grants, Import, Refusal};

use crate::{handler, stoppable, terminal};

const EXAMPLES: &str = "\
Examples:
  goblet inspect guest/echo     build a crate, and look at its component
  goblet inspect app.py         build a handler in Python
  goblet inspect echo.wasm      a component; it is not compiled for this
  goblet inspect echo.cwasm     a compiled handler";

/// Shows which routes a handler serves and what it imports
///
/// Routes are the events that it answers. Imports are what it needs from its host: each is shown with what it gives the
/// handler, with the setting that it needs, or with the reason why the host refuses it. If one is refused, the exit code
/// is 1.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The handler: a project in Rust, Python, JavaScript or TypeScript (its folder, or its file in the last three), which
    /// is built first; a WebAssembly component (.wasm); or a compiled handler
    /// (.cwasm)
    handler: PathBuf,
}

pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    stoppable::run(move |cancellation| inspect(&arguments, cancellation))
}

fn inspect(arguments: &Arguments, cancellation: &Cancellation) -> anyhow::Result<()> {
    let path = handler::build(&arguments.handler, cancellation)?;
    let interface = host::inspect(&path, &Grants::default())?;
    terminal::print("routes");
    for (is_served, route, meaning) in [
        (interface.exports.connect, "$connect", "on-connect"),
        (interface.exports.message, "$default and the API's own", "on-message"),
        (interface.exports.disconnect, "$disconnect", "on-disconnect"),
    ] {
        if is_served {
            terminal::print(&format!("  {route} ({meaning})"));
        }
    }
    terminal::print("imports");
    for Import { name, grant } in &interface.imports {
        let line = match grant {
            Ok(gives) => format!("  {name}: {gives}"),
            Err(Refusal::NotGranted(setting)) => format!("  {name}: needs the setting {setting}"),
            Err(refusal) => format!("  {name}: refused: {refusal}"),
        };
        terminal::print(&line);
    }
    let is_refused = |import: &&Import| !matches!(import.grant, Ok(_) | Err(Refusal::NotGranted(_)));
    let refused = interface.imports.iter().filter(is_refused).count();
    if refused > 0 {
        bail!("the host refuses {}, because of {refused} of its imports", path.display());
    }
    Ok(())
}
