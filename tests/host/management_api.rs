//! A management API that answers as the connection's id tells.

use std::{
    collections::BTreeSet,
    future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{ConnectInfo, DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use bytes::Bytes;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

/// How long an answer takes, so that answers overlap if they can.
const LATENCY: Duration = Duration::from_millis(5);

/// A connection is open, unless its id begins with one of these words.
const GONE: &str = "gone";
const LARGE: &str = "large";
const THROTTLED: &str = "throttled";
const FORBIDDEN: &str = "forbidden";
const BROKEN: &str = "broken";
const SILENT: &str = "silent";

pub struct ManagementApi {
    pub url: String,
    calls: Arc<Mutex<Calls>>,
    server: JoinHandle<std::io::Result<()>>,
}

#[derive(Default)]
struct Calls {
    posts: Vec<(String, String)>,
    closed: Vec<String>,
    clients: BTreeSet<SocketAddr>,
    is_signed: bool,
    in_flight: usize,
    most_in_flight: usize,
}

impl ManagementApi {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Calls { is_signed: true, ..Calls::default() }));
        let connection = post(send).delete(close).get(describe);
        let router = Router::new()
            .route("/api/@connections/{connection_id}", connection)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&calls))
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, calls, server }
    }

    /// The messages that were posted, each with its connection's id.
    pub fn posts(&self) -> Vec<(String, String)> {
        self.calls.lock().unwrap().posts.clone()
    }

    /// The messages that were posted to a connection.
    pub fn posts_to(&self, connection_id: &str) -> Vec<String> {
        let posts = self.posts().into_iter().filter(|(id, _)| id == connection_id);
        posts.map(|(_, message)| message).collect()
    }

    pub fn closed(&self) -> Vec<String> {
        self.calls.lock().unwrap().closed.clone()
    }

    /// How many TCP connections calls have come on.
    pub fn clients(&self) -> usize {
        self.calls.lock().unwrap().clients.len()
    }

    /// The most calls that were being answered at once.
    pub fn most_in_flight(&self) -> usize {
        self.calls.lock().unwrap().most_in_flight
    }

    /// Whether all calls were signed for API Gateway.
    pub fn is_signed(&self) -> bool {
        self.calls.lock().unwrap().is_signed
    }
}

impl Drop for ManagementApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Shared = State<Arc<Mutex<Calls>>>;

async fn send(
    State(calls): Shared,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    Path(connection_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    {
        let mut calls = calls.lock().unwrap();
        calls.posts.push((connection_id.clone(), String::from_utf8_lossy(&body).into_owned()));
        calls.clients.insert(client);
        let authorization = headers.get("authorization").map(|value| value.to_str().unwrap()).unwrap_or_default();
        calls.is_signed &=
            authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("/us-east-1/execute-api/");
        calls.in_flight += 1;
        calls.most_in_flight = calls.most_in_flight.max(calls.in_flight);
    }
    sleep(LATENCY).await;
    let answer = refusal(&connection_id).await.unwrap_or_else(|| StatusCode::OK.into_response());
    calls.lock().unwrap().in_flight -= 1;
    answer
}

async fn close(State(calls): Shared, Path(connection_id): Path<String>) -> Response {
    calls.lock().unwrap().closed.push(connection_id.clone());
    refusal(&connection_id).await.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

async fn describe(Path(connection_id): Path<String>) -> Response {
    if connection_id == "nonsense" {
        return "{no JSON".into_response();
    }
    let connection = json!({
        "connectedAt": "2026-11-23T20:12:05.001Z",
        "identity": {"sourceIp": "192.0.2.1", "userAgent": "test"},
        "lastActiveAt": "2026-11-23T20:12:06Z",
    });
    refusal(&connection_id).await.unwrap_or_else(|| Json(connection).into_response())
}

/// How a connection's calls are refused, if they are.
async fn refusal(connection_id: &str) -> Option<Response> {
    let (status, error_type) = match connection_id.split('-').next()? {
        GONE => (StatusCode::GONE, "GoneException"),
        LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException"),
        THROTTLED => (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException"),
        FORBIDDEN => (StatusCode::FORBIDDEN, "ForbiddenException"),
        BROKEN => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerErrorException"),
        SILENT => future::pending().await,
        _ => return None,
    };
    let body = Json(json!({"message": format!("{connection_id} is refused")}));
    Some((status, [("x-amzn-errortype", error_type)], body).into_response())
}
