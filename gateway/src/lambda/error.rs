//! Why an invocation fails.

use std::{io, process::ExitStatus, sync::Arc, time::Duration};

/// Why an invocation has no response.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function reported an error.
    #[error("{error_type}: {error_message}")]
    Function {
        /// The error's name.
        error_type: String,
        /// What it says.
        error_message: String,
    },
    /// The invocation took longer than the function's timeout, or its process was not ready in time.
    #[error("the function timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The process ended before it had answered.
    #[error("the function's process ended before it had answered ({0})")]
    Exited(ExitStatus),
    /// The process could not be started, and no other process of the function was there to take the event.
    #[error("cannot start the function's process {program}: {error}")]
    NotStarted {
        /// What was to be started.
        program: String,
        /// Why it could not be.
        error: Arc<io::Error>,
    },
    /// There are as many invocations as there may be (Lambda's 429 `TooManyRequestsException`).
    #[error("throttled: the function is at its limit of {0} invocations at once")]
    Throttled(usize),
    /// The gateway's own code for an execution environment panicked.
    #[error("the function's execution environment broke: this is an error of the gateway, please report it")]
    Broken,
    /// The gateway is shutting down.
    #[error("the gateway is shutting down")]
    ShutDown,
}
