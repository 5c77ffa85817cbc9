//! The events of a WebSocket API. API Gateway delivers them as JSON (Lambda proxy integration):
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

/// Something that a client did.
///
/// ```
/// use goblet_host::event::{Event, Payload};
///
/// let event = Event::from_json(
///     r#"{
///         "requestContext": {
///             "eventType": "MESSAGE", "routeKey": "$default", "messageId": "XfVRYGf_IAMFxMh=",
///             "connectionId": "L0SM9cOFvHcCIhw=", "connectedAt": 1795464725000, "requestId": "XfVRYGf_IAMFxMg=",
///             "apiId": "abc", "stage": "api", "domainName": "abc.execute-api.us-east-1.amazonaws.com",
///             "identity": {"sourceIp": "192.0.2.1"}
///         },
///         "body": "foo"
///     }"#,
/// )
/// .unwrap();
/// let Event::Message(message) = event else { panic!("not a message") };
/// assert_eq!(message.request.connection_id, "L0SM9cOFvHcCIhw=");
/// assert_eq!(message.body, Payload::from("foo"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A client asks to connect.
    Connect(ConnectEvent),
    /// A client sent a message.
    Message(MessageEvent),
    /// A connection is closed.
    Disconnect(DisconnectEvent),
}

/// What every event says about its connection and about where it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The connection's id, e.g. `L0SM9cOFvHcCIhw=`.
    pub connection_id: String,
    /// API Gateway's id of this event.
    pub request_id: String,
    /// The route key: `$connect`, `$default`, `$disconnect` or a custom one.
    pub route_key: String,
    /// The host name that the client connected to.
    pub domain_name: String,
    /// The deployment stage.
    pub stage: String,
    /// The API's id.
    pub api_id: String,
    /// When the connection was established, in ms since the Unix epoch.
    pub connected_at: u64,
    /// The client's IP address.
    pub source_ip: String,
    /// The client's `User-Agent`, if it sent one.
    pub user_agent: Option<String>,
    /// What the API's authorizer returned, by name. Values that are not strings are JSON.
    pub authorizer: Vec<(String, String)>,
    /// The stage's variables, by name.
    pub stage_variables: Vec<(String, String)>,
}

/// A client asks to connect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectEvent {
    /// The connection that the client asks for.
    pub request: Request,
    /// The headers of the upgrade request. A header that is sent twice is in the list twice.
    pub headers: Vec<(String, String)>,
    /// The parameters of the query string, decoded. A parameter that is given twice is in the list twice.
    pub query: Vec<(String, String)>,
}

/// A client sent a message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageEvent {
    /// The connection that the message came on.
    pub request: Request,
    /// API Gateway's id of this message.
    pub message_id: String,
    /// The message.
    pub body: Payload,
}

/// A connection is closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisconnectEvent {
    /// The connection that is closed.
    pub request: Request,
    /// The WebSocket close code (RFC 6455, 7.4).
    pub status_code: u16,
    /// The reason in words. It may be empty.
    pub reason: String,
}

/// The content of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Text. API Gateway delivers it as a text frame.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
}

impl Payload {
    /// The content as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Why a JSON text is not an event of a WebSocket API.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A field is missing or has the wrong type. The text names it.
    #[error(
        "not an event of a WebSocket API: {0}. This function answers the $connect, $disconnect and message routes \
         of an API Gateway WebSocket API (Lambda proxy integration)"
    )]
    NotWebSocket(String),
    /// `isBase64Encoded` is true, but `body` cannot be decoded.
    #[error("the event's body claims to be base64 (isBase64Encoded) and is not: {0}")]
    Base64(#[from] base64::DecodeError),
}

