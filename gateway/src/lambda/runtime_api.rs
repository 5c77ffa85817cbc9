//! Lambda's Runtime API, for the one process of an execution environment:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, HttpBody as _, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    time,
};

use super::error::InvokeError;
use crate::{activity::Observer, callers, refusal, text::shortened};

/// The largest response, in bytes: 6 MB, and 100 bytes more, as Lambda allows.
const MAX_RESPONSE: usize = 6 * 1024 * 1024 + 100;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many bodies of answers may arrive at once. The process sends one, and perhaps tries again.
const MAX_ANSWERS: usize = 2;

/// A longer reason is cut; in bytes.
const MAX_REASON: usize = 64 * 1024;

/// What the process asks or tells.
pub enum Call {
    /// It is ready for an invocation.
    Next(oneshot::Sender<NextInvocation>),
    /// It has answered the invocation with this id. It is told whether that is the invocation that it was given.
    Answer { request_id: String, answer: Result<Bytes, InvokeError>, is_known: oneshot::Sender<bool> },
    /// It cannot get ready.
    InitError(InvokeError),
}

/// An invocation as the process gets it.
pub struct NextInvocation {
    pub request_id: String,
    /// In ms since the Unix epoch.
    pub deadline: i64,
    pub function_arn: String,
    pub trace_id: String,
    pub event: Bytes,
}

type Calls = mpsc::Sender<Call>;

/// The id of the invocation that the process has to answer, if it has one.
pub type Current = watch::Receiver<Option<String>>;

/// What all requests share.
struct RuntimeApi {
    calls: Calls,
    current: Current,
    /// Room for bodies. Errors at the start have their own, so that they do not hold up answers.
    answers: Semaphore,
    init_errors: Semaphore,
}

/// Who may call, and who hears of those that may not.
struct Door {
    /// The `Host` headers of those that call this very server.
    hosts: [String; 2],
    observer: Observer,
}

/// Serves the Runtime API at an address. Each call is handed to the execution environment.
pub fn router(calls: Calls, current: Current, address: SocketAddr, observer: Observer) -> Router {
    let door = Door { hosts: [address.to_string(), format!("localhost:{}", address.port())], observer };
    let (answers, init_errors) = (Semaphore::new(MAX_ANSWERS), Semaphore::new(1));
    let runtime_api = Arc::new(RuntimeApi { calls, current, answers, init_errors });
    let invocation = Router::new()
        .route("/next", get(next))
        .route("/{request_id}/response", post(response))
        .route("/{request_id}/error", post(error));
    Router::new()
        .nest("/2018-06-01/runtime/invocation", invocation)
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(from_fn_with_state(Arc::new(door), let_in))
        .with_state(runtime_api)
}

/// Lets programs in: an event is not for web pages.
async fn let_in(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let is_own_host = |host: &str| door.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
    let Err(error) = callers::check(request.headers(), request.uri(), is_own_host, &door.hosts[0]) else {
        return next.run(request).await;
    };
    let body = Json(json!({"errorType": "Forbidden", "errorMessage": error.to_string()}));
    let response = refusal::because(&error, (StatusCode::FORBIDDEN, body));
    refusal::tell(&door.observer, request.uri().path(), &response);
    response
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    let (sender, receiver) = oneshot::channel();
    let called = api.calls.send(Call::Next(sender)).await;
    match receiver.await {
        Ok(invocation) if called.is_ok() => invocation.into_response(),
        _ => gone(),
    }
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path(request_id): Path<String>,
    body: Body,
) -> Result<Response, Refused> {
    let size = body.size_hint().exact();
    match api.read_answer(&request_id, body).await {
        Ok(body) => api.answer(request_id, Ok(body)).await,
        Err(Refused::TooLarge) => {
            api.answer(request_id, Err(too_large(size))).await?;
            Err(Refused::TooLarge)
        }
        Err(refused) => Err(refused),
    }
}

