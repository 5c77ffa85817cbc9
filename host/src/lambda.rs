//! The run loop: Lambda's Runtime API on one side, the handler on the other.

use std::{
    env,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use tokio::runtime;
use tracing::{Instrument as _, Span, error_span};

use crate::{
    event::{Event, EventError, Request},
    handler::{Handler, HandlerError, LoadError},
    log::{self, milliseconds},
    management::{CertificatesError, Management},
    response::Response,
    settings::{self, SettingsError},
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
    // A failure is told in answer to every event: to exit would leave Lambda with an exit status and no reason.
    let environment = &Environment::start().map_err(Arc::new);
    let answer = move |LambdaEvent { payload, context }: LambdaEvent<Box<RawValue>>| {
        let start = Instant::now();
        let event = Event::from_json(payload.get());
        let elapsed = start.elapsed();
        let span = span(&context.request_id, event.as_ref().ok().map(Event::request));
        let answer = async move {
            tracing::debug!(elapsed_ms = milliseconds(elapsed), "the event is read");
            let answer = match environment {
                Ok(environment) => environment.answer(event, deadline(context.deadline)).await,
                Err(error) => Err(InvocationError::Start(Arc::clone(error))),
            };
            answer.inspect_err(|error| tracing::error!(error_type = error.error_type(), "{error}"))
        };
        answer.instrument(span)
    };
    Runtime::new(service_fn(answer)).run().await
}

/// What every record of an invocation has. All at once: a field that is added later costs as much as all of them.
fn span(lambda_request_id: &str, request: Option<&Request>) -> Span {
    let Some(Request { request_id, connection_id, route_key, .. }) = request else {
        return error_span!("invocation", lambda_request_id);
    };
    error_span!("invocation", request_id, connection_id, route_key, lambda_request_id)
}

/// What lasts from one event to the next in an execution environment. Nothing of it is the guest's.
struct Environment {
    handler: Handler,
    management: Management,
}

impl Environment {
    fn start() -> Result<Self, StartError> {
        let folder = env::var_os("LAMBDA_TASK_ROOT").map_or_else(|| PathBuf::from("/var/task"), PathBuf::from);
        let name = env::var("_HANDLER").unwrap_or_default();
        let handler = Handler::load(&folder.join(format!("{name}.cwasm")))?.with_grants(settings::grants()?);
        handler.prepare();
        Ok(Self { handler, management: Management::from_env()? })
    }

    async fn answer(&self, event: Result<Event, EventError>, deadline: Instant) -> Result<Response, InvocationError> {
        let event = event?;
        let connections = self.management.connections(event.request());
        let answer = self.handler.handle(event, connections, deadline).await;
        // The next instance is made while the process waits for its event.
        self.handler.prepare();
        Ok(answer?)
    }
}

/// Lambda's deadline, in ms since the Unix epoch, less the margin.
fn deadline(epoch_ms: u64) -> Instant {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::now() + Duration::from_millis(epoch_ms).saturating_sub(since_epoch).saturating_sub(DEADLINE_MARGIN)
}

/// Why there is no handler.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Certificates(#[from] CertificatesError),
}

/// Why an invocation failed, as Lambda reports it.
#[derive(Debug, thiserror::Error)]
enum InvocationError {
    #[error(transparent)]
    Start(Arc<StartError>),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Handler(#[from] HandlerError),
}

impl InvocationError {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Start(_) => "Handler.NotLoaded",
            Self::Event(_) => "Event.Invalid",
            Self::Handler(HandlerError::Failed(_)) => "Handler.Failed",
            Self::Handler(HandlerError::NoMessageExport(_)) => "Handler.NoExport",
            Self::Handler(HandlerError::Trapped(_)) => "Handler.Trapped",
            Self::Handler(HandlerError::OutOfMemory(_)) => "Handler.OutOfMemory",
            Self::Handler(HandlerError::TimedOut(_)) => "Handler.TimedOut",
        }
    }
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}
