//! Lambda's Runtime API, for the one process of an execution environment:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::error::InvokeError;
use crate::{activity::Observer, callers, refusal};

/// The largest response, in bytes: 6 MB, and 100 bytes more, as Lambda allows.
const MAX_RESPONSE: usize = 6 * 1024 * 1024 + 100;

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

/// Who may call, and who hears of those that may not.
struct Door {
    /// The `Host` headers of those that call this very server.
    hosts: [String; 2],
    observer: Observer,
}

/// Serves the Runtime API at an address. Each call is handed to the execution environment.
pub fn router(calls: Calls, address: SocketAddr, observer: Observer) -> Router {
    let door = Door { hosts: [address.to_string(), format!("localhost:{}", address.port())], observer };
    let invocation = Router::new()
        .route("/next", get(next))
        .route("/{request_id}/response", post(response))
        .route("/{request_id}/error", post(error));
    Router::new()
        .nest("/2018-06-01/runtime/invocation", invocation)
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAX_RESPONSE))
        .layer(from_fn_with_state(Arc::new(door), let_in))
        .with_state(calls)
}

/// Lets programs in: an event is not for web pages.
async fn let_in(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let is_own_host = |host: &str| door.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
    let Err(error) = callers::check(request.headers(), is_own_host, &door.hosts[0]) else {
        return next.run(request).await;
    };
    let body = Json(json!({"errorType": "Forbidden", "errorMessage": error.to_string()}));
    let response = refusal::because(&error, (StatusCode::FORBIDDEN, body));
    refusal::tell(&door.observer, request.uri().path(), &response);
    response
}

async fn next(State(calls): State<Calls>) -> Response {
    let (sender, receiver) = oneshot::channel();
    let called = calls.send(Call::Next(sender)).await;
    match receiver.await {
        Ok(invocation) if called.is_ok() => invocation.into_response(),
        _ => gone(),
    }
}

async fn response(State(calls): State<Calls>, Path(request_id): Path<String>, body: Bytes) -> Response {
    answer(&calls, request_id, Ok(body)).await
}

async fn error(State(calls): State<Calls>, Path(request_id): Path<String>, body: Bytes) -> Response {
    answer(&calls, request_id, Err(function_error(&body))).await
}

async fn init_error(State(calls): State<Calls>, body: Bytes) -> Response {
    match calls.send(Call::InitError(function_error(&body))).await {
        Ok(()) => accepted(),
        Err(_) => gone(),
    }
}

async fn answer(calls: &Calls, request_id: String, answer: Result<Bytes, InvokeError>) -> Response {
    let (is_known, known) = oneshot::channel();
    let called = calls.send(Call::Answer { request_id, answer, is_known }).await;
    match known.await {
        Ok(true) if called.is_ok() => accepted(),
        Ok(false) => {
            let error = json!({"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"});
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
        _ => gone(),
    }
}

/// What the process says about its error. The fields are Lambda's. A body without them is shown as it is.
fn function_error(body: &Bytes) -> InvokeError {
    let error: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| error[name].as_str().map(ToOwned::to_owned);
    InvokeError::Function {
        error_type: field("errorType").unwrap_or_else(|| "Unknown".to_owned()),
        error_message: field("errorMessage").unwrap_or_else(|| String::from_utf8_lossy(body).into_owned()),
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
