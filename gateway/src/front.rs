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
    HeaderMap, StatusCode,
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
    dispatcher::{Dispatcher, Refused},
    id, management,
    proxy_event::ProxyEvent,
    refusal,
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
        .nest_service("/{stage}/@connections", management)
        .fallback(forbidden)
        .layer(from_fn_with_state(Arc::clone(&dispatcher), let_in_to_stage))
        .with_state(dispatcher)
}

/// Refuses what is not for the API's stage, which can change when the API is replaced. Tells whatever is refused.
async fn let_in_to_stage(State(dispatcher): State<Arc<Dispatcher>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let is_for_stage = uri.path().split('/').nth(1) == Some(dispatcher.api().stage.as_str());
    let response = if is_for_stage { next.run(request).await } else { forbidden(State(Arc::clone(&dispatcher))).await };
    refusal::tell(&dispatcher.observer, uri.path(), &response);
    response
}

async fn forbidden(State(dispatcher): State<Arc<Dispatcher>>) -> Response {
    let reason = format!("this API's stage is /{}/", dispatcher.api().stage);
    refusal::because(&reason, (StatusCode::FORBIDDEN, Json(json!({"message": "Forbidden"}))))
}

async fn connect(
    State(dispatcher): State<Arc<Dispatcher>>,
    Extension(peers): Extension<Peers>,
    mut request: Request,
) -> Response {
    let key = match handshake(request.headers()) {
        Ok(key) => key,
        Err(error) => return error.into_response(),
    };
    let client = client(peers, request.headers());
    let event = ProxyEvent::connect(&dispatcher.api(), &client, request.headers(), request.uri());
    let upgrade = hyper::upgrade::on(&mut request);
    // In a task of its own: if the client goes away meanwhile, the function still finishes.
    let connecting = dispatcher.tasks.spawn({
        let (dispatcher, client) = (Arc::clone(&dispatcher), client.clone());
        async move { dispatcher.connect(&client, event).await }
    });
    match connecting.await {
        Ok(Ok(accepted)) => {
            websocket::open(&dispatcher, client, upgrade);
            switching_protocols(&key, accepted.subprotocol.as_deref())
        }
        // The route's own line tells it.
        Ok(Err(Refused { status, body })) => refusal::told((status, [(CONTENT_TYPE, "application/json")], body)),
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

fn client(peers: Peers, headers: &HeaderMap) -> Client {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    Client {
        connection_id: id::new(),
        connected_at: Timestamp::now(),
        source_ip: peers.client.ip(),
        port: peers.gateway.port(),
        user_agent: header(USER_AGENT),
        host: header(HOST).unwrap_or_else(|| peers.gateway.to_string()),
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
