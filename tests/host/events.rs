//! Events as API Gateway delivers them.

use serde_json::{Value, json};

/// The connection that events come from.
pub const CONNECTION_ID: &str = "L0SM9cOFvHcCIhw=";

/// API Gateway's id of each event.
pub const REQUEST_ID: &str = "XfVRYGf_IAMFxMg=";

pub fn connect(query: &Value) -> Value {
    let mut event = event("CONNECT", "$connect");
    event["headers"] = json!({"Host": "chat.example.com", "Cookie": "b"});
    event["multiValueHeaders"] = json!({"Host": ["chat.example.com"], "Cookie": ["a", "b"]});
    if let Some(parameters) = query.as_object() {
        event["queryStringParameters"] = query.clone();
        event["multiValueQueryStringParameters"] =
            parameters.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    }
    event
}

pub fn message(body: &str) -> Value {
    let mut event = event("MESSAGE", "$default");
    event["requestContext"]["messageId"] = "XfVRYGf_IAMFxMh=".into();
    event["body"] = body.into();
    event
}

/// A body in base64.
pub fn encoded_message(body: &str) -> Value {
    let mut event = message(body);
    event["isBase64Encoded"] = true.into();
    event
}

pub fn disconnect(status_code: u16, reason: &str) -> Value {
    let mut event = event("DISCONNECT", "$disconnect");
    event["requestContext"]["disconnectStatusCode"] = status_code.into();
    event["requestContext"]["disconnectReason"] = reason.into();
    event
}

fn event(event_type: &str, route_key: &str) -> Value {
    json!({
        "requestContext": {
            "routeKey": route_key,
            "eventType": event_type,
            "extendedRequestId": REQUEST_ID,
            "requestTime": "23/Nov/2026:20:12:05 +0000",
            "messageDirection": "IN",
            "stage": "api",
            "connectedAt": 1_795_464_725_000_u64,
            "requestTimeEpoch": 1_795_464_725_001_u64,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "test"},
            "requestId": REQUEST_ID,
            "domainName": "abc.execute-api.us-east-1.amazonaws.com",
            "connectionId": CONNECTION_ID,
            "apiId": "abc",
        },
        "isBase64Encoded": false,
    })
}
