//! Requests to AWS that a handler makes and the host signs: what arrives at a service, and what never does.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    bootstrap::{Bootstrap, Package},
    guests,
};

const SETTING: &str = "GOBLET_SIGNED_REQUESTS";
const ALLOWED: &str = "dynamodb:GetItem,PutItem:table/chat dynamodb:Query:table/chat/index/* events:*:event-bus/chat";
const GET: &str = "dynamodb - POST /\nX-Amz-Target: DynamoDB_20120810.GetItem\n\n";

/// A service that keeps what it is sent, and answers as the key says.
struct Service {
    url: String,
    requests: Arc<Mutex<Vec<Arrived>>>,
    server: JoinHandle<std::io::Result<()>>,
}

#[derive(Clone)]
struct Arrived {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Arrived {
    fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().unwrap_or_else(|| panic!("no {name}")).to_str().unwrap();
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&requests));
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, requests, server }
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.requests.lock().unwrap().clone()
    }

    /// A handler whose requests go here.
    fn caller(&self) -> Bootstrap {
        Package::handler(guests::caller()).variable(SETTING, ALLOWED).variable("AWS_ENDPOINT_URL", &self.url).start()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    State(requests): State<Arc<Mutex<Vec<Arrived>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = String::from_utf8(body.to_vec()).unwrap();
    requests.lock().unwrap().push(Arrived { method, uri, headers, body });
    let has = |key: &str| text.contains(&format!("\"{key}\""));
    if has("redirect") {
        return (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response();
    }
    if has("large") {
        return "x".repeat(4 * 1024 * 1024 + 1).into_response();
    }
    if has("silent") {
        std::future::pending::<()>().await;
    }
    if has("signature") {
        let said =
            r#"{"__type": "InvalidSignatureException", "message": "The Canonical String was x-amz-security-token"}"#;
        return (StatusCode::BAD_REQUEST, said).into_response();
    }
    if has("missing") {
        return (StatusCode::BAD_REQUEST, r#"{"__type": "ResourceNotFoundException"}"#).into_response();
    }
    ([("x-amzn-requestid", "1"), ("set-cookie", "a=b"), ("x-amz-crc32", "2")], "{}").into_response()
}

/// A request for an item of the table `chat`.
fn get(key: &str) -> String {
    format!(r#"{GET}{{"TableName": "chat", "Key": {{"PK": {{"S": "{key}"}}}}}}"#)
}

#[tokio::test]
async fn a_request_that_is_allowed_is_signed() {
    let service = Service::start().await;
    let caller = service.caller();
    assert_eq!(caller.returned("region").await, "us-east-1");
    let told = caller.returned(&get("alice")).await;
    assert!(told.starts_with("200 ") && told.ends_with(" {}") && !told.contains("cookie"), "{told}");
    assert!(told.contains(r#"("x-amzn-requestid", "1"), ("x-amz-crc32", "2")"#), "{told}");
    let [arrived] = &service.arrived()[..] else { panic!("one request") };
    assert_eq!((arrived.method.as_str(), arrived.uri.to_string().as_str()), ("POST", "/"));
    assert_eq!(arrived.header("x-amz-target"), "DynamoDB_20120810.GetItem");
    assert_eq!(arrived.header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(arrived.body, r#"{"Key":{"PK": {"S": "alice"}},"TableName":"chat"}"#);
    // The credentials of the local Lambda.
    assert_eq!(arrived.header("x-amz-security-token"), "goblet");
    assert_eq!(arrived.header("authorization"), authorization(&service.url, arrived));
}

/// Signs what has arrived again, at the same time.
fn authorization(url: &str, arrived: &Arrived) -> String {
    let date = arrived.header("x-amz-date");
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
    let time = TimeZone::UTC.to_timestamp(time).unwrap();
    let time = UNIX_EPOCH + Duration::from_secs(u64::try_from(time.as_second()).unwrap());
    let identity = Credentials::new("goblet", "goblet", Some("goblet".to_owned()), None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("dynamodb")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = ["content-type", "x-amz-target"].map(|name| (name, arrived.header(name)));
    let url = format!("{url}/");
    let request = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(&arrived.body)).unwrap();
    let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
    let (_, value) = instructions.headers().find(|(name, _)| *name == "authorization").unwrap();
    value.to_owned()
}

#[tokio::test]
async fn what_is_not_allowed_never_arrives() {
    let service = Service::start().await;
    let caller = service.caller();
    let target = "X-Amz-Target: DynamoDB_20120810";
    let chat = r#"{"TableName": "chat"}"#;
    for (message, says) in [
        // What it does.
        (
            format!("dynamodb - POST /\n{target}.DeleteItem\n\n{chat}"),
            "NotAllowed(\"the handler may not do dynamodb:DeleteItem on table/chat. To allow it, add \
             dynamodb:DeleteItem:table/chat to GOBLET_SIGNED_REQUESTS",
        ),
        (format!(r#"{GET}{{"TableName": "other"}}"#), "dynamodb:GetItem on table/other"),
        (format!("dynamodb - POST /\n{target}.Query\n\n{chat}"), "dynamodb:Query on table/chat."),
        (format!("dynamodb - POST /\n{target}.ListTables\n\n{{}}"), "dynamodb:ListTables on *"),
        (format!("dynamodb - POST /\n{target}.DeleteTable\n\n{chat}"), "cannot read requests of dynamodb:DeleteTable"),
        (
            format!(
                r#"dynamodb - POST /
{target}.TransactWriteItems

{{"TransactItems": [{{"Put": {{"TableName": "chat"}}}}, {{"Delete": {{"TableName": "chat"}}}}]}}"#
            ),
            "dynamodb:DeleteItem on table/chat",
        ),
        ("events - POST /\nX-Amz-Target: AWSEvents.PutEvents\n\n{\"Entries\": [{}]}".to_owned(), "event-bus/default"),
        // Where it goes.
        ("sts - POST /\n\nAction=GetSessionToken".to_owned(), "sts gives out credentials"),
        ("example.com - POST /\n\n{}".to_owned(), "cannot read requests of"),
        (format!("dynamodb eu-west-1 POST /\n{target}.GetItem\n\n{chat}"), "the function's region, us-east-1"),
        (format!("dynamodb - POST http://example.com/\n{target}.GetItem\n\n{chat}"), "are POST / and not"),
        (format!("dynamodb - GET /\n{target}.GetItem\n\n{chat}"), "are POST / and not"),
        // Whoever reads it otherwise.
        (format!(r#"{GET}{{"TableName": "chat", "TableName": "other"}}"#), "is there twice"),
        (format!(r#"{GET}{{"TableName": "chat", "tablename": "other"}}"#), "may be taken for"),
        (format!("dynamodb - POST /\n{target}.GetItem\nx-amz-target: DynamoDB_20120810.Scan\n\n{chat}"), "there once"),
        (format!("dynamodb - POST /\n{target}.GetItem\nContent-Type: text/xml\n\n{chat}"), "Content-Type"),
        (format!("dynamodb - POST /\n{target}.GetItem\nContent-Encoding: gzip\n\n{chat}"), "Content-Encoding"),
        // Headers.
        (format!("dynamodb - POST /\n{target}.GetItem\nAuthorization: mine\n\n{chat}"), "Authorization"),
        (format!("dynamodb - POST /\n{target}.GetItem\nHost: example.com\n\n{chat}"), "Host"),
        (format!("dynamodb - POST /\n{target}.GetItem\nUser-Agent: a\\r\\nHost: b\n\n{chat}"), "not printable ASCII"),
        // How much.
        (format!("{GET}fill 1048577"), "TooLarge(\"the body of the request is larger than 1 MB"),
    ] {
        let told = caller.returned(&message).await;
        assert!(told.contains(says), "{message}\n{told}");
    }
    assert!(service.arrived().is_empty());
}

#[tokio::test]
async fn an_answer_is_passed_on_without_more() {
    let service = Service::start().await;
    let caller = service.caller();
    // No redirect is followed, and its place is not passed on.
    let redirect = caller.returned(&get("redirect")).await;
    assert!(redirect.starts_with("307 ") && !redirect.contains("location"), "{redirect}");
    assert_eq!(service.arrived().len(), 1);
    let missing = caller.returned(&get("missing")).await;
    assert!(
        missing.starts_with("400 ") && missing.ends_with(r#"{"__type": "ResourceNotFoundException"}"#),
        "{missing}"
    );
    let large = caller.returned(&get("large")).await;
    assert!(large.starts_with("TooLarge(\"the answer of dynamodb is larger than 4 MB"), "{large}");
    let silent = caller.returned(&get("silent")).await;
    assert_eq!(silent, "Unreachable(\"dynamodb has not answered within 2.5s\")");
    let signature = caller.returned(&get("signature")).await;
    assert!(signature.starts_with("Failed(\"dynamodb does not accept the host's signature"), "{signature}");
}

#[tokio::test]
async fn without_the_setting_or_with_a_wrong_one_no_handler_is_loaded() {
    let unset = Package::handler(guests::caller()).start();
    let (_, says) = unset.error(&json!({})).await;
    assert!(says.contains("signed-requests@0.1.1 (it is granted only if GOBLET_SIGNED_REQUESTS is set."), "{says}");
    let wrong = Package::handler(guests::caller()).variable(SETTING, "dynamodb:GetItem:chat").start();
    let (error_type, says) = wrong.error(&json!({})).await;
    assert_eq!(error_type, "Handler.NotLoaded");
    assert!(says.contains(r#"GOBLET_SIGNED_REQUESTS has "dynamodb:GetItem:chat""#), "{says}");
}
