//! What is no event is refused with the name of its field.

use goblet_host::event::Event;
use serde_json::{Value, json};

fn error(json: &Value) -> String {
    Event::from_json(&json.to_string()).unwrap_err().to_string()
}

fn event(fixture: &str) -> Value {
    serde_json::from_str(fixture).unwrap()
}

/// A message with another value at a place.
fn spoiled(pointer: &str, value: Value) -> Value {
    let mut event = event(include_str!("message.json"));
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

#[test]
fn other_events() {
    assert!(error(&json!(null)).contains("null"));
    assert!(error(&json!({})).contains("missing field `requestContext`"));
    let rest = json!({"httpMethod": "GET", "path": "/", "requestContext": {"stage": "api", "requestId": "1"}});
    assert!(error(&rest).contains("requestContext: missing field `eventType`"), "{}", error(&rest));
}

#[test]
fn fields_of_the_wrong_type() {
    for (field, value) in [
        ("connectionId", json!(7)),
        ("connectedAt", json!("today")),
        ("identity", json!([])),
        ("eventType", json!("MASSAGE")),
        ("disconnectStatusCode", json!(65536)),
    ] {
        let mut event = event(include_str!("disconnect.json"));
        event["requestContext"][field] = value;
        assert!(error(&event).contains(&format!("requestContext.{field}: ")), "{}", error(&event));
    }
}

#[test]
fn a_message_without_an_id() {
    let error = error(&spoiled("/requestContext/messageId", Value::Null));
    assert!(error.contains("requestContext: missing field `messageId`"), "{error}");
}

#[test]
fn a_body_that_is_not_the_base64_it_claims_to_be() {
    let error = error(&spoiled("/isBase64Encoded", json!(true)));
    assert!(error.contains("isBase64Encoded"), "{error}");
}
