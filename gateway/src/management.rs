//! The management API, `@connections`:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Path, Request, State},
    http::{HeaderMap, StatusCode, Uri, uri::Authority},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use hyper::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::json;
use tokio::time;

use crate::{
    callers::{self, CallerError},
    connection::{Connection, Ending, PostError},
    id,
    limits::MAX_MESSAGE,
    open_connections::OpenConnections,
    refusal,
    region::split_host,
    settings::Settings,
    signature::{self, SignatureError},
};

/// The environment variables by which functions find the local endpoints of AWS's services: their AWS SDK reads them.
///
/// `address` is where the gateway listens.
///
/// ```
/// let variables = goblet_gateway::endpoint_variables("127.0.0.1:3001".parse()?, "dev");
/// assert_eq!(variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"], "http://127.0.0.1:3001/dev");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn endpoint_variables(address: SocketAddr, stage: &str) -> BTreeMap<String, String> {
    let address = local(address);
    BTreeMap::from([("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI".to_owned(), format!("http://{address}/{stage}"))])
}

/// Where functions reach a server: they are on the same machine, whoever else may connect.
#[must_use]
pub fn local(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// What the management API works with.
struct Management {
    connections: Arc<OpenConnections>,
    is_signature_required: bool,
    /// A name that callers may use as the host, beside `localhost` and IP addresses.
    host_name: Option<String>,
    /// How long a body may take.
    body_timeout: Duration,
}

/// Serves `/{connection-id}`: POST, GET and DELETE.
pub fn router(connections: Arc<OpenConnections>, settings: &Settings) -> Router {
    let management = Arc::new(Management {
        connections,
        is_signature_required: settings.is_signature_required,
        host_name: settings.host_name.clone(),
        body_timeout: settings.limits.request,
    });
    Router::new()
        .route("/{connection_id}", get(describe).post(send).delete(close))
        .layer(from_fn_with_state(Arc::clone(&management), let_in))
        .with_state(management)
}

/// Lets programs in, and where asked, only those that sign.
async fn let_in(
    State(management): State<Arc<Management>>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Result<Response, ManagementError> {
    management.check_caller(request.headers(), &uri)?;
    if !management.is_signature_required {
        return Ok(next.run(request).await);
    }
    let (head, body) = request.into_parts();
    let body = management.read(body).await?;
    signature::verify(&head.method, &uri, &head.headers, &body).map_err(ManagementError::Unsigned)?;
    Ok(next.run(Request::from_parts(head, body.into())).await)
}

impl Management {
    /// A page whose own host name resolves to this machine is refused. An IP address or `localhost` cannot be such a
    /// name, on whatever port, so that forwarded ports and containers work.
    fn check_caller(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), ManagementError> {
        let is_own = |host: &str| {
            let Ok(authority) = host.parse::<Authority>() else { return false };
            let host = authority.host();
            let is_name = |name: &str| host.eq_ignore_ascii_case(name);
            // No page can have AWS's own name for an API.
            is_name("localhost")
                || split_host(&host.to_ascii_lowercase()).is_some_and(|(api, _)| api.ends_with(".execute-api"))
                || self.host_name.as_deref().is_some_and(is_name)
                || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
        };
        callers::check(headers, uri, is_own, "localhost or an IP address").map_err(ManagementError::Foreign)
    }

    /// Reads a request's body. A client that never ends it does not keep the request open.
    async fn read(&self, body: Body) -> Result<Bytes, ManagementError> {
        let read = time::timeout(self.body_timeout, to_bytes(body, MAX_MESSAGE)).await;
        read.map_err(|_| ManagementError::TimedOut)?.map_err(|_| ManagementError::PayloadTooLarge)
    }

    fn find(&self, connection_id: &str) -> Result<Arc<Connection>, ManagementError> {
        match self.connections.get(connection_id) {
            Some(connection) => Ok(connection),
            None if id::is_valid(connection_id) => Err(ManagementError::Gone),
            None => Err(ManagementError::InvalidId(connection_id.to_owned())),
        }
    }
}

async fn send(
    State(management): State<Arc<Management>>,
    Path((_stage, connection_id)): Path<(String, String)>,
    body: Body,
) -> Result<(), ManagementError> {
    let body = management.read(body).await?;
    // A copy: the body is a part of the request's whole buffer, which must not live as long as the message waits.
    let message = Bytes::copy_from_slice(&body);
    Ok(management.find(&connection_id)?.post(message)?)
}

async fn describe(
    State(management): State<Arc<Management>>,
    Path((_stage, connection_id)): Path<(String, String)>,
) -> Result<Response, ManagementError> {
    let connection = management.find(&connection_id)?;
    let client = &connection.client;
    let description = json!({
        "connectedAt": iso_8601(client.connected_at),
        "identity": { "sourceIp": client.source_ip, "userAgent": client.user_agent },
        "lastActiveAt": iso_8601(connection.last_active()),
    });
    Ok(([(CONTENT_TYPE, "application/json")], description.to_string()).into_response())
}

async fn close(
    State(management): State<Arc<Management>>,
    Path((_stage, connection_id)): Path<(String, String)>,
) -> Result<StatusCode, ManagementError> {
    management.find(&connection_id)?.close(Ending::NORMAL)?;
    // From now on it is gone, although its client has not heard of it yet.
    management.connections.remove(&connection_id);
    Ok(StatusCode::NO_CONTENT)
}

/// The service model's errors, and those that it leaves out.
#[derive(Debug, thiserror::Error)]
enum ManagementError {
    #[error(transparent)]
    Unsigned(SignatureError),
    #[error("{0}")]
    Foreign(CallerError),
    #[error("Gone")]
    Gone,
    /// AWS answers like this: <https://github.com/localstack/localstack/issues/4694>.
    #[error("Invalid connectionId: {0}")]
    InvalidId(String),
    #[error("The client reads too slowly: its buffer is full")]
    LimitExceeded,
    #[error("The message is larger than 128 KB")]
    PayloadTooLarge,
    #[error("The request's body did not arrive in time")]
    TimedOut,
}

impl From<PostError> for ManagementError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Gone => Self::Gone,
            PostError::Full => Self::LimitExceeded,
        }
    }
}

impl ManagementError {
    /// The HTTP status, and the error's name in AWS's header.
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unsigned(error) => (StatusCode::FORBIDDEN, error.name()),
            Self::Foreign(_) => (StatusCode::FORBIDDEN, "ForbiddenException"),
            Self::Gone => (StatusCode::GONE, "GoneException"),
            Self::InvalidId(_) => (StatusCode::BAD_REQUEST, "BadRequestException"),
            Self::LimitExceeded => (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException"),
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException"),
            Self::TimedOut => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException"),
        }
    }
}

impl IntoResponse for ManagementError {
    fn into_response(self) -> Response {
        let (status, name) = self.status();
        let headers = [("content-type", "application/json"), ("x-amzn-errortype", name)];
        let body = json!({ "message": self.to_string() }).to_string();
        refusal::because(&self, (status, headers, body))
    }
}

/// To the millisecond, as everywhere in API Gateway.
fn iso_8601(time: Timestamp) -> String {
    format!("{time:.3}")
}
