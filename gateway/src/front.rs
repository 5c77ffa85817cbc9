//! The stage's path, where an HTTP request becomes a WebSocket connection (RFC 6455, 4.2).

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use hyper::{
    HeaderMap, StatusCode, Uri,
    header::{
        CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
        SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
    },
};
use jiff::Timestamp;
use serde_json::json;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    connection::Client,
    dispatcher::{Accepted, Dispatcher, Refused},
    id, management,
    proxy_event::ConnectEvent,
    refusal,
    request_head::RequestHead,
    server::Peers,
    websocket,
};

/// The one version of the protocol.
const VERSION: &str = "13";

/// Serves clients at `/{stage}`, and functions at `/{stage}/@connections`.
pub fn router(dispatcher: Arc<Dispatcher>) -> Router {
    let management = management::router(Arc::clone(&dispatcher.connections), &dispatcher.settings);
    Router::new()
        .route("/{stage}", any(connect))
        .route("/{stage}/", any(connect))
        .nest_service("/{stage}/@connections", management.clone())
        // As it is signed: <https://github.com/okigan/awscurl/issues/61>.
        .nest_service("/{stage}/%40connections", management)
        .route("/{stage}/{*rest}", any(elsewhere))
        .fallback(forbidden)
        .layer(from_fn_with_state(Arc::clone(&dispatcher), let_in_to_stage))
        .with_state(dispatcher)
}

/// Refuses what is not for the API's stage, which can change when the API is replaced. Tells whatever is refused.
async fn let_in_to_stage(State(dispatcher): State<Arc<Dispatcher>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let is_for_stage = dispatcher.stages().find(stage(&uri)).is_some();
    let response = if is_for_stage { next.run(request).await } else { forbidden(State(Arc::clone(&dispatcher))).await };
    refusal::tell(&dispatcher.observer, uri.path(), &response);
    response
}

async fn forbidden(State(dispatcher): State<Arc<Dispatcher>>) -> Response {
    let reason = dispatcher.stages().describe();
    refusal::because(&reason, (StatusCode::FORBIDDEN, Json(json!({"message": "Forbidden"}))))
}

/// A path below the stage's own.
async fn elsewhere(State(dispatcher): State<Arc<Dispatcher>>, request: Request) -> Response {
    let below = request.uri().path().splitn(3, '/').nth(2).unwrap_or_default();
    // The stage stands in the path twice: <https://github.com/aws/aws-sdk-php/issues/3040>.
    if below.contains("/@connections") || below.contains("/%40connections") {
        let message = format!("No method found matching route {below} for http method {}", request.method());
        let reason = format!("{message}: does the endpoint have the stage twice?");
        return refusal::because(&reason, (StatusCode::NOT_FOUND, Json(json!({"message": message}))));
    }
    // <https://github.com/dherault/serverless-offline/tree/master/tests/manual/websocket>.
    match handshake(request.headers()) {
        Err(error @ HandshakeError::NoUpgrade) => error.into_response(),
        _ => forbidden(State(dispatcher)).await,
    }
}

async fn connect(
    State(dispatcher): State<Arc<Dispatcher>>,
    Extension(peers): Extension<Peers>,
    head: Option<Extension<RequestHead>>,
    mut request: Request,
) -> Response {
    let (key, Extension(head)) = match (handshake(request.headers()), head) {
        (Ok(key), Some(head)) => (key, head),
        (Ok(_), None) => return HandshakeError::NoUpgrade.into_response(),
        (Err(error), _) => return error.into_response(),
    };
    if dispatcher.shutdown.is_cancelled() {
        return refusal::because(&"the gateway is ending", StatusCode::SERVICE_UNAVAILABLE);
    }
    let client = client(peers, stage(request.uri()), request.headers());
    let event = ConnectEvent::new(&dispatcher.api(&client), &client, &head, request.uri());
    let upgrade = hyper::upgrade::on(&mut request);
    // In a task of its own: if the client goes away meanwhile, the function still finishes.
    let connecting = dispatcher.tasks.spawn({
        let dispatcher = Arc::clone(&dispatcher);
        async move { dispatcher.connect(client, event).await }
    });
    match connecting.await {
        Ok(Ok(Accepted { client, subprotocol })) => {
            websocket::open(&dispatcher, client, upgrade);
            switching_protocols(&key, subprotocol.as_deref())
        }
        Ok(Err(Refused { status, body, reason })) => {
            let response = (status, [(CONTENT_TYPE, "application/json")], body);
            match reason {
                Some(reason) => refusal::because(&reason, response),
                // The route's own line tells it.
                None => refusal::told(response),
            }
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What is wrong with a WebSocket handshake.
#[derive(Debug, thiserror::Error)]
enum HandshakeError {
    #[error("this is plain HTTP: connect with a WebSocket client")]
    NoUpgrade,
    #[error("the WebSocket handshake has no key, or is not of version {VERSION}")]
    Unsupported,
}

impl IntoResponse for HandshakeError {
    fn into_response(self) -> Response {
        match self {
            Self::NoUpgrade => {
                let headers = [(UPGRADE, "websocket"), (CONNECTION, "upgrade")];
                let body = Json(json!({"message": "Upgrade Required"}));
                refusal::because(&self, (StatusCode::UPGRADE_REQUIRED, headers, body))
            }
            Self::Unsupported => refusal::because(&self, (StatusCode::BAD_REQUEST, [(SEC_WEBSOCKET_VERSION, VERSION)])),
        }
    }
}

/// The handshake's key. The answer proves that the gateway has read it.
fn handshake(headers: &HeaderMap) -> Result<HeaderValue, HandshakeError> {
    if !has_token(headers, &UPGRADE, "websocket") || !has_token(headers, &CONNECTION, "upgrade") {
        return Err(HandshakeError::NoUpgrade);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| has_token(headers, &SEC_WEBSOCKET_VERSION, VERSION));
    key.cloned().ok_or(HandshakeError::Unsupported)
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
}

/// The stage that a request is for: the path's first part.
fn stage(uri: &Uri) -> &str {
    uri.path().split('/').nth(1).unwrap_or_default()
}

fn client(peers: Peers, stage: &str, headers: &HeaderMap) -> Client {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    Client {
        connection_id: id::new(),
        stage: stage.to_owned(),
        connected_at: Timestamp::now(),
        source_ip: peers.client.ip(),
        port: peers.gateway.port(),
        user_agent: header(USER_AGENT),
        host: header(HOST).unwrap_or_else(|| peers.gateway.to_string()),
        authorizer: None,
    }
}

fn switching_protocols(key: &HeaderValue, subprotocol: Option<&str>) -> Response {
    let accept = derive_accept_key(key.as_bytes());
    let headers = [(CONNECTION, "Upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_ACCEPT, accept.as_str())];
    let mut response = (StatusCode::SWITCHING_PROTOCOLS, headers).into_response();
    if let Some(subprotocol) = subprotocol.and_then(|subprotocol| HeaderValue::from_str(subprotocol).ok()) {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    response
}
