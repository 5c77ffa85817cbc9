//! The run loop: Lambda's Runtime API on one side, the handler on the other.

use std::{
    env,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tokio::{runtime, sync::Mutex};

use crate::{
    event::{Event, EventError},
    handler::{Handler, HandlerError, Instance, LoadError},
    log,
    management::Management,
    response::Response,
};

/// How long before Lambda's own deadline a handler is stopped, so that the failure is still reported.
const DEADLINE_MARGIN: Duration = Duration::from_millis(100);

/// The variables without which the process was not started by Lambda.
const LAMBDA_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Runs the handler that Lambda's environment names, `$LAMBDA_TASK_ROOT/$_HANDLER.cwasm`, until Lambda ends the
/// process: all of `bootstrap`.
#[must_use]
pub fn main() -> ExitCode {
    log::init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), lambda_runtime::Error> {
    if let Some(name) = LAMBDA_VARIABLES.iter().find(|name| env::var_os(name).is_none()) {
        return Err(format!("{name} is not set: bootstrap is started by AWS Lambda, or locally by `goblet dev`").into());
    }
    // One event at a time: one thread is enough, and starts fastest.
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let environment = match load() {
        Ok(handler) => Ok(Environment::new(handler).await),
        // Told in answer to every event: to exit would leave Lambda with an exit status and no reason.
        Err(error) => Err(Arc::new(error)),
    };
    if let Err(error) = &environment {
        tracing::error!("{error}");
    }
    let environment = &environment;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        match environment {
            Ok(environment) => environment.answer(event).await,
            Err(error) => Err(InvocationError::Load(Arc::clone(error))),
        }
    }))
    .await
}

fn load() -> Result<Handler, LoadError> {
    let folder = env::var_os("LAMBDA_TASK_ROOT").map_or_else(|| PathBuf::from("/var/task"), PathBuf::from);
    let name = env::var("_HANDLER").unwrap_or_default();
    Handler::load(&folder.join(format!("{name}.cwasm")))
}

/// What lasts from one event to the next in an execution environment. Nothing of it is the guest's.
struct Environment {
    handler: Arc<Handler>,
    management: Management,
    /// The next event's instance, made while the process waits for the event.
    next: Arc<Mutex<Option<Instance>>>,
}

impl Environment {
    async fn new(handler: Handler) -> Self {
        let environment =
            Self { handler: Arc::new(handler), management: Management::from_env().await, next: Arc::default() };
        environment.prepare();
        environment
    }

    async fn answer(
        &self,
        LambdaEvent { payload, context }: LambdaEvent<Box<RawValue>>,
    ) -> Result<Response, InvocationError> {
        let deadline = deadline(context.deadline);
        let event = Event::from_json(payload.get())?;
        let connections = self.management.connections(event.request());
        let instance = self.next.lock().await.take();
        let answer = match instance {
            Some(instance) => self.handler.handle_with(instance, event, connections, deadline).await,
            None => self.handler.handle(event, connections, deadline).await,
        };
        self.prepare();
        Ok(answer?)
    }

    /// Makes the next instance as soon as the process waits.
    fn prepare(&self) {
        let (handler, next) = (Arc::clone(&self.handler), Arc::clone(&self.next));
        tokio::spawn(async move {
            // If this fails, so will the event itself, which then tells why.
            let mut next = next.lock().await;
            *next = handler.instantiate().await.ok();
        });
    }
}

/// Lambda's deadline, in ms since the Unix epoch, less the margin.
fn deadline(epoch_ms: u64) -> Instant {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::now() + Duration::from_millis(epoch_ms).saturating_sub(since_epoch).saturating_sub(DEADLINE_MARGIN)
}

/// Why an invocation failed, as Lambda reports it.
#[derive(Debug, thiserror::Error)]
enum InvocationError {
    #[error(transparent)]
    Load(Arc<LoadError>),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Handler(#[from] HandlerError),
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match &error {
            InvocationError::Load(_) => "Handler.NotLoaded",
            InvocationError::Event(_) => "Event.Invalid",
            InvocationError::Handler(HandlerError::Failed(_)) => "Handler.Failed",
            InvocationError::Handler(HandlerError::NoMessageExport(_)) => "Handler.NoExport",
            InvocationError::Handler(HandlerError::Trapped(_)) => "Handler.Trapped",
            InvocationError::Handler(HandlerError::TimedOut(_)) => "Handler.TimedOut",
        };
        tracing::error!(error_type, "{error}");
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}
