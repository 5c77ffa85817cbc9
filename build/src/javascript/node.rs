//! The developer's own Node.js.

use std::{io, process::Command};

use super::error::JavaScriptError;
use crate::{
    cancellation::Cancellation,
    error::BuildError,
    requirement::{State, version, version_numbers},
    tool::Tool,
};

/// The oldest version that builds handlers.
const OLDEST: u32 = 20;

/// Starts a program of Node.js: `node` or `npm`.
pub fn start<'a>(
    name: &'static str,
    command: &mut Command,
    cancellation: Option<&'a Cancellation>,
) -> Result<Tool<'a>, BuildError> {
    match Tool::start(name, command, cancellation) {
        Err(BuildError::NotStarted(name, error)) if error.kind() == io::ErrorKind::NotFound => {
            Err(JavaScriptError::NoNode(name).into())
        }
        tool => tool,
    }
}

/// Whether there is a Node.js that builds handlers.
pub fn state(cancellation: &Cancellation) -> Result<State, BuildError> {
    let version = version("node", &mut Command::new("node"), |command| start("node", command, Some(cancellation)))?;
    if version_numbers(&version).0 < OLDEST {
        Err(JavaScriptError::TooOld(version).into())
    } else {
        Ok(State::Present(version))
    }
}

/// The version of npm.
pub fn npm_version(cancellation: Option<&Cancellation>) -> Result<String, BuildError> {
    version("npm", &mut Command::new("npm"), |command| start("npm", command, cancellation))
}
