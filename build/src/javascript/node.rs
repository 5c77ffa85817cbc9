//! The developer's own Node.js.

use std::{io, process::Command};

use super::error::JavaScriptError;
use crate::{cancellation::Cancellation, error::BuildError, tool::Tool};

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
