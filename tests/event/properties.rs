//! What is true of every event and every answer.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use goblet_host::{
    event::{Event, Payload},
    response::Response,
};
use proptest::{option, prelude::*};
use serde_json::Value;

use super::any;

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = Event::from_json(&text);
    }

    #[test]
    fn any_json_is_refused_with_a_reason(json in any::json_value()) {
        let error = Event::from_json(&json.to_string()).unwrap_err();
        prop_assert!(error.to_string().starts_with("not an event of a WebSocket API: "), "{error}");
    }

    #[test]
    fn an_event_with_any_value_in_it_is_read_or_refused(json in any::spoiled_event()) {
        if let Err(error) = Event::from_json(&json.to_string()) {
            let error = error.to_string();
            prop_assert!(error.starts_with("not an event") || error.contains("isBase64Encoded"), "{error}");
        }
    }

    #[test]
    fn an_event_is_what_it_was(event in any::event()) {
        prop_assert_eq!(Event::from_json(&any::to_json(&event).to_string()).unwrap(), event);
    }

    #[test]
    fn an_answer_always_has_a_status(status: u16, subprotocol in option::of(any::<String>())) {
        let json = serde_json::to_value(Response::status(status)).unwrap();
        prop_assert_eq!(&json["statusCode"], status);
        let json = serde_json::to_value(Response::accept(subprotocol.clone())).unwrap();
        prop_assert_eq!(&json["statusCode"], 200);
        prop_assert_eq!(json["headers"]["Sec-WebSocket-Protocol"].as_str(), subprotocol.as_deref());
    }

    #[test]
    fn an_answers_body_is_what_was_returned(payload in option::of(any::payload())) {
        let json = serde_json::to_value(Response::message(payload.clone())).unwrap();
        prop_assert_eq!(&json["statusCode"], 200);
        prop_assert_eq!(returned(&json), payload);
    }
}

/// As API Gateway reads it.
fn returned(json: &Value) -> Option<Payload> {
    let body = json["body"].as_str()?;
    if json["isBase64Encoded"] == true {
        Some(Payload::Binary(STANDARD.decode(body).unwrap()))
    } else {
        Some(Payload::Text(body.to_owned()))
    }
}
