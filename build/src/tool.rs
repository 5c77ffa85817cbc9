//! The tools that a build runs, such as cargo.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
};

use nix::unistd::Pid;

use crate::{cancellation::Cancellation, error::BuildError};

/// A tool that runs.
pub struct Tool<'a> {
    name: &'static str,
    child: Child,
    cancellation: Option<&'a Cancellation>,
}

impl<'a> Tool<'a> {
    /// Starts a tool.
    ///
    /// If it can be cancelled, it runs in a process group of its own, so that it is killed with all that it starts. If
    /// not, it stays in the group of this program: there Ctrl-C on the terminal reaches it.
    pub fn start(
        name: &'static str,
        command: &mut Command,
        cancellation: Option<&'a Cancellation>,
    ) -> Result<Self, BuildError> {
        command.stdin(Stdio::null());
        let Some(cancellation) = cancellation else {
            let child = command.spawn().map_err(|error| BuildError::NotStarted(name, error))?;
            return Ok(Self { name, child, cancellation: None });
        };
        // Held while the tool starts, so that whoever cancels sees either none or all of it.
        let mut state = cancellation.state();
        if state.is_cancelled {
            return Err(BuildError::Cancelled);
        }
        let child = command.process_group(0).spawn().map_err(|error| BuildError::NotStarted(name, error))?;
        state.running = i32::try_from(child.id()).ok().map(Pid::from_raw);
        Ok(Self { name, child, cancellation: Some(cancellation) })
    }

    /// What the tool writes to stdout, if that was piped.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits until the tool ends.
    pub fn wait(mut self) -> Result<ExitStatus, BuildError> {
        let status = self.child.wait();
        Self::ended(self.name, self.cancellation, status)
    }

    /// Waits until the tool ends, and reads what it writes, as far as that was piped.
    pub fn output(self) -> Result<Output, BuildError> {
        let output = self.child.wait_with_output();
        Self::ended(self.name, self.cancellation, output)
    }

    fn ended<T>(
        name: &'static str,
        cancellation: Option<&Cancellation>,
        result: io::Result<T>,
    ) -> Result<T, BuildError> {
        if let Some(mut state) = cancellation.map(Cancellation::state) {
            state.running = None;
            if state.is_cancelled {
                return Err(BuildError::Cancelled);
            }
        }
        result.map_err(|error| BuildError::Unreadable(name, error))
    }
}
