use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Command};

use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  goblet man ~/.local/share/man/man1
  man goblet-dev";

/// Writes the manual pages: one for goblet, and one for each command
///
/// They have what `--help` has.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The folder to write them to. It is made if it is not there
    folder: PathBuf,
}

pub fn run(arguments: &Arguments, goblet: Command) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    let cannot_write = || format!("cannot write the manual pages to {}", folder.display());
    fs::create_dir_all(folder).with_context(cannot_write)?;
    clap_mangen::generate_to(goblet, folder).with_context(cannot_write)?;
    terminal::print(&format!("{}/goblet.1, and a page for each command", folder.display()));
    Ok(())
}
