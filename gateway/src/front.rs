//! What clients see: the stage's path, where HTTP becomes WebSocket (RFC 6455, 4.2).

use std::{net::SocketAddr, sync::Arc};

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
    upgrade::OnUpgrade,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    connection::{Client, Command, Connection, Ending},
    dispatcher::{Dispatcher, Refused},
    event::Event,
    id, management, websocket,
};

/// The one version of the protocol.
const VERSION: &str = "13";

/// The two ends of a client's TCP connection.
#[derive(Clone, Copy)]
pub struct Peers {
    pub client: SocketAddr,
    pub gateway: SocketAddr,
}

/// Serves clients at `/{stage}`, and functions at `/{stage}/@connections`.
pub fn router(dispatcher: Arc<Dispatcher>) -> Router {
    let management = management::router(Arc::clone(&dispatcher.connections), dispatcher.api().is_signature_required);
    Router::new()
        .route("/{stage}", any(connect))
        .route("/{stage}/", any(connect))
        .nest_service("/{stage}/@connections", management)
        .layer(from_fn_with_state(Arc::clone(&dispatcher), let_in_to_stage))
        .fallback(forbidden)
        .with_state(dispatcher)
}

/// The API has one stage, which may be another when the API is replaced.
async fn let_in_to_stage(State(dispatcher): State<Arc<Dispatcher>>, request: Request, next: Next) -> Response {
    let stage = request.uri().path().split('/').nth(1);
    if stage == Some(dispatcher.api().stage.as_str()) { next.run(request).await } else { forbidden().await }
}

async fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, Json(json!({"message": "Forbidden"}))).into_response()
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
    let event = Event::connect(&dispatcher.api(), &client, request.headers(), request.uri());
    let upgrade = hyper::upgrade::on(&mut request);
    // In a task of its own: if the client goes away meanwhile, the function is still heard.
    let connecting = dispatcher.tasks.spawn({
        let (dispatcher, client) = (Arc::clone(&dispatcher), client.clone());
        async move { dispatcher.connect(&client, &event).await }
    });
    match connecting.await {
        Ok(Ok(accepted)) => {
            establish(&dispatcher, client, upgrade);
            switching_protocols(&key, accepted.subprotocol.as_deref())
        }
        Ok(Err(Refused { status, body })) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What is wrong with a WebSocket handshake.
enum HandshakeError {
    /// It is none: plain HTTP.
    NoUpgrade,
    /// It is of another version, or incomplete.
    Unsupported,
}

impl IntoResponse for HandshakeError {
    fn into_response(self) -> Response {
        match self {
            Self::NoUpgrade => {
                let headers = [(UPGRADE, "websocket"), (CONNECTION, "upgrade")];
                (StatusCode::UPGRADE_REQUIRED, headers, Json(json!({"message": "Upgrade Required"}))).into_response()
            }
            Self::Unsupported => (StatusCode::BAD_REQUEST, [(SEC_WEBSOCKET_VERSION, VERSION)]).into_response(),
        }
    }
}

/// The key that the answer proves to have read.
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
        domain_name: header(HOST).unwrap_or_else(|| peers.gateway.to_string()),
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

/// From here on the connection exists: posts to it wait until the client has heard of it too.
fn establish(dispatcher: &Arc<Dispatcher>, client: Client, upgrade: OnUpgrade) {
    let (connection, commands) = Connection::new(client);
    let connection = Arc::new(connection);
    dispatcher.connections.insert(Arc::clone(&connection));
    dispatcher.tasks.spawn(serve(Arc::clone(dispatcher), connection, commands, upgrade));
}

async fn serve(
    dispatcher: Arc<Dispatcher>,
    connection: Arc<Connection>,
    commands: mpsc::UnboundedReceiver<Command>,
    upgrade: OnUpgrade,
) {
    let gone = || dispatcher.connections.remove(&connection.client.connection_id);
    let on_message = |message: String| {
        let (dispatcher, connection) = (Arc::clone(&dispatcher), Arc::clone(&connection));
        let tasks = dispatcher.tasks.clone();
        tasks.spawn(async move { dispatcher.message(&connection, &message).await });
    };
    let ending = if let Ok(upgraded) = upgrade.await {
        let websocket = websocket::accept(upgraded).await;
        websocket::serve(websocket, &connection, commands, &dispatcher, on_message, gone).await
    } else {
        // The client left before it had the answer.
        gone();
        Ending::ABNORMAL
    };
    dispatcher.disconnect(&connection.client, &ending).await;
}
