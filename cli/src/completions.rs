use clap::{Args, Command};
use clap_complete::Shell;

use crate::terminal;

/// The program's name.
const NAME: &str = "goblet";

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

pub fn run(arguments: &Arguments, goblet: &Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut visible(goblet), NAME, &mut script);
    terminal::print_as_it_is(&String::from_utf8(script)?);
    Ok(())
}

/// goblet without the commands that `--help` does not show.
fn visible(goblet: &Command) -> Command {
    let commands = goblet.get_subcommands().filter(|command| !command.is_hide_set());
    Command::new(NAME).version(env!("CARGO_PKG_VERSION")).args(goblet.get_arguments()).subcommands(commands)
}
