//! A function: what is deployed, and how it is invoked.

use std::{collections::BTreeMap, io, path::PathBuf, process::ExitStatus, sync::Arc, time::Duration};

use bytes::Bytes;

use super::pool::Pool;
use crate::activity::Observer;

/// What an AWS account may run at once: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const DEFAULT_CONCURRENCY: usize = 1000;

/// How long an execution environment lives without an invocation. Lambda's own time is not documented.
pub const DEFAULT_IDLE: Duration = Duration::from_mins(5);

/// A function's configuration, as on AWS; and the program that stands for its runtime.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// The function's name.
    pub name: String,
    /// The program to start in an execution environment, and its arguments. It speaks Lambda's Runtime API.
    pub command: Vec<String>,
    /// `_HANDLER`: what the program makes of it is its own affair.
    pub handler: String,
    /// `LAMBDA_TASK_ROOT`: the folder of the function's package, in which the program is started.
    pub task_root: PathBuf,
    /// Environment variables beside Lambda's own.
    pub variables: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// In MB. Told to the program, not enforced.
    pub memory_size: u32,
    /// How many invocations there may be at once: further ones are throttled.
    pub concurrency: usize,
    /// How long an execution environment lives without an invocation.
    pub idle: Duration,
    /// Whether each invocation gets an execution environment of its own: every start is a cold one.
    pub is_always_cold: bool,
}

impl FunctionConfig {
    /// A function with AWS's defaults: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.
    #[must_use]
    pub fn new(name: &str, command: Vec<String>, task_root: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            command,
            handler: name.to_owned(),
            task_root,
            variables: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_size: 128,
            concurrency: DEFAULT_CONCURRENCY,
            idle: DEFAULT_IDLE,
            is_always_cold: false,
        }
    }
}

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
    /// The time that the function is configured to take was over.
    #[error("the function timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The process ended before it had answered.
    #[error("the function's process ended before it had answered ({0})")]
    Exited(ExitStatus),
    /// The process could not be started.
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
    /// The gateway is shutting down.
    #[error("the gateway is shutting down")]
    ShutDown,
}

/// A function that can be invoked.
pub struct Function {
    pool: Arc<Pool>,
}

impl Function {
    /// A function; its execution environments are started when it is invoked.
    #[must_use]
    pub fn new(config: FunctionConfig, observer: Observer) -> Self {
        Self { pool: Arc::new(Pool::new(config, observer)) }
    }

    /// Invokes the function with an event and waits for its response, both JSON.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] tells why there is no response.
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        self.pool.invoke(event).await
    }

    /// Lets each of the function's processes end when it has answered what it is at.
    pub fn retire(&self) {
        self.pool.retired.cancel();
    }

    /// Ends all of the function's processes, with what they are at.
    pub async fn shut_down(&self) {
        self.pool.shut_down().await;
    }
}
