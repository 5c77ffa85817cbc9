//! The local gateway behaves as API Gateway does, whatever runs behind it: here, a function in Python.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use goblet_gateway::{
    Gateway,
    activity::Observer,
    api::{Api, CONNECT, DEFAULT, DISCONNECT, Route, RouteSelection},
    lambda::{Function, FunctionConfig},
    limits::Limits,
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
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, StatusCode},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

type WebSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longer than anything here takes: only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(1);

const EVERY_ROUTE: [&str; 3] = [CONNECT, DEFAULT, DISCONNECT];

/// A gateway whose routes are all the mirror function's, and two-way.
struct Mirror {
    gateway: Gateway,
    address: SocketAddr,
    _events: NamedTempFile,
}

impl Mirror {
    async fn start() -> Self {
        Self::with(&EVERY_ROUTE, Limits::default()).await
    }

    async fn with(routes: &[&str], limits: Limits) -> Self {
        let command = vec!["python3".to_owned(), "mirror.py".to_owned()];
        let task_root = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/functions").into();
        let events = NamedTempFile::new().unwrap();
        let variables = BTreeMap::from([("EVENTS".to_owned(), events.path().to_str().unwrap().to_owned())]);
        let config = FunctionConfig { variables, ..FunctionConfig::new("mirror", command, task_root) };
        let function = Arc::new(Function::new(config, Observer::none()));
        let route =
            |route_key: &&str| (route_key.to_string(), Route { function: Arc::clone(&function), is_two_way: true });
        let api = Api {
            id: "abc".to_owned(),
            stage: "v1".to_owned(),
            stage_variables: BTreeMap::from([("color".to_owned(), "red".to_owned())]),
            route_selection: RouteSelection::default(),
            routes: routes.iter().map(route).collect(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { gateway: Gateway::start(listener, api, limits, Observer::none()).unwrap(), address, _events: events }
    }

    async fn connect(&self) -> WebSocket {
        self.try_connect("").await.unwrap()
    }

    /// Connects, with a wish for the function in the query string.
    async fn try_connect(&self, wish: &str) -> Result<WebSocket, Error> {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("wish", wish).finish();
        let query = if wish.is_empty() { String::new() } else { format!("?{query}") };
        Ok(connect_async(format!("ws://{}/v1{query}", self.address)).await?.0)
    }

    /// The status of a refused connection.
    async fn refused(&self, wish: &Value) -> StatusCode {
        match self.try_connect(&wish.to_string()).await {
            Err(Error::Http(response)) => response.status(),
            other => panic!("not refused: {other:?}"),
        }
    }

    /// One HTTP request: the status, the headers and the body of its answer.
    async fn http(&self, method: &str, path: &str, body: &[u8]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {length}\r\nConnection: close");
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        // The gateway need not read what it refuses.
        let _ = stream.write_all(body).await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    /// A call of the management API.
    async fn management(&self, method: &str, connection_id: &str, body: &[u8]) -> (u16, String, String) {
        let path = format!("/v1/@connections/{}", connection_id.replace('=', "%3D"));
        self.http(method, &path, body).await
    }
}

async fn say(websocket: &mut WebSocket, message: &Value) {
    websocket.send(message.to_string().into()).await.unwrap();
}

async fn hear(websocket: &mut WebSocket) -> String {
    match timeout(PATIENCE, websocket.next()).await.unwrap() {
        Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
        other => panic!("not a text message: {other:?}"),
    }
}

async fn ask(websocket: &mut WebSocket, message: &Value) -> String {
    say(websocket, message).await;
    hear(websocket).await
}

/// All events that the function has got, the last one being the question for them.
async fn events(websocket: &mut WebSocket) -> Vec<Value> {
    serde_json::from_str(&ask(websocket, &json!({"events": true})).await).unwrap()
}

async fn closed(websocket: &mut WebSocket) -> u16 {
    match timeout(PATIENCE, websocket.next()).await.unwrap() {
        Some(Ok(Message::Close(Some(frame)))) => frame.code.into(),
        other => panic!("not a close frame: {other:?}"),
    }
}

async fn connection_id(websocket: &mut WebSocket) -> String {
    let events = events(websocket).await;
    events.last().unwrap()["requestContext"]["connectionId"].as_str().unwrap().to_owned()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What every event has.
fn assert_context(event: &Value, route_key: &str, event_type: &str, own: &[&str]) {
    let context = &event["requestContext"];
    let mut expected = vec![
        "routeKey",
        "eventType",
        "extendedRequestId",
        "requestTime",
        "messageDirection",
        "stage",
        "connectedAt",
        "requestTimeEpoch",
        "identity",
        "requestId",
        "domainName",
        "connectionId",
        "apiId",
    ];
    expected.extend(own);
    expected.sort_unstable();
    assert_eq!(keys(context), expected);
    assert_eq!(context["routeKey"], route_key);
    assert_eq!(context["eventType"], event_type);
    assert_eq!(context["messageDirection"], "IN");
    assert_eq!(context["stage"], "v1");
    assert_eq!(context["apiId"], "abc");
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["identity"]["userAgent"], "test/1");
    assert_eq!(context["requestId"].as_str().unwrap().len(), 16);
    assert!(context["requestTime"].as_str().unwrap().ends_with(" +0000"));
    assert!(context["requestTimeEpoch"].as_i64() >= context["connectedAt"].as_i64());
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["stageVariables"], json!({"color": "red"}));
}

#[tokio::test]
async fn the_events_have_every_field() {
    let mirror = Mirror::start().await;
    let mut request = format!("ws://{}/v1/?a=1&a=2&b=%C3%A9", mirror.address).into_client_request().unwrap();
    request.headers_mut().insert("User-Agent", HeaderValue::from_static("test/1"));
    request.headers_mut().insert("X-Color", HeaderValue::from_static("red"));
    let (mut client, _) = connect_async(request).await.unwrap();
    let asked = events(&mut client).await;
    client.close(Some(CloseFrame { code: CloseCode::Library(4001), reason: "bye".into() })).await.unwrap();
    while let Some(Ok(_)) = client.next().await {}
    // The connection's end is told after it, so another client may have to ask more than once.
    let mut other = mirror.connect().await;
    let disconnect = loop {
        let events = events(&mut other).await;
        let is_disconnect = |event: &&Value| event["requestContext"]["eventType"] == "DISCONNECT";
        if let Some(event) = events.iter().find(is_disconnect) {
            break event.clone();
        }
    };

    let connect = &asked[0];
    assert_context(connect, "$connect", "CONNECT", &[]);
    assert_eq!(connect["headers"]["X-Color"], "red");
    assert_eq!(connect["headers"]["Host"], mirror.address.to_string());
    assert_eq!(connect["headers"]["Sec-WebSocket-Version"], "13");
    assert_eq!(connect["headers"]["X-Forwarded-For"], "127.0.0.1");
    assert_eq!(connect["headers"]["X-Forwarded-Port"], mirror.address.port().to_string());
    for name in ["Sec-WebSocket-Key", "X-Amzn-Trace-Id", "X-Forwarded-Proto", "User-Agent"] {
        assert!(connect["headers"][name].is_string(), "{name}");
        assert_eq!(connect["multiValueHeaders"][name], json!([connect["headers"][name]]));
    }
    assert_eq!(connect["queryStringParameters"], json!({"a": "2", "b": "é"}));
    assert_eq!(connect["multiValueQueryStringParameters"], json!({"a": ["1", "2"], "b": ["é"]}));
    assert!(connect.get("body").is_none());

    let message = &asked[1];
    assert_context(message, "$default", "MESSAGE", &["messageId"]);
    assert_eq!(message["body"], json!({"events": true}).to_string());
    assert_eq!(keys(message), ["body", "isBase64Encoded", "requestContext", "stageVariables"]);
    for field in ["connectionId", "connectedAt", "domainName"] {
        assert_eq!(message["requestContext"][field], connect["requestContext"][field], "{field}");
    }

    assert_context(&disconnect, "$disconnect", "DISCONNECT", &["disconnectReason", "disconnectStatusCode"]);
    assert_eq!(disconnect["requestContext"]["disconnectStatusCode"], 4001);
    assert_eq!(disconnect["requestContext"]["disconnectReason"], "bye");
    assert_eq!(disconnect["headers"], json!({"Host": mirror.address.to_string(), "x-api-key": "", "x-restapi": ""}));
}

#[tokio::test]
async fn connect_decides() {
    let mirror = Mirror::start().await;
    for status in [401, 403, 500, 302] {
        assert_eq!(mirror.refused(&json!({"respond": {"statusCode": status}})).await, status);
    }
    assert_eq!(mirror.refused(&json!({"fail": "no"})).await, 502);
    assert_eq!(mirror.refused(&json!({"respond": "nonsense"})).await, 502);
    assert_eq!(mirror.refused(&json!({"exit": 1})).await, 502);
    assert!(mirror.try_connect(&json!({"respond": {"statusCode": 204}}).to_string()).await.is_ok());
}

#[tokio::test]
async fn connect_picks_the_subprotocol() {
    let mirror = Mirror::start().await;
    let wish = json!({"respond": {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.2"}}}).to_string();
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("wish", &wish).finish();
    let mut request = format!("ws://{}/v1?{query}", mirror.address).into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("chat.1, chat.2"));
    let (_client, response) = connect_async(request).await.unwrap();
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "chat.2");
}

#[tokio::test]
async fn plain_http_is_told_to_upgrade() {
    let mirror = Mirror::start().await;
    for path in ["/v1", "/v1/"] {
        assert_eq!(mirror.http("GET", path, b"").await.0, 426);
    }
    for path in ["/", "/v2", "/v1/other"] {
        assert_eq!(mirror.http("GET", path, b"").await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn a_failure_is_a_frame_and_the_connection_stays() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    for wish in [
        json!({"fail": "no"}),
        json!({"respond": "no object"}),
        json!({"respond": {"no": "status"}}),
        json!({"exit": 3}),
        // Longer than the function's timeout.
        json!({"hang": true}),
    ] {
        let frame = ask(&mut client, &wish).await;
        let prefix = format!(r#"{{"message": "Internal server error", "connectionId":"{id}", "requestId":""#);
        assert!(frame.starts_with(&prefix) && frame.ends_with(r#"="}"#), "{wish}: {frame}");
        let answer = ask(&mut client, &json!({"respond": {"statusCode": 200, "body": "still here"}})).await;
        assert_eq!(answer, "still here");
    }
}

#[tokio::test]
async fn over_the_integration_timeout() {
    let limits = Limits { integration: Duration::from_millis(500), ..Limits::default() };
    let mirror = Mirror::with(&[DEFAULT], limits).await;
    let mut client = mirror.connect().await;
    let frame = ask(&mut client, &json!({"hang": true})).await;
    assert!(frame.starts_with(r#"{"message": "Endpoint request timed out", "connectionId":""#), "{frame}");
}

#[tokio::test]
async fn without_a_route() {
    let mirror = Mirror::with(&[], Limits::default()).await;
    let mut client = mirror.connect().await;
    for _ in 0..2 {
        let frame = ask(&mut client, &json!({})).await;
        assert!(frame.starts_with(r#"{"message": "Forbidden", "connectionId":""#), "{frame}");
    }
}

#[tokio::test]
async fn the_management_api_sends_describes_and_closes() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;

    assert_eq!(mirror.management("POST", &id, "žluťoučký".as_bytes()).await.0, 200);
    assert_eq!(hear(&mut client).await, "žluťoučký");

    let (status, head, body) = mirror.management("GET", &id, b"").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/json"), "{head}");
    let description: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(keys(&description), ["connectedAt", "identity", "lastActiveAt"]);
    assert_eq!(description["identity"]["sourceIp"], "127.0.0.1");
    assert!(description["connectedAt"].as_str().unwrap().ends_with('Z'));
    assert!(description["lastActiveAt"].as_str() >= description["connectedAt"].as_str());

    assert_eq!(mirror.management("DELETE", &id, b"").await.0, 204);
    assert_eq!(closed(&mut client).await, 1000);
    for method in ["POST", "GET", "DELETE"] {
        let (status, head, _) = mirror.management(method, &id, b"").await;
        assert_eq!(status, 410, "{method}");
        assert!(head.contains("x-amzn-errortype: goneexception"), "{head}");
    }
}

#[tokio::test]
async fn the_management_api_refuses() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    let (status, head, _) = mirror.management("POST", &id, &vec![b'x'; 128 * 1024 + 1]).await;
    assert_eq!(status, 413);
    assert!(head.contains("x-amzn-errortype: payloadtoolargeexception"), "{head}");
    let (status, head, body) = mirror.management("POST", "undefined", b"foo").await;
    assert_eq!(status, 400);
    assert!(head.contains("x-amzn-errortype: badrequestexception"), "{head}");
    assert_eq!(body, r#"{"message":"Invalid connectionId: undefined"}"#);
    // The connection has not suffered.
    assert_eq!(mirror.management("POST", &id, &vec![b'x'; 128 * 1024]).await.0, 200);
    assert_eq!(hear(&mut client).await.len(), 128 * 1024);
}

#[tokio::test]
async fn what_the_gateway_does_not_take_closes_the_connection() {
    let mirror = Mirror::start().await;
    for (message, code) in [(Message::Binary(vec![1].into()), 1003), (Message::text("x".repeat(32 * 1024 + 1)), 1009)] {
        let mut client = mirror.connect().await;
        client.send(message).await.unwrap();
        assert_eq!(closed(&mut client).await, code);
    }
}

#[tokio::test]
async fn a_ping_is_answered() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    client.send(Message::Ping("foo".into())).await.unwrap();
    let answer = timeout(PATIENCE, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(answer, Message::Pong("foo".into()));
}

#[tokio::test]
async fn connections_do_not_live_for_ever() {
    for limits in [
        Limits { idle: Duration::from_millis(200), ..Limits::default() },
        Limits { lifetime: Duration::from_millis(200), ..Limits::default() },
    ] {
        let mirror = Mirror::with(&[], limits).await;
        let mut client = mirror.connect().await;
        assert_eq!(closed(&mut client).await, 1001);
    }
}

#[tokio::test]
async fn shutting_down_says_so() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let shut_down = tokio::spawn(mirror.gateway.shut_down());
    assert_eq!(closed(&mut client).await, 1001);
    while let Some(Ok(_)) = client.next().await {}
    timeout(PATIENCE, shut_down).await.unwrap().unwrap();
}
