//! Why the program ends with another code than 0, when all is told.

use std::process::ExitCode;

use tokio::signal::unix::SignalKind;

/// An error that needs no words of its own.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Exit {
    #[error("a transcript failed")]
    Failed,
    #[error("nothing was tested")]
    Unusable,
    #[error("stopped by a signal")]
    Stopped(SignalKind),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Failed => Self::FAILURE,
            Exit::Unusable => Self::from(2),
            // What shells give for a program that a signal has ended.
            Exit::Stopped(signal) => u8::try_from(128 + signal.as_raw_value()).map_or(Self::FAILURE, Self::from),
        }
    }
}
