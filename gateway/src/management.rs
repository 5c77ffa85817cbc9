//! The management API, `@connections`:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Path, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::json;

use crate::{
    connection::{Connection, Ending, PostError},
    connections::Connections,
    id,
    limits::MAX_MESSAGE,
    signature::{self, SignatureError},
};

/// The endpoint of the management API of a gateway that listens at an address: what functions find in
/// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`.
#[must_use]
pub fn endpoint(mut address: SocketAddr, stage: &str) -> String {
    // Functions are on the same machine, whoever else may connect.
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}/{stage}")
}

/// Serves `/{connection-id}`: POST, GET and DELETE.
pub fn router(connections: Arc<Connections>, is_signature_required: bool) -> Router {
    let router =
        Router::new().route("/{connection_id}", get(describe).post(send).delete(close)).with_state(connections);
    if is_signature_required { router.layer(from_fn(let_in_if_signed)) } else { router }
}

async fn let_in_if_signed(
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Result<Response, ManagementError> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_MESSAGE).await.map_err(|_| ManagementError::PayloadTooLarge)?;
    signature::verify(&head.method, &uri, &head.headers, &body).map_err(ManagementError::Forbidden)?;
    Ok(next.run(Request::from_parts(head, body.into())).await)
}

async fn send(
    State(connections): State<Arc<Connections>>,
    Path((_stage, connection_id)): Path<(String, String)>,
    body: Body,
) -> Result<(), ManagementError> {
    let message = to_bytes(body, MAX_MESSAGE).await.map_err(|_| ManagementError::PayloadTooLarge)?;
    Ok(find(&connections, &connection_id)?.post(message)?)
}

async fn describe(
    State(connections): State<Arc<Connections>>,
    Path((_stage, connection_id)): Path<(String, String)>,
) -> Result<Response, ManagementError> {
    let connection = find(&connections, &connection_id)?;
    let client = &connection.client;
    let description = json!({
        "connectedAt": iso_8601(client.connected_at),
        "identity": { "sourceIp": client.source_ip, "userAgent": client.user_agent },
        "lastActiveAt": iso_8601(connection.last_active()),
    });
    Ok(([(CONTENT_TYPE, "application/json")], description.to_string()).into_response())
}

async fn close(
    State(connections): State<Arc<Connections>>,
    Path((_stage, connection_id)): Path<(String, String)>,
) -> Result<StatusCode, ManagementError> {
    find(&connections, &connection_id)?.close(Ending::NORMAL)?;
    // From here on, it is gone, though its client has still to hear of it.
    connections.remove(&connection_id);
    Ok(StatusCode::NO_CONTENT)
}

fn find(connections: &Connections, connection_id: &str) -> Result<Arc<Connection>, ManagementError> {
    match connections.get(connection_id) {
        Some(connection) => Ok(connection),
        None if id::is_valid(connection_id) => Err(ManagementError::Gone),
        None => Err(ManagementError::InvalidId(connection_id.to_owned())),
    }
}

/// The service model's errors, and the one that it leaves out.
enum ManagementError {
    Forbidden(SignatureError),
    Gone,
    /// AWS answers `Invalid connectionId: …`: <https://github.com/localstack/localstack/issues/4694>.
    InvalidId(String),
    LimitExceeded,
    PayloadTooLarge,
}

impl From<PostError> for ManagementError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Gone => Self::Gone,
            PostError::Full => Self::LimitExceeded,
        }
    }
}

impl IntoResponse for ManagementError {
    fn into_response(self) -> Response {
        let (status, name, message) = match self {
            Self::Forbidden(error) => (StatusCode::FORBIDDEN, error.name(), error.to_string()),
            Self::Gone => (StatusCode::GONE, "GoneException", "Gone".to_owned()),
            Self::InvalidId(id) => {
                (StatusCode::BAD_REQUEST, "BadRequestException", format!("Invalid connectionId: {id}"))
            }
            Self::LimitExceeded => {
                let message = "The client reads too slowly: its buffer is full".to_owned();
                (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", message)
            }
            Self::PayloadTooLarge => {
                let message = "The message is larger than 128 KB".to_owned();
                (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", message)
            }
        };
        let headers = [("content-type", "application/json"), ("x-amzn-errortype", name)];
        (status, headers, json!({ "message": message }).to_string()).into_response()
    }
}

/// To the millisecond, as everywhere in API Gateway.
fn iso_8601(time: Timestamp) -> String {
    format!("{time:.3}")
}
