//! Measures Goblet beside what else there is, on one machine in one run: see `bench/README.md`.

mod build;
mod builds;
mod client;
mod contender;
mod database;
mod fan_out;
mod functions;
mod gateway;
mod groups;
mod inside;
mod process;
mod runtime;
mod scale;
mod serve;
mod state;
mod statistics;
mod table;

use std::{fs, path::Path};

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};

use self::{
    build::{Programs, ROOT},
    runtime::Runtime,
    scale::{LONG, SHORT, Scale},
    table::Table,
};

/// Measures functions (the host, plain Rust, Python, Chalice, Node.js), builds, fan-out, groups, state, and local gateways
/// (`goblet dev`, serverless-offline).
///
/// Prints a table of each, and writes target/bench/results.json.
#[derive(Parser)]
struct Arguments {
    /// How often each contender is measured; the tables have the medians
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Only see that everything works: few messages, once, and nothing that takes minutes to build
    #[arg(long)]
    short: bool,
    /// Measure only these parts
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    #[command(flatten)]
    programs: Programs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The echo in each language.
const RUST: &str = "guest/echo";
const PYTHON: &str = "guest/echo-python";
const JAVASCRIPT: &str = "guest/echo-javascript";

/// A table.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    Functions,
    Python,
    Javascript,
    Builds,
    Inside,
    FanOut,
    Groups,
    State,
    Gateways,
}

#[derive(Subcommand)]
enum Command {
    /// The gateway that functions are measured behind, in a process of its own.
    #[command(hide = true)]
    Serve(serve::Arguments),
    /// The database of what remembers, in a process of its own.
    #[command(hide = true)]
    Dynamodb,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Serve(arguments)) => return serve::run(arguments).await,
        Some(Command::Dynamodb) => return database::run().await,
        None => {}
    }
    let scale = if arguments.short { SHORT } else { Scale { repeats: arguments.repeats, ..LONG } };
    let folder = Path::new(ROOT).join("target/bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let programs = &arguments.programs;
    let goblet = programs.goblet().await?;
    let runtimes = [
        Runtime::goblet(&folder, programs.bootstrap(scale.profile).await?, &goblet).await?,
        Runtime::rust(&folder, programs.rust_echo(scale.profile).await?),
        Runtime::chalice(&folder).await?,
    ];
    let rust_state = Runtime::rust(&folder, programs.rust_state(scale.profile).await?);
    let database = database::start().await?;
    let mut tables = Vec::new();
    for part in parts(&arguments.only) {
        tables.push(match part {
            Part::Functions => functions::measure("A function: the echo", &runtimes, &scale).await?,
            Part::Python => {
                let ours = Runtime::goblet_in("goblet, Python", PYTHON, &folder, &runtimes[0], &goblet).await?;
                let contenders = [ours, Runtime::boto3(&runtimes[2]), runtimes[2].clone()];
                functions::measure("The echo in Python", &contenders, &scale).await?
            }
            Part::Javascript => {
                let ours = Runtime::goblet_in("goblet, JavaScript", JAVASCRIPT, &folder, &runtimes[0], &goblet).await?;
                let contenders = [ours, Runtime::node(&folder).await?];
                functions::measure("The echo in JavaScript", &contenders, &scale).await?
            }
            Part::Builds => builds::measure(&[RUST, PYTHON, JAVASCRIPT], &folder, &goblet, &scale).await?,
            Part::Inside => inside::measure(&runtimes[0], &scale).await?,
            Part::FanOut => fan_out::measure(&runtimes, &scale).await?,
            Part::Groups => groups::measure(&runtimes[0], &runtimes[2], &database.url, &scale).await?,
            Part::State => state::measure([&runtimes[0], &rust_state], &database.url, &scale).await?,
            Part::Gateways => gateway::measure(&folder, &goblet, &scale).await?,
        });
    }
    database.process.end().await;
    println!("{}", tables.iter().map(Table::markdown).collect::<Vec<_>>().join("\n\n"));
    let file = folder.join("results.json");
    fs::write(&file, serde_json::to_string_pretty(&tables)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}

/// What is measured, in the order of the tables: everything if nothing is chosen.
fn parts(chosen: &[Part]) -> impl Iterator<Item = Part> {
    let is_chosen = |part: &Part| chosen.is_empty() || chosen.contains(part);
    Part::value_variants().iter().copied().filter(is_chosen)
}