async fn error(
    State(api): State<Arc<RuntimeApi>>,
    Path(request_id): Path<String>,
    body: Body,
) -> Result<Response, Refused> {
    let body = api.read_answer(&request_id, body).await?;
    api.answer(request_id, Err(function_error(&body))).await
}

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: Body) -> Result<Response, Refused> {
    let body = read(&api.init_errors, body).await?;
    match api.calls.send(Call::InitError(function_error(&body))).await {
        Ok(()) => Ok(accepted()),
        Err(_) => Ok(gone()),
    }
}

impl RuntimeApi {
    /// Reads an answer to the invocation that the process has. The body of any other is not read.
    async fn read_answer(&self, request_id: &str, body: Body) -> Result<Bytes, Refused> {
        if self.current.borrow().as_deref() != Some(request_id) {
            return Err(Refused::InvalidRequestId);
        }
        read(&self.answers, body).await
    }

    async fn answer(&self, request_id: String, answer: Result<Bytes, InvokeError>) -> Result<Response, Refused> {
        let (is_known, known) = oneshot::channel();
        let called = self.calls.send(Call::Answer { request_id, answer, is_known }).await;
        match known.await {
            Ok(true) if called.is_ok() => Ok(accepted()),
            Ok(false) => Err(Refused::InvalidRequestId),
            _ => Ok(gone()),
        }
    }
}

/// Reads a body as soon as there is room for it.
async fn read(room: &Semaphore, body: Body) -> Result<Bytes, Refused> {
    let read = async {
        // The semaphore is never closed, so this is a permit.
        let _permit = room.acquire().await;
        to_bytes(body, MAX_RESPONSE).await
    };
    let read = time::timeout(BODY_TIMEOUT, read).await;
    read.map_err(|_| Refused::TimedOut)?.map_err(|_| Refused::TooLarge)
}

/// Why an answer or an error is not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("Invalid request ID")]
    InvalidRequestId,
    #[error("The body is larger than {MAX_RESPONSE} bytes")]
    TooLarge,
    #[error("The body did not arrive in time")]
    TimedOut,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error_type) = match self {
            Self::InvalidRequestId => (StatusCode::BAD_REQUEST, "InvalidRequestID"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
            Self::TimedOut => (StatusCode::REQUEST_TIMEOUT, "RequestTimeout"),
        };
        let error = json!({"errorType": error_type, "errorMessage": self.to_string()});
        (status, Json(error)).into_response()
    }
}

/// What Lambda reports of a response that is too large, with the size that the process says it has:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html> (invocation payload).
fn too_large(size: Option<u64>) -> InvokeError {
    let size = size.map(|size| format!(" ({size} bytes)")).unwrap_or_default();
    InvokeError::Function {
        error_type: "Function.ResponseSizeTooLarge".to_owned(),
        error_message: format!(
            "Response payload size{size} exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
        ),
    }
}

/// What the process says about its error. The fields are Lambda's. A body without them is shown as it is. Long texts are cut.
fn function_error(body: &Bytes) -> InvokeError {
    let error: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| error[name].as_str().map(|text| shortened(text, MAX_REASON));
    InvokeError::Function {
        error_type: field("errorType").unwrap_or_else(|| "Unknown".to_owned()),
        error_message: field("errorMessage").unwrap_or_else(|| shortened(&String::from_utf8_lossy(body), MAX_REASON)),
    }
}

impl IntoResponse for NextInvocation {
    fn into_response(self) -> Response {
        let headers = [
            ("lambda-runtime-aws-request-id", self.request_id),
            ("lambda-runtime-deadline-ms", self.deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", self.function_arn),
            ("lambda-runtime-trace-id", self.trace_id),
            ("content-type", "application/json".to_owned()),
        ];
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?)))
            .collect();
        (headers, self.event).into_response()
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

/// The execution environment has ended. Its process ends soon.
fn gone() -> Response {
    StatusCode::GONE.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_reasons_are_cut() {
        let long = "x".repeat(MAX_RESPONSE - 100);
        for body in [json!({"errorType": "foo", "errorMessage": long}).to_string(), long] {
            let reason = function_error(&body.into()).to_string();
            assert!(reason.len() < MAX_REASON + 100, "{}", reason.len());
            assert!(reason.ends_with("x… (6291456 bytes)"), "{}", &reason[MAX_REASON..]);
        }
    }
}
