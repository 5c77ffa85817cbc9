use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  goblet completions bash | install -D /dev/stdin ~/.local/share/bash-completion/completions/goblet
  goblet completions zsh | install -D /dev/stdin ~/.zfunc/_goblet
  goblet completions fish | install -D /dev/stdin ~/.config/fish/completions/goblet.fish

For zsh, ~/.zshrc has `fpath+=~/.zfunc` before `compinit`.";

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
