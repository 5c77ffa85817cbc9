//! `goblet new`: a folder that is a whole project.

mod choice;
mod destination;
mod files;
mod project;
mod question;

use std::path::{Path, PathBuf};

use clap::Args;

use self::{
    choice::{Example, Language},
    destination::Destination,
    project::Project,
};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  goblet new echo                                      asks which language and which example
  goblet new echo --lang python --example echo         answers each message with the same message
  goblet new chat --lang typescript --example chat     people with nicknames talk in rooms
  goblet new . --lang rust --example echo              into this folder, which has to be empty

Then, in the folder:
  goblet dev                  serve it on this machine
  goblet test                 play the sessions in tests/
  sam build && sam deploy     deploy it";

/// Makes a folder with a new project: a handler, its tests, and what deploys it
///
/// The handler works at once. Beside it are sessions that `goblet test` plays, a unit test, a template for `sam build`
/// and `sam deploy`, and a README with all commands. Nothing is downloaded.
///
/// What the command line does not say, goblet asks if it runs in a terminal.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The folder to make, which names the project. Its name has lower-case letters, digits and hyphens
    name: Option<PathBuf>,
    /// The language of the handler
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// What the handler does at first
    #[arg(long, value_enum)]
    example: Option<Example>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let destination = match &arguments.name {
        Some(path) => Destination::new(path)?,
        None => question::answer("Name of the project", "NAME", |name| Destination::new(Path::new(name)))?,
    };
    let language = match arguments.lang {
        Some(language) => language,
        None => question::choice("Language", "--lang")?,
    };
    let example = match arguments.example {
        Some(example) => example,
        None => question::choice("Example", "--example")?,
    };
    let project = Project { name: destination.name().to_owned(), language, example };
    destination.write(&project.files())?;
    for line in project.next_steps(destination.path()) {
        terminal::print(&line);
    }
    Ok(())
}
