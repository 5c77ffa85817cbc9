use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  goblet completions bash >~/.local/share/bash-completion/completions/goblet
  goblet completions zsh >~/.zfunc/_goblet     (~/.zshrc has `fpath+=~/.zfunc` before `compinit`)
  goblet completions fish >~/.config/fish/completions/goblet.fish";

/// Prints a script that completes goblet's commands and options in a shell
///
/// A new shell has them.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    shell: Shell,
}

pub fn run(arguments: &Arguments, mut goblet: Command) -> anyhow::Result<()> {
    let name = goblet.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut goblet, name, &mut script);
    match io::stdout().write_all(&script) {
        // A reader that has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot print the script"),
    }
}
