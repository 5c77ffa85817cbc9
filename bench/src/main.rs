//! Measures Goblet beside what else there is, on one machine in one run: see `bench/README.md`.

mod client;
mod contender;
mod gateway;
mod process;
mod statistics;

use std::{fs, path::Path};

use anyhow::Context as _;
use clap::Parser;

/// The folder of the whole project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Measures the local gateways: `goblet dev`, and serverless-offline.
///
/// Prints a table, and writes target/bench/results.json.
#[derive(Parser)]
struct Arguments {
    /// How often each contender is measured; the table has the medians
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Only see that everything works: few messages, once
    #[arg(long)]
    short: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let repeats = if arguments.short { 1 } else { arguments.repeats };
    let folder = Path::new(ROOT).join("target/bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let results = gateway::measure(&folder, repeats, arguments.short).await?;
    println!("{}", gateway::table(&results));
    let file = folder.join("results.json");
    fs::write(&file, serde_json::to_string_pretty(&results)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}
