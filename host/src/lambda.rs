//! The run loop: it takes events from Lambda's Runtime API and gives them to the handler.

mod deadline;
mod error;
mod variables;

use std::{env, path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use tokio::runtime;
use tracing::{Instrument as _, Span, error_span};

use self::{
    deadline::Deadlines,
    error::{InvocationError, StartError},
};
use crate::{
    event::{Event, EventError, Request},
    handler::Handler,
    log::{self, milliseconds},
    response::Response,
    services::aws::AwsServices,
    settings,
};

/// Runs the handler that Lambda's environment names, `$LAMBDA_TASK_ROOT/$_HANDLER.cwasm`, until Lambda ends the
/// process. This is all that `bootstrap` does.
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
    variables::check(|name| env::var_os(name))?;
    // There is one event at a time: one thread is enough, and starts fastest.
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    // If the start fails, every event is answered with the reason. If the process exited instead, Lambda would know
    // its exit status only.
    let runner = &Runner::start().map_err(Arc::new);
    let deadlines = &Deadlines::from_env();
    let answer = move |LambdaEvent { payload, context }: LambdaEvent<Box<RawValue>>| {
        let start = Instant::now();
        let event = Event::from_json(payload.get());
        let elapsed = start.elapsed();
        let span = span(&context.request_id, event.as_ref().ok().map(Event::request));
        let answer = async move {
            tracing::debug!(elapsed_ms = milliseconds(elapsed), "the event is read");
            let answer = match runner {
                Ok(runner) => runner.answer(event, deadlines.of(context.deadline)).await,
                Err(error) => Err(InvocationError::Start(Arc::clone(error))),
            };
            answer.inspect_err(|error| tracing::error!(error_type = error.error_type(), "{error}"))
        };
        answer.instrument(span)
    };
    Runtime::new(service_fn(answer)).run().await
}

/// The fields that every record of an invocation has. They are added at once: adding one later costs as much as all.
fn span(lambda_request_id: &str, request: Option<&Request>) -> Span {
    let Some(Request { request_id, connection_id, route_key, .. }) = request else {
        return error_span!("invocation", lambda_request_id);
    };
    error_span!("invocation", request_id, connection_id, route_key, lambda_request_id)
}

/// What lasts from one event to the next. None of it belongs to the guest.
struct Runner {
    handler: Handler,
    services: AwsServices,
}

impl Runner {
    fn start() -> Result<Self, StartError> {
        let folder = env::var_os("LAMBDA_TASK_ROOT").map_or_else(|| PathBuf::from("/var/task"), PathBuf::from);
        let handler_name = env::var("_HANDLER").unwrap_or_default();
        let handler = Handler::load(&folder.join(format!("{handler_name}.cwasm")), settings::grants()?)?;
        handler.prepare();
        let services = AwsServices::from_env(handler.table(), handler.signed_requests())?;
        Ok(Self { handler, services })
    }

    async fn answer(&self, event: Result<Event, EventError>, deadline: Instant) -> Result<Response, InvocationError> {
        let event = event?;
        let services = self.services.for_event(event.request());
        let answer = self.handler.handle(event, services, deadline).await;
        // The next instance is made while the process waits for its next event.
        self.handler.prepare();
        Ok(answer?)
    }
}
