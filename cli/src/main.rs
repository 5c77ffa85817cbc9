//! `goblet`: write, try, test and run WebSocket handlers for AWS Lambda as WebAssembly components.

mod compile;
mod dev;
mod handler;
mod inspect;
mod output;
mod package;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs WebSocket handlers that are WebAssembly components: on this machine as on AWS Lambda.
///
/// Without a command it is `goblet dev`.
#[derive(Parser)]
#[command(name = "goblet", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// The command line that a missing command stands for.
const DEFAULT: [&str; 2] = ["goblet", "dev"];

#[derive(Subcommand)]
enum Command {
    Dev(dev::Arguments),
    Compile(compile::Arguments),
    Inspect(inspect::Arguments),
    Package(package::Arguments),
    /// The host, as AWS Lambda starts it: `goblet dev` runs it in its execution environments.
    #[command(hide = true)]
    Bootstrap,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command.or_else(|| Cli::parse_from(DEFAULT).command) {
        Some(Command::Compile(arguments)) => compile::run(&arguments),
        Some(Command::Inspect(arguments)) => inspect::run(&arguments),
        Some(Command::Package(arguments)) => package::run(&arguments),
        Some(Command::Bootstrap) => return goblet_host::lambda::main(),
        Some(Command::Dev(arguments)) => dev::run(&arguments),
        None => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::tell_error(&error);
            ExitCode::FAILURE
        }
    }
}
