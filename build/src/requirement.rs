//! What the builds of a language need, and whether it is there.

use std::{
    process::{Command, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use crate::{cancellation::Cancellation, error::BuildError, tool::Tool};

/// How long a program may take to say what it is. SAM takes some seconds on a slow machine.
const LIMIT: Duration = Duration::from_secs(20);

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
    /// Asks whether it is there. A program that is asked may hang.
    pub(crate) fn new(
        name: &'static str,
        versions: &'static str,
        ask: impl FnOnce(&Cancellation) -> Result<State, BuildError>,
    ) -> Self {
        Self { name, versions, state: within(LIMIT, ask).unwrap_or_else(State::Missing) }
    }
}

/// What a program says to `--version`.
///
/// # Errors
///
/// [`BuildError::NotStarted`] if there is no such program, [`BuildError::NoVersion`] if it fails, and [`BuildError::Hangs`] if
/// it takes longer than 20 s: then it is killed, with all that it has started.
pub fn version_of(name: &'static str, command: &mut Command) -> Result<String, BuildError> {
    within(LIMIT, |cancellation| version(name, command, |command| Tool::start(name, command, Some(cancellation))))
}

/// Asks something of a program, and cancels that at the limit.
fn within<T>(limit: Duration, ask: impl FnOnce(&Cancellation) -> Result<T, BuildError>) -> Result<T, BuildError> {
    let cancellation = Cancellation::default();
    let (answered, is_answered) = channel::<()>();
    let watched = cancellation.clone();
    thread::spawn(move || {
        if is_answered.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            watched.cancel();
        }
    });
    let answer = ask(&cancellation);
    drop(answered);
    match answer {
        Err(BuildError::Cancelled) => Err(BuildError::Hangs(limit.as_secs())),
        answer => answer,
    }
}

/// What a program says to `--version`.
pub fn version<'a>(
    name: &'static str,
    command: &mut Command,
    start: impl FnOnce(&mut Command) -> Result<Tool<'a>, BuildError>,
) -> Result<String, BuildError> {
    command.arg("--version").stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = start(command)?.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(BuildError::NoVersion(name, output.status, said));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The numbers at the beginning of a version, e.g. 3 and 9 of `Python 3.9.2` and 20 and 1 of `v20.1.0`.
#[must_use]
pub fn version_numbers(version: &str) -> (u32, u32) {
    let start = version.find(|character: char| character.is_ascii_digit()).unwrap_or(version.len());
    let mut numbers = version[start..].split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_killed_with_what_it_has_started() {
        // The child keeps stdout open: if it lived on, reading would not end.
        let mut hanging = Command::new("sh");
        hanging.args(["-c", "sleep 1000 & wait"]).stdout(Stdio::piped());
        let answer = within(Duration::from_millis(50), |cancellation| {
            Tool::start("sh", &mut hanging, Some(cancellation))?.output()
        });
        let error = answer.unwrap_err();
        assert!(matches!(error, BuildError::Hangs(_)), "{error}");
    }

    #[test]
    fn what_a_program_says_is_its_answer() {
        let version = version_of("sh", Command::new("sh").args(["-c", "echo foo"])).unwrap();
        assert_eq!(version, "foo");
        let error = version_of("no-such", &mut Command::new("no-such")).unwrap_err();
        assert!(matches!(error, BuildError::NotStarted("no-such", _)), "{error}");
    }
}
