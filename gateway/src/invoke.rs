//! Lambda's Invoke API, by which functions invoke each other:
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use std::{
    collections::BTreeMap,
    io, mem,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError, RwLock, Weak},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, Uri, header::CONTENT_TYPE},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    activity::{Activity, Observer, Outcome},
    callers::{CallerError, OwnHosts},
    lambda::{Function, InvokeError},
    refusal,
    region::Region,
    server::Server,
};

/// The largest event of an invocation that is waited for, in bytes:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const MAX_EVENT: usize = 6 * 1024 * 1024;

/// The largest event of an invocation in the background, in bytes. The same page has it.
const MAX_BACKGROUND_EVENT: usize = 1024 * 1024;

/// How long the functions' processes may take to end after they were killed.
const KILL_TIMEOUT: Duration = Duration::from_millis(500);

/// The one version that functions have here.
const LATEST: &str = "$LATEST";

/// By name, each function, or why it cannot be served here.
pub type Functions = BTreeMap<String, Result<Arc<Function>, String>>;

/// Lambda's Invoke API, on a port of its own of 127.0.0.1. It lets in programs, and no web pages.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// use std::{collections::BTreeMap, sync::Arc};
///
/// use goblet_gateway::{
///     Region,
///     activity::Observer,
///     invoke::InvokeApi,
///     lambda::{Function, FunctionConfig},
/// };
///
/// let (api, listener) = InvokeApi::bind(Region::default(), Observer::none())?;
/// let config = FunctionConfig::new("mirror", vec!["./bootstrap".to_owned()], ".".into());
/// api.replace(BTreeMap::from([("mirror".to_owned(), Ok(Arc::new(Function::new(config, Observer::none()))))]));
/// println!("AWS_ENDPOINT_URL_LAMBDA={}", api.url());
/// let serving = Arc::new(api).serve(tokio::net::TcpListener::from_std(listener)?);
/// # drop(serving);
/// # Ok(())
/// # }
/// ```
pub struct InvokeApi {
    address: SocketAddr,
    hosts: OwnHosts,
    region: Region,
    functions: RwLock<Functions>,
    /// Functions that were replaced. They are still there if they are at work.
    retired: Mutex<Vec<Weak<Function>>>,
    observer: Observer,
}

