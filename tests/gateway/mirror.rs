//! A gateway with a function in Python that does what it is told and shows what it gets.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use goblet_gateway::{
    Gateway, Region,
    activity::{Activities, Observer},
    admission::{Admission, ApiKeys, Authorizer},
    api::{Api, CONNECT, DEFAULT, DISCONNECT, Integration, Route, RouteSelection},
    endpoint_variables,
    lambda::{DEFAULT_CONCURRENCY, DEFAULT_IDLE, Function, FunctionConfig},
    limits::{INTEGRATION_TIMEOUT, Limits},
    settings::Settings,
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::StatusCode},
};

pub type WebSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longer than anything here takes: only a test that hangs meets it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How a mirror is set up.
pub struct Setup {
    /// The API's route keys, all of them the one function's.
    pub routes: Vec<&'static str>,
    pub route_selection: &'static str,
    pub is_two_way: bool,
    /// Those of an authorizer, which is the function, too.
    pub identity_sources: Option<Vec<&'static str>>,
    pub api_keys: Option<ApiKeys>,
    pub required_parameters: Vec<&'static str>,
    pub is_signature_required: bool,
    pub integration_timeout: Duration,
    pub limits: Limits,
    pub concurrency: usize,
    pub idle: Duration,
    pub is_always_cold: bool,
    /// The function's own.
    pub timeout: Duration,
    /// The function's program.
    pub program: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            routes: vec![CONNECT, DEFAULT, DISCONNECT],
            route_selection: "$request.body.action",
            is_two_way: true,
            identity_sources: None,
            api_keys: None,
            required_parameters: vec![],
            is_signature_required: false,
            integration_timeout: INTEGRATION_TIMEOUT,
            limits: Limits::default(),
            concurrency: DEFAULT_CONCURRENCY,
            idle: DEFAULT_IDLE,
            is_always_cold: false,
            timeout: Duration::from_secs(3),
            program: "python3".to_owned(),
        }
    }
}

/// A running gateway.
pub struct Mirror {
    pub gateway: Gateway,
    pub address: SocketAddr,
    /// What the gateway and the function tell. It need not be read.
    pub activities: Activities,
    events: NamedTempFile,
}

