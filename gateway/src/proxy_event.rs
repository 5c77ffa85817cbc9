//! The events that functions get (Lambda proxy integration), as JSON:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.

use bytes::Bytes;
use hyper::{HeaderMap, Uri, header::HeaderValue};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{api::Api, connection::Client, id, trace};

/// `23/Nov/2026:20:12:05 +0000`.
const REQUEST_TIME: &str = "%d/%b/%Y:%H:%M:%S +0000";

/// An event on its way to a function.
pub struct ProxyEvent {
    /// API Gateway's id of the event, which error frames name.
    pub request_id: String,
    /// The event as the function gets it.
    pub json: Bytes,
}

/// An event that is being put together.
struct Draft {
    request_id: String,
    json: Map<String, Value>,
}

impl ProxyEvent {
    /// A client asks to connect.
    pub fn connect(api: &Api, client: &Client, headers: &HeaderMap, uri: &Uri) -> Self {
        let mut event = Draft::new(api, client, "$connect", "CONNECT");
        let headers = upgrade_headers(headers, client);
        event.insert_multi("headers", "multiValueHeaders", &headers);
        let query = query(uri);
        if !query.is_empty() {
            event.insert_multi("queryStringParameters", "multiValueQueryStringParameters", &query);
        }
        event.finish()
    }

    /// A client sent a message.
    pub fn message(api: &Api, client: &Client, route_key: &str, body: &str) -> Self {
        let mut event = Draft::new(api, client, route_key, "MESSAGE");
        event.insert_context("messageId", id::new().into());
        event.json.insert("body".to_owned(), body.into());
        event.finish()
    }

    /// A connection is closed.
    pub fn disconnect(api: &Api, client: &Client, status_code: u16, reason: &str) -> Self {
        let mut event = Draft::new(api, client, "$disconnect", "DISCONNECT");
        event.insert_context("disconnectStatusCode", status_code.into());
        event.insert_context("disconnectReason", reason.into());
        let headers = [("Host", client.host.as_str()), ("x-api-key", ""), ("x-restapi", "")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        event.insert_multi("headers", "multiValueHeaders", &headers);
        event.finish()
    }
}

impl Draft {
    fn new(api: &Api, client: &Client, route_key: &str, event_type: &str) -> Self {
        let request_id = id::new();
        let now = Timestamp::now();
        let mut identity = Map::new();
        if let Some(user_agent) = &client.user_agent {
            identity.insert("userAgent".to_owned(), user_agent.as_str().into());
        }
        identity.insert("sourceIp".to_owned(), client.source_ip.to_string().into());
        let context = json!({
            "routeKey": route_key,
            "eventType": event_type,
            "extendedRequestId": request_id,
            "requestTime": now.strftime(REQUEST_TIME).to_string(),
            "messageDirection": "IN",
            "stage": api.stage,
            "connectedAt": client.connected_at.as_millisecond(),
            "requestTimeEpoch": now.as_millisecond(),
            "identity": identity,
            "requestId": request_id,
            "domainName": api.domain_name(),
            "connectionId": client.connection_id,
            "apiId": api.id,
        });
        let mut json = Map::new();
        json.insert("requestContext".to_owned(), context);
        json.insert("isBase64Encoded".to_owned(), false.into());
        if !api.stage_variables.is_empty() {
            json.insert("stageVariables".to_owned(), json!(api.stage_variables));
        }
        Self { request_id, json }
    }

    fn finish(self) -> ProxyEvent {
        // A boxed slice has no spare capacity.
        let json = Value::Object(self.json).to_string().into_bytes().into_boxed_slice();
        ProxyEvent { request_id: self.request_id, json: json.into() }
    }

    fn insert_context(&mut self, name: &str, value: Value) {
        self.json["requestContext"][name] = value;
    }

    /// Inserts headers or parameters twice: as an object with the last value of each name, and as one with all values.
    fn insert_multi(&mut self, single: &str, multi: &str, pairs: &[(String, String)]) {
        let (mut last, mut all) = (Map::new(), Map::new());
        for (name, value) in pairs {
            last.insert(name.clone(), value.as_str().into());
            let values = all.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(value.as_str().into());
            }
        }
        self.json.insert(single.to_owned(), last.into());
        self.json.insert(multi.to_owned(), all.into());
    }
}

/// The headers of the upgrade request, without those that concern only the client and the gateway, and with those that
/// API Gateway adds.
fn upgrade_headers(headers: &HeaderMap, client: &Client) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let from_client = headers
        .iter()
        .filter(|(name, _)| !["connection", "upgrade"].contains(&name.as_str()))
        .map(|(name, value)| (canonical(name.as_str()), text(value)));
    let added = [
        ("X-Amzn-Trace-Id", format!("Root={}", trace::root())),
        ("X-Forwarded-For", client.source_ip.to_string()),
        ("X-Forwarded-Port", client.port.to_string()),
        ("X-Forwarded-Proto", "http".to_owned()),
    ];
    from_client.chain(added.map(|(name, value)| (name.to_owned(), value))).collect()
}

/// Restores the usual spelling of a header's name, such as `Sec-WebSocket-Key`. API Gateway keeps names as the client
/// wrote them, but hyper makes them lowercase.
fn canonical(name: &str) -> String {
    let word = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        word => word[..1].to_ascii_uppercase() + &word[1..],
    };
    name.split('-').map(|part| if part.is_empty() { String::new() } else { word(part) }).collect::<Vec<_>>().join("-")
}

fn query(uri: &Uri) -> Vec<(String, String)> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}
