//! A function: what can be invoked.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    config::{FunctionConfig, MAX_TIMEOUT},
    error::InvokeError,
    execution_environment,
    pool::{Place, Pool},
};
use crate::activity::Observer;

/// A function that can be invoked.
///
/// Its program is any that speaks Lambda's Runtime API. This one, in Python, answers each event with the event itself:
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), goblet_gateway::lambda::InvokeError> {
/// use goblet_gateway::{
///     activity::Observer,
///     lambda::{Function, FunctionConfig},
/// };
///
/// let program = r#"
/// import os, urllib.request
/// api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
/// while True:
///     with urllib.request.urlopen(f"{api}/next") as invocation:
///         id, event = invocation.headers["Lambda-Runtime-Aws-Request-Id"], invocation.read()
///     urllib.request.urlopen(f"{api}/{id}/response", event)
/// "#;
/// let command = ["python3", "-c", program].map(ToOwned::to_owned).to_vec();
/// let function = Function::new(FunctionConfig::new("mirror", command, ".".into()), Observer::none());
/// assert_eq!(function.invoke(r#"{"foo": 1}"#.into()).await?, r#"{"foo": 1}"#);
/// function.shut_down().await;
/// # Ok(())
/// # }
/// ```
pub struct Function {
    pool: Arc<Pool>,
}

impl Function {
    /// A function. Its execution environments start when it is invoked, or by [`Function::warm_up`].
    #[must_use]
    pub fn new(mut config: FunctionConfig, observer: Observer) -> Self {
        config.timeout = config.timeout.min(MAX_TIMEOUT);
        Self { pool: Arc::new(Pool::new(config, observer, start)) }
    }

    /// Invokes the function with an event and waits for its response, both JSON.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] tells why there is no response.
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        self.pool.invoke(event).await
    }

    /// Starts an execution environment, and waits until it is ready for its first invocation. It stays for that, unless each
    /// invocation gets one of its own ([`FunctionConfig::is_always_cold`]).
    ///
    /// # Errors
    ///
    /// [`InvokeError`] tells why it does not start: the error that its process reports, how the process ended, or
    /// [`InvokeError::TimedOut`] after the 10 seconds that
    /// [Lambda gives it](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib).
    /// The function can be invoked nevertheless: as on AWS, each invocation tries again.
    pub async fn warm_up(&self) -> Result<(), InvokeError> {
        self.pool.warm_up().await
    }

    /// Lets each of the function's processes end when it has answered its invocation.
    pub fn retire(&self) {
        self.pool.retired.cancel();
    }

    /// Whether a function that is retired, and that nobody else holds, has no more processes.
    pub(crate) fn is_finished(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && self.pool.environments.is_empty()
    }

    /// Ends all of the function's processes at once. Their invocations fail.
    pub async fn shut_down(&self) {
        self.pool.shut_down().await;
    }
}

fn start(place: Place) {
    let environments = place.pool().environments.clone();
    environments.spawn(execution_environment::run(place));
}