impl Event {
    /// Reads an event from the JSON that Lambda delivers.
    ///
    /// # Errors
    ///
    /// [`EventError`] names the field that is missing or wrong.
    pub fn from_json(json: &str) -> Result<Self, EventError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let raw: RawEvent = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| EventError::NotWebSocket(error.to_string()))?;
        raw.try_into()
    }

    /// A message on a connection, for tests.
    #[must_use]
    pub fn message(connection_id: &str, body: &str) -> Self {
        Self::Message(MessageEvent {
            request: Request::of(connection_id, "$default"),
            message_id: "message-1".to_owned(),
            body: body.into(),
        })
    }

    /// A client asks to connect, for tests.
    #[must_use]
    pub fn connect(connection_id: &str) -> Self {
        let request = Request::of(connection_id, "$connect");
        Self::Connect(ConnectEvent { request, ..ConnectEvent::default() })
    }

    /// A connection was closed normally (1000), for tests.
    #[must_use]
    pub fn disconnect(connection_id: &str) -> Self {
        Self::Disconnect(DisconnectEvent {
            request: Request::of(connection_id, "$disconnect"),
            status_code: 1000,
            reason: "Connection Closed Normally".to_owned(),
        })
    }

    /// What every event says about its connection and about where it came from.
    #[must_use]
    pub fn request(&self) -> &Request {
        match self {
            Self::Connect(event) => &event.request,
            Self::Message(event) => &event.request,
            Self::Disconnect(event) => &event.request,
        }
    }
}

impl Request {
    fn of(connection_id: &str, route_key: &str) -> Self {
        Self {
            connection_id: connection_id.to_owned(),
            request_id: "request-1".to_owned(),
            route_key: route_key.to_owned(),
            domain_name: "localhost".to_owned(),
            stage: "test".to_owned(),
            api_id: "local".to_owned(),
            source_ip: "127.0.0.1".to_owned(),
            ..Self::default()
        }
    }
}

/// An event as Lambda delivers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEvent {
    request_context: RequestContext,
    headers: Option<BTreeMap<String, String>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    query_string_parameters: Option<BTreeMap<String, String>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    stage_variables: Option<BTreeMap<String, String>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    event_type: EventType,
    connection_id: String,
    request_id: String,
    route_key: String,
    domain_name: String,
    stage: String,
    api_id: String,
    connected_at: u64,
    identity: Identity,
    authorizer: Option<BTreeMap<String, Value>>,
    message_id: Option<String>,
    disconnect_status_code: Option<u16>,
    disconnect_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum EventType {
    Connect,
    Message,
    Disconnect,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    source_ip: String,
    user_agent: Option<String>,
}

impl TryFrom<RawEvent> for Event {
    type Error = EventError;

    fn try_from(raw: RawEvent) -> Result<Self, EventError> {
        let context = raw.request_context;
        let request = Request {
            connection_id: context.connection_id,
            request_id: context.request_id,
            route_key: context.route_key,
            domain_name: context.domain_name,
            stage: context.stage,
            api_id: context.api_id,
            connected_at: context.connected_at,
            source_ip: context.identity.source_ip,
            user_agent: context.identity.user_agent,
            authorizer: context.authorizer.into_iter().flatten().map(|(name, value)| (name, plain(value))).collect(),
            stage_variables: raw.stage_variables.into_iter().flatten().collect(),
        };
        match context.event_type {
            EventType::Connect => Ok(Self::Connect(ConnectEvent {
                request,
                headers: pairs(raw.multi_value_headers, raw.headers),
                query: pairs(raw.multi_value_query_string_parameters, raw.query_string_parameters),
            })),
            EventType::Message => Ok(Self::Message(MessageEvent {
                request,
                message_id: context
                    .message_id
                    .ok_or_else(|| EventError::NotWebSocket("requestContext: missing field `messageId`".to_owned()))?,
                body: body(raw.body.unwrap_or_default(), raw.is_base64_encoded.unwrap_or(false))?,
            })),
            EventType::Disconnect => Ok(Self::Disconnect(DisconnectEvent {
                request,
                // 1005 is RFC 6455's "no status code was present".
                status_code: context.disconnect_status_code.unwrap_or(1005),
                reason: context.disconnect_reason.unwrap_or_default(),
            })),
        }
    }
}

fn body(body: String, is_base64_encoded: bool) -> Result<Payload, EventError> {
    if is_base64_encoded { Ok(Payload::Binary(STANDARD.decode(body)?)) } else { Ok(Payload::Text(body)) }
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn pairs(
    multi: Option<BTreeMap<String, Vec<String>>>,
    single: Option<BTreeMap<String, String>>,
) -> Vec<(String, String)> {
    match multi {
        Some(multi) => multi
            .into_iter()
            .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
            .collect(),
        None => single.into_iter().flatten().collect(),
    }
}
