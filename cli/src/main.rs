//! `goblet`: write, try, test and run WebSocket handlers for AWS Lambda as WebAssembly components.

mod architecture;
mod carried;
mod choice;
mod compile;
mod compiled_cache;
mod completions;
mod dev;
mod doctor;
mod exit;
mod handler;
mod inspect;
mod man;
mod new;
mod output;
mod package;
mod stoppable;
mod target;
mod terminal;
mod test;

use std::{process::ExitCode, time::Duration};

use clap::{CommandFactory as _, Parser, Subcommand};

use self::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  goblet new chat                              make a new project
  goblet dev guest/echo                        serve a handler on ws://127.0.0.1:3001/api/
  goblet dev                                   serve the template.yaml in this folder
  goblet test guest/echo                       play the sessions in guest/echo/tests
  goblet package guest/echo --target arm64     make the zip file that you deploy

`goblet COMMAND --help` has more examples, and the options with their defaults and variables.";

/// Runs an AWS WebSocket API (API Gateway and Lambda) on your own machine, and builds small, fast functions for it
///
/// `goblet dev` stands in for API Gateway and Lambda. It serves the WebSocket API of a SAM or CloudFormation template,
/// whose functions may be in any language. When you change the code, it swaps the function, and clients stay connected.
///
/// A function may also be a handler: one WebAssembly file (a component), which runs in a sandbox and starts in
/// milliseconds. The other commands build handlers for AWS Lambda.
///
/// Without a command, goblet runs `goblet dev`.
#[derive(Parser)]
#[command(name = "goblet", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// How long the last messages may take at the end: nobody may be reading stderr.
const LAST_MESSAGES: Duration = Duration::from_millis(300);

/// How long they may take if the last one says why there is no result.
const LAST_ERROR: Duration = Duration::from_secs(1);

/// The command line that is run if no command is given.
const DEFAULT: [&str; 2] = ["goblet", "dev"];

#[derive(Subcommand)]
enum Command {
    New(new::Arguments),
    Dev(Box<dev::Arguments>),
    Test(Box<test::Arguments>),
    Compile(compile::Arguments),
    Inspect(inspect::Arguments),
    Package(package::Arguments),
    Doctor(doctor::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    /// Runs a handler as `bootstrap` does on AWS Lambda. `goblet dev` starts it in its execution environments.
    #[command(hide = true)]
    Bootstrap,
}

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command.or_else(|| Cli::parse_from(DEFAULT).command),
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        // The help, or the version.
        Err(asked) => {
            terminal::print_as_it_is(&asked.render().ansi().to_string());
            None
        }
    };
    let done = match command {
        Some(Command::Compile(arguments)) => compile::run(arguments),
        Some(Command::Inspect(arguments)) => inspect::run(arguments),
        Some(Command::New(arguments)) => new::run(&arguments),
        Some(Command::Package(arguments)) => package::run(arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments, &Cli::command()),
        Some(Command::Man(arguments)) => man::run(&arguments, Cli::command()),
        Some(Command::Bootstrap) => return goblet_host::lambda::main(),
        Some(Command::Dev(arguments)) => dev::run(&arguments),
        Some(Command::Test(arguments)) => test::run(&arguments),
        None => Ok(()),
    };
    let done = match terminal::check_written() {
        Ok(()) => done,
        // The command's own error decides on the code.
        Err(unwritten) => done.inspect_err(|_| terminal::tell_error(&unwritten)).and(Err(unwritten)),
    };
    let (code, within) = match done {
        Ok(()) => (ExitCode::SUCCESS, LAST_MESSAGES),
        Err(error) => match error.downcast::<Exit>() {
            Ok(exit) => (exit.into(), LAST_MESSAGES),
            Err(error) => {
                terminal::tell_error(&error);
                (ExitCode::FAILURE, LAST_ERROR)
            }
        },
    };
    terminal::finish(within);
    code
}