impl InvokeApi {
    /// The API without any function yet, and its listener for [`InvokeApi::serve`].
    ///
    /// # Errors
    ///
    /// If it cannot listen.
    pub fn bind(region: Region, observer: Observer) -> io::Result<(Self, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (functions, retired) = (RwLock::default(), Mutex::default());
        Ok((Self { address, hosts: OwnHosts::of(address), region, functions, retired, observer }, listener))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint, as an AWS SDK takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Invokes these functions from now on. Those from before answer what they have got; then their processes end.
    pub fn replace(&self, functions: Functions) {
        let old = mem::replace(&mut *self.functions.write().unwrap_or_else(PoisonError::into_inner), functions);
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.retain(|function| function.strong_count() > 0);
        for function in old.into_values().flatten() {
            function.retire();
            retired.push(Arc::downgrade(&function));
        }
    }

    /// Serves whoever connects. It never ends.
    pub async fn serve(self: Arc<Self>, listener: tokio::net::TcpListener) {
        let router = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .method_not_allowed_fallback(unknown)
            .fallback(unknown)
            .layer(from_fn_with_state(Arc::clone(&self), let_in))
            .with_state(self);
        let never = CancellationToken::new();
        let server = Server { router, head_timeout: None, keeps_heads: false, closing: never.clone() };
        server.accept(listener, never).await;
    }

    /// Ends the functions' processes at once. Their invocations fail.
    pub async fn shut_down(&self) {
        let retired = mem::take(&mut *self.retired.lock().unwrap_or_else(PoisonError::into_inner));
        let functions = mem::take(&mut *self.functions.write().unwrap_or_else(PoisonError::into_inner));
        let all: Vec<_> = functions.into_values().flatten().chain(retired.iter().filter_map(Weak::upgrade)).collect();
        let _ = time::timeout(KILL_TIMEOUT, join_all(all.iter().map(|function| function.shut_down()))).await;
    }

    fn find(&self, name: &str) -> Result<Arc<Function>, InvokeApiError> {
        let functions = self.functions.read().unwrap_or_else(PoisonError::into_inner);
        match functions.get(name) {
            Some(Ok(function)) => Ok(Arc::clone(function)),
            Some(Err(reason)) => Err(InvokeApiError::Unserved(reason.clone())),
            None => Err(InvokeApiError::NotFound {
                arn: self.region.arn("lambda", &format!("function:{name}")),
                existing: functions.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

/// Lets programs in, and tells whatever is refused.
async fn let_in(State(api): State<Arc<InvokeApi>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let response = match api.hosts.check(request.headers(), &uri) {
        Ok(()) => next.run(request).await,
        Err(error) => InvokeApiError::Foreign(error).into_response(),
    };
    refusal::tell(&api.observer, uri.path(), &response);
    response
}

async fn unknown() -> InvokeApiError {
    InvokeApiError::UnknownOperation
}

async fn invoke(
    State(api): State<Arc<InvokeApi>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, InvokeApiError> {
    let name = function_name(&name, uri.query().unwrap_or_default())?;
    let invocation_type = InvocationType::of(&headers)?;
    let event = read(body, invocation_type).await?;
    let function = api.find(&name)?;
    let response = match invocation_type {
        InvocationType::DryRun => StatusCode::NO_CONTENT.into_response(),
        InvocationType::Event => {
            tokio::spawn(run(function, name, event, api.observer.clone()));
            StatusCode::ACCEPTED.into_response()
        }
        InvocationType::RequestResponse => {
            // In a task of its own: if the caller goes away meanwhile, the function still finishes.
            let invoked = tokio::spawn(run(function, name, event, api.observer.clone()));
            let headers = [("x-amz-executed-version", LATEST)];
            (headers, answer(invoked.await.unwrap_or(Err(InvokeError::Broken)))?).into_response()
        }
    };
    Ok(([("x-amzn-requestid", Uuid::new_v4().to_string())], response).into_response())
}

/// Invokes a function, and tells of it.
async fn run(function: Arc<Function>, name: String, event: Bytes, observer: Observer) -> Result<Bytes, InvokeError> {
    let start = Instant::now();
    let response = function.invoke(event).await;
    let duration = start.elapsed();
    let outcome = match &response {
        Ok(_) => Outcome::Answered { duration, status: StatusCode::OK.as_u16(), refusal: None },
        Err(error) => Outcome::Failed { duration, reason: error.to_string() },
    };
    observer.tell(Activity::Invoked { function: name, outcome });
    response
}

/// What the caller gets of a function's response. A failed function is a success of this API.
fn answer(response: Result<Bytes, InvokeError>) -> Result<Response, InvokeApiError> {
    // The names are those of <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html>.
    let (error_type, error_message) = match response {
        Ok(response) => return Ok(([(CONTENT_TYPE, "application/json")], response).into_response()),
        Err(InvokeError::Function { error_type, error_message }) => (error_type, error_message),
        Err(InvokeError::TimedOut(after)) => {
            ("Sandbox.Timedout".to_owned(), format!("Task timed out after {:.2} seconds", after.as_secs_f64()))
        }
        Err(error @ InvokeError::Exited(_)) => ("Runtime.ExitError".to_owned(), error.to_string()),
        Err(error @ InvokeError::NotStarted { .. }) => ("Runtime.InvalidEntrypoint".to_owned(), error.to_string()),
        Err(error @ InvokeError::Throttled(_)) => return Err(InvokeApiError::Throttled(error)),
        Err(error @ (InvokeError::Broken | InvokeError::ShutDown)) => return Err(InvokeApiError::Service(error)),
    };
    let error = json!({"errorMessage": error_message, "errorType": error_type});
    Ok(([("x-amz-function-error", "Unhandled")], Json(error)).into_response())
}

/// How a function is invoked.
#[derive(Clone, Copy)]
enum InvocationType {
    /// The caller waits for the response.
    RequestResponse,
    /// The function runs in the background.
    Event,
    /// Nothing is invoked.
    DryRun,
}

impl InvocationType {
    fn of(headers: &HeaderMap) -> Result<Self, InvokeApiError> {
        match headers.get("x-amz-invocation-type").map(|value| String::from_utf8_lossy(value.as_bytes())).as_deref() {
            None | Some("RequestResponse") => Ok(Self::RequestResponse),
            Some("Event") => Ok(Self::Event),
            Some("DryRun") => Ok(Self::DryRun),
            Some(other) => Err(InvokeApiError::InvalidParameter(format!(
                "the invocation type {other:?} is not one of RequestResponse, Event, DryRun"
            ))),
        }
    }
}

/// The name of the function that is meant: by its name, its ARN or a part of it, each with a qualifier or without. Which
/// version or alias that is makes no difference here.
fn function_name(name: &str, query: &str) -> Result<String, InvokeApiError> {
    let unqualified = name.split_once(":function:").map(|(_, rest)| rest);
    let unqualified = unqualified.or(name.strip_prefix("function:")).unwrap_or(name);
    let (name, qualifier) = unqualified.split_once(':').unzip();
    let mut query = form_urlencoded::parse(query.as_bytes());
    let asked = query.find(|(key, _)| key == "Qualifier").map(|(_, value)| value);
    if let (Some(qualifier), Some(asked)) = (qualifier, asked)
        && qualifier != asked
    {
        return Err(InvokeApiError::InvalidParameter(format!(
            "The derived qualifier from the function name, {qualifier}, does not match the specified qualifier, {asked}"
        )));
    }
    Ok(name.unwrap_or(unqualified).to_owned())
}

/// Reads the event. None at all is an empty object:
/// <https://github.com/localstack/localstack/blob/main/localstack-core/localstack/services/lambda_/invocation/lambda_service.py>.
async fn read(body: Body, invocation_type: InvocationType) -> Result<Bytes, InvokeApiError> {
    let max = if matches!(invocation_type, InvocationType::Event) { MAX_BACKGROUND_EVENT } else { MAX_EVENT };
    let event = to_bytes(body, max).await.map_err(|_| InvokeApiError::TooLarge(max))?;
    if event.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    serde_json::from_slice::<Value>(&event).map_err(InvokeApiError::NotJson)?;
    Ok(event)
}

/// The service model's errors.
#[derive(Debug, thiserror::Error)]
enum InvokeApiError {
    #[error("{0}")]
    Foreign(CallerError),
    #[error("Lambda's Invoke is all that is served here: POST /2015-03-31/functions/NAME/invocations")]
    UnknownOperation,
    #[error("Function not found: {arn}; the functions here are: {existing}")]
    NotFound { arn: String, existing: String },
    #[error("{0}")]
    InvalidParameter(String),
    #[error("Could not parse request body into json: {0}")]
    NotJson(serde_json::Error),
    #[error("Request must be smaller than {0} bytes for the InvokeFunction operation")]
    TooLarge(usize),
    #[error("Rate Exceeded: {0}")]
    Throttled(InvokeError),
    #[error("{0}")]
    Service(InvokeError),
    /// The function cannot run here.
    #[error("{0}")]
    Unserved(String),
}

impl InvokeApiError {
    /// The HTTP status, the error's name, and what the service model calls its text.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Foreign(_) => (StatusCode::FORBIDDEN, "AccessDeniedException", "Message"),
            Self::UnknownOperation => (StatusCode::NOT_FOUND, "UnknownOperationException", "Message"),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "ResourceNotFoundException", "Message"),
            Self::InvalidParameter(_) => (StatusCode::BAD_REQUEST, "InvalidParameterValueException", "message"),
            Self::NotJson(_) => (StatusCode::BAD_REQUEST, "InvalidRequestContentException", "message"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", "message"),
            Self::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "message"),
            Self::Service(_) => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", "Message"),
            Self::Unserved(_) => (StatusCode::BAD_GATEWAY, "InvalidRuntimeException", "Message"),
        }
    }
}

impl IntoResponse for InvokeApiError {
    fn into_response(self) -> Response {
        let (status, name, text) = self.kind();
        let blamed = if status.is_server_error() { "Service" } else { "User" };
        let response = (status, [("x-amzn-errortype", name)], Json(json!({"Type": blamed, text: self.to_string()})));
        match self {
            // The invocation's own line tells it.
            Self::Throttled(_) | Self::Service(_) => refusal::told(response),
            _ => refusal::because(&self, response),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_its_name_in_every_form() {
        let name = |name: &str, query: &str| function_name(name, query).ok();
        for form in [
            "myfunction",
            "myfunction:live",
            "000000000000:function:myfunction",
            "000000000000:function:myfunction:7",
            "function:myfunction",
            "arn:aws:lambda:us-east-1:000000000000:function:myfunction",
            "arn:aws:lambda:us-east-1:000000000000:function:myfunction:$LATEST",
        ] {
            assert_eq!(name(form, "").as_deref(), Some("myfunction"), "{form}");
        }
        assert_eq!(
            name("arn:aws:lambda:us-east-1:000000000000:function:function:live", "").as_deref(),
            Some("function")
        );
        assert_eq!(name("myfunction", "Qualifier=live").as_deref(), Some("myfunction"));
        assert_eq!(name("myfunction:$LATEST", "Qualifier=%24LATEST").as_deref(), Some("myfunction"));
        assert_eq!(name("myfunction:live", "Qualifier=7"), None);
    }
}
