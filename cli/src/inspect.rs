use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use goblet_host::handler::{self as host, Grants, Import};

use crate::handler;

/// Shows which routes a handler serves and what it imports
///
/// The exit code is 1 if the host would refuse one of the imports.
#[derive(Args)]
pub struct Arguments {
    /// A crate's folder (built for wasm32-wasip2), a component (.wasm) or a compiled one (.cwasm)
    handler: PathBuf,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = handler::build(&arguments.handler)?;
    let interface = host::inspect(&path, &Grants::default())?;
    println!("routes");
    for (is_served, route, meaning) in [
        (interface.routes.connect, "$connect", "on-connect"),
        (interface.routes.message, "$default and the API's own", "on-message"),
        (interface.routes.disconnect, "$disconnect", "on-disconnect"),
    ] {
        if is_served {
            println!("  {route} ({meaning})");
        }
    }
    println!("imports");
    for Import { name, grant } in &interface.imports {
        match grant {
            Ok(gives) => println!("  {name}: {gives}"),
            Err(refusal) => println!("  {name}: refused: {refusal}"),
        }
    }
    let refused = interface.imports.iter().filter(|import| import.grant.is_err()).count();
    if refused > 0 {
        bail!("the host refuses {}, because of {refused} of its imports", path.display());
    }
    Ok(())
}
