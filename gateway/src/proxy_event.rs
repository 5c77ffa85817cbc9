//! The events that functions get (Lambda proxy integration), as JSON:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.

use bytes::Bytes;
use hyper::Uri;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{api::Api, connection::Client, id, request_head::RequestHead, trace};

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

/// The event when a client asks to connect. An authorizer is asked about it first.
pub struct ConnectEvent {
    request_id: String,
    for_authorizer: Map<String, Value>,
}

impl ConnectEvent {
    /// The event of a request to connect.
    pub fn new(api: &Api, client: &Client, head: &RequestHead, uri: &Uri) -> Self {
        let mut event = Draft::new(api, client, "$connect", "CONNECT");
        event.insert_multi("headers", "multiValueHeaders", &upgrade_headers(head, client));
        let query = query(uri);
        if !query.is_empty() {
            event.insert_multi("queryStringParameters", "multiValueQueryStringParameters", &query);
        }
        let arn = api.region.arn("execute-api", &format!("{}/{}/$connect", api.id, api.stage));
        event.json.insert("type".to_owned(), "REQUEST".into());
        event.json.insert("methodArn".to_owned(), arn.into());
        event.json.entry("stageVariables").or_insert_with(|| Map::new().into());
        Self { request_id: event.request_id, for_authorizer: event.json }
    }

    /// API Gateway's id of the event.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The event as an authorizer gets it:
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>.
    pub fn for_authorizer(&self) -> &Map<String, Value> {
        &self.for_authorizer
    }

    /// The event as the `$connect` route's function gets it.
    pub fn authorized(self, client: &Client) -> ProxyEvent {
        let mut json = self.for_authorizer;
        for name in ["type", "methodArn"] {
            json.remove(name);
        }
        if json["stageVariables"].as_object().is_some_and(Map::is_empty) {
            json.remove("stageVariables");
        }
        // What concerns only the client and the gateway.
        for headers in ["headers", "multiValueHeaders"] {
            if let Some(headers) = json[headers].as_object_mut() {
                headers.retain(|name, _| !["connection", "upgrade"].contains(&name.to_lowercase().as_str()));
            }
        }
        let mut draft = Draft { request_id: self.request_id, json };
        if let Some(authorizer) = &client.authorizer {
            draft.insert_context("authorizer", Value::Object(authorizer.as_ref().clone()));
        }
        draft.finish()
    }
}

impl Draft {
    fn new(api: &Api, client: &Client, route_key: &str, event_type: &str) -> Self {
        let request_id = id::new();
        let now = Timestamp::now();
        let mut context = client.context(&api.id, &api.region);
        for (name, value) in [
            ("routeKey", route_key.into()),
            ("eventType", event_type.into()),
            ("extendedRequestId", request_id.as_str().into()),
            ("requestTime", now.strftime(REQUEST_TIME).to_string().into()),
            ("messageDirection", "IN".into()),
            ("stage", api.stage.as_str().into()),
            ("requestTimeEpoch", now.as_millisecond().into()),
            ("requestId", request_id.as_str().into()),
        ] {
            context[name] = value;
        }
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

/// The headers of the upgrade request, with those that API Gateway adds.
fn upgrade_headers(head: &RequestHead, client: &Client) -> Vec<(String, String)> {
    let added = [
        ("X-Amzn-Trace-Id", format!("Root={}", trace::root())),
        ("X-Forwarded-For", client.source_ip.to_string()),
        ("X-Forwarded-Port", client.port.to_string()),
        ("X-Forwarded-Proto", "http".to_owned()),
    ];
    head.0.iter().cloned().chain(added.map(|(name, value)| (name.to_owned(), value))).collect()
}

fn query(uri: &Uri) -> Vec<(String, String)> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}
