//! The response of an invocation, as API Gateway reads it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::event::Payload;

/// A Lambda proxy response. It always has a `statusCode`: without it, API Gateway sees a failure.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// An HTTP status. For `$connect`, 2xx establishes the connection, and any other status refuses it.
    pub status_code: u16,
    /// The headers. API Gateway reads one, on `$connect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// The message that a two-way route sends to the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether `body` is base64.
    pub is_base64_encoded: bool,
}

/// The one header that API Gateway reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Headers {
    /// The subprotocol that the handler picked.
    #[serde(rename = "Sec-WebSocket-Protocol")]
    pub subprotocol: String,
}

impl Response {
    /// A response that is only a status.
    #[must_use]
    pub fn status(status_code: u16) -> Self {
        Self { status_code, ..Self::default() }
    }

    /// Accepts a connection, with the subprotocol that the handler picked, if any.
    #[must_use]
    pub fn accept(subprotocol: Option<String>) -> Self {
        Self { headers: subprotocol.map(|subprotocol| Headers { subprotocol }), ..Self::status(200) }
    }

    /// Answers a message, with the payload that a two-way route sends to the client, if any.
    #[must_use]
    pub fn message(payload: Option<Payload>) -> Self {
        match payload {
            None => Self::status(200),
            Some(Payload::Text(text)) => Self { body: Some(text), ..Self::status(200) },
            Some(Payload::Binary(bytes)) => {
                Self { body: Some(STANDARD.encode(bytes)), is_base64_encoded: true, ..Self::status(200) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_what_api_gateway_reads() {
        let json = |response| serde_json::to_value::<Response>(response).expect("serializes");
        assert_eq!(json(Response::status(401)), json!({"statusCode": 401, "isBase64Encoded": false}));
        assert_eq!(
            json(Response::accept(Some("chat".into()))),
            json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat"}, "isBase64Encoded": false})
        );
        assert_eq!(
            json(Response::message(Some(Payload::Binary(vec![255])))),
            json!({"statusCode": 200, "body": "/w==", "isBase64Encoded": true})
        );
    }
}
