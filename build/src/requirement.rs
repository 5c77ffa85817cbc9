//! What the builds of a language need, and whether it is there.

use std::process::{Command, Stdio};

use crate::{error::BuildError, tool::Tool};

/// What the builds of one language need.
pub struct Requirements {
    /// The language's name, e.g. `python`.
    pub language: &'static str,
    /// Each program or library, in the order in which a build uses it.
    pub requirements: Vec<Requirement>,
}

/// One program or library.
pub struct Requirement {
    /// Its name, e.g. `node`.
    pub name: &'static str,
    /// The versions that work, e.g. `20 or later`. Empty if there is nothing to choose.
    pub versions: &'static str,
    /// Whether it is there.
    pub state: State,
}

/// Whether something is there.
pub enum State {
    /// It is: its version, or where it is.
    Present(String),
    /// It is not, and the first build installs it. The text says from where to where.
    Installable(String),
    /// It is not. The error says what to do.
    Missing(BuildError),
}

impl Requirement {
    pub(crate) fn new(name: &'static str, versions: &'static str, state: Result<State, BuildError>) -> Self {
        Self { name, versions, state: state.unwrap_or_else(State::Missing) }
    }
}

/// What a program says to `--version`.
pub fn version(
    command: &mut Command,
    start: impl FnOnce(&mut Command) -> Result<Tool<'static>, BuildError>,
) -> Result<String, BuildError> {
    command.arg("--version").stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = start(command)?.output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The numbers at the beginning of a version, e.g. 3 and 9 of `Python 3.9.2` and 20 and 1 of `v20.1.0`.
pub fn numbers(version: &str) -> (u32, u32) {
    let start = version.find(|character: char| character.is_ascii_digit()).unwrap_or(version.len());
    let mut numbers = version[start..].split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