impl Mirror {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let events = NamedTempFile::new().unwrap();
        let (observer, activities) = Observer::channel();
        let api = api(&setup, address, events.path(), observer.clone());
        let Setup { limits, is_signature_required, .. } = setup;
        let settings = Settings { limits, is_signature_required, ..Settings::default() };
        let gateway = Gateway::start(listener, vec![api], settings, observer).unwrap();
        Self { gateway, address, activities, events }
    }

    /// Serves the same once more, as if it had changed.
    pub fn replace(&self) {
        self.gateway.replace(vec![api(&Setup::default(), self.address, self.events.path(), Observer::none())]);
    }

    pub async fn connect(&self) -> WebSocket {
        self.try_connect(&json!({})).await.unwrap()
    }

    /// Connects, with a wish for the function.
    pub async fn try_connect(&self, wish: &Value) -> Result<WebSocket, Error> {
        Ok(self.try_connect_with(wish, &[]).await?.0)
    }

    /// Connects, with headers, and tells those of the answer.
    pub async fn try_connect_with(
        &self,
        wish: &Value,
        headers: &[(&'static str, &str)],
    ) -> Result<(WebSocket, tokio_tungstenite::tungstenite::http::HeaderMap), Error> {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("wish", &wish.to_string()).finish();
        let mut request = format!("ws://{}/v1?{query}", self.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (websocket, response) = connect_async(request).await?;
        Ok((websocket, response.headers().clone()))
    }

    /// The status of a refused connection.
    pub async fn refused(&self, wish: &Value) -> StatusCode {
        match self.try_connect(wish).await {
            Err(Error::Http(response)) => response.status(),
            other => panic!("not refused: {other:?}"),
        }
    }

    /// All events that the function has got.
    pub fn events(&self) -> Vec<Value> {
        let events = std::fs::read_to_string(self.events.path()).unwrap();
        events.lines().map(|event| serde_json::from_str(event).unwrap()).collect()
    }

    /// The first event of a type, which need not be there yet.
    pub async fn event(&self, event_type: &str) -> Value {
        let found = async {
            loop {
                let is_it = |event: &Value| event["requestContext"]["eventType"] == event_type;
                if let Some(event) = self.events().into_iter().find(is_it) {
                    return event;
                }
                // The function writes it down in its own time, and tells nobody.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no event of type {event_type}"))
    }

    /// The next activity of a kind that has a text in it, as its debug output shows it.
    pub async fn told(&mut self, text: &str) -> String {
        let found = async {
            loop {
                let activity = format!("{:?}", self.activities.recv().await.unwrap());
                if activity.contains(text) {
                    return activity;
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("{text} was not told"))
    }

    /// One HTTP request: the status, the headers and the body of its answer.
    pub async fn http(&self, method: &str, path: &str, body: &[u8]) -> (u16, String, String) {
        self.http_with(method, path, "", body).await
    }

    /// With headers, each with its line's end.
    pub async fn http_with(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, String) {
        let (host, length) = (self.address, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
        );
        http(self.address, &[head.as_bytes(), body].concat()).await
    }

    /// A call of the management API.
    pub async fn management(&self, method: &str, connection_id: &str, body: &[u8]) -> (u16, String, String) {
        self.http(method, &management_path(connection_id), body).await
    }
}

fn api(setup: &Setup, address: SocketAddr, events: &Path, observer: Observer) -> Api {
    let mut variables = endpoint_variables(address, "v1");
    variables.insert("EVENTS".to_owned(), events.to_str().unwrap().to_owned());
    let command = vec![setup.program.clone(), "mirror.py".to_owned()];
    let task_root = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/functions/mirror").into();
    let config = FunctionConfig {
        variables,
        concurrency: setup.concurrency,
        idle: setup.idle,
        is_always_cold: setup.is_always_cold,
        timeout: setup.timeout,
        ..FunctionConfig::new("mirror", command, task_root)
    };
    let function = Arc::new(Function::new(config, observer));
    let route = |route_key: &&str| {
        let (is_two_way, timeout) = (setup.is_two_way, setup.integration_timeout);
        let integration = Integration::Function(Arc::clone(&function));
        (route_key.to_string(), Route { integration, is_two_way, timeout })
    };
    Api {
        id: "abc".to_owned(),
        region: Region::default(),
        stage: "v1".to_owned(),
        stage_variables: BTreeMap::from([("color".to_owned(), "red".to_owned())]),
        admission: Admission {
            authorizer: setup.identity_sources.as_ref().map(|sources| Authorizer {
                integration: Integration::Function(Arc::clone(&function)),
                identity_sources: sources.iter().map(|source| source.parse().unwrap()).collect(),
            }),
            api_keys: setup.api_keys.clone(),
            required_parameters: setup.required_parameters.iter().map(|name| name.parse().unwrap()).collect(),
        },
        route_selection: setup.route_selection.parse::<RouteSelection>().unwrap(),
        routes: setup.routes.iter().map(route).collect(),
    }
}

/// Sends a request as it is: the status, the headers and the body of the answer.
pub async fn http(address: SocketAddr, request: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The gateway need not read what it refuses.
    let _ = stream.write_all(request).await;
    let mut answer = String::new();
    let _ = timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an answer in time");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

pub fn management_path(connection_id: &str) -> String {
    format!("/v1/@connections/{}", connection_id.replace('=', "%3D"))
}

pub async fn say(websocket: &mut WebSocket, message: &Value) {
    websocket.send(message.to_string().into()).await.unwrap();
}

pub async fn hear(websocket: &mut WebSocket) -> String {
    match timeout(PATIENCE, websocket.next()).await.unwrap() {
        Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
        other => panic!("not a text message: {other:?}"),
    }
}

pub async fn ask(websocket: &mut WebSocket, message: &Value) -> String {
    say(websocket, message).await;
    hear(websocket).await
}

/// The close code and the reason that the gateway sends.
pub async fn closed(websocket: &mut WebSocket) -> (u16, String) {
    match timeout(PATIENCE, websocket.next()).await.unwrap() {
        Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.as_str().to_owned()),
        other => panic!("not a close frame: {other:?}"),
    }
}

pub async fn connection_id(websocket: &mut WebSocket) -> String {
    ask(websocket, &json!({"connectionId": true})).await
}
