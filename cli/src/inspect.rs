use std::path::PathBuf;

use clap::Args;
use goblet_host::handler::{Handler, Kind};

use crate::{handler, terminal::escaped};

/// Shows which routes a handler serves and what it imports
#[derive(Args)]
pub struct Arguments {
    /// A component (.wasm) or a compiled one (.cwasm)
    #[arg(value_name = "FILE")]
    handler: PathBuf,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = &arguments.handler;
    let handler = match handler::kind(path)? {
        Kind::Component => Handler::from_compiled(&handler::compile(path, None)?)?,
        Kind::Compiled => Handler::load(path)?,
    };
    let exports = handler.exports();
    println!("routes");
    for (is_served, route, meaning) in [
        (exports.connect, "$connect", "on-connect"),
        (exports.message, "$default and the API's own", "on-message"),
        (exports.disconnect, "$disconnect", "on-disconnect"),
    ] {
        if is_served {
            println!("  {route} ({meaning})");
        }
    }
    println!("imports");
    for import in handler.imports() {
        println!("  {}", escaped(&import));
    }
    Ok(())
}
