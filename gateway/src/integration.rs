//! A route's integration: it invokes the route's function with an event, and reads the function's answer.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Map, Value};

use crate::{
    lambda::{Function, InvokeError},
    mapping::{Mapping, MappingError},
    text::shortened,
};

/// What answers a route's events.
#[derive(Clone)]
pub enum Integration {
    /// A function, which gets the event as it is (`AWS_PROXY`).
    Function(Arc<Function>),
    /// A function, which gets what templates make of the event (`AWS`). They make the client's message of its response.
    Mapped(Arc<Function>, Arc<Mapping>),
    /// Templates alone (`MOCK`).
    Mock(Arc<Mapping>),
    /// Nothing: it cannot be served here. The client gets what it gets from an integration that fails. The text says why,
    /// for the developer.
    Unserved(String),
}

impl Integration {
    /// Its function, if it has one.
    #[must_use]
    pub fn function(&self) -> Option<&Arc<Function>> {
        match self {
            Self::Function(function) | Self::Mapped(function, _) => Some(function),
            Self::Mock(_) | Self::Unserved(_) => None,
        }
    }
}

/// How much of a text is shown of what a template made, in bytes.
const MAX_SHOWN: usize = 160;

/// What a proxy response may have:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>.
const KEYS: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/// What a function answered.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    /// The response header `Sec-WebSocket-Protocol`.
    pub subprotocol: Option<String>,
    pub body: Option<Bytes>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum IntegrationError {
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// The function returned something other than what API Gateway asks for.
    #[error("the function's response {0}")]
    Malformed(Cow<'static, str>),
    #[error("the function did not answer within {} s, API Gateway's integration timeout", .0.as_secs_f64())]
    TimedOut(Duration),
    /// A mapping template fails.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A `MOCK` integration's request template has to say which status it answers with.
    #[error("the request template of a MOCK integration gives no JSON object with an integer statusCode: {0}")]
    NoMockStatus(String),
    /// Lambda refuses what is no JSON (`InvalidRequestContentException`):
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>.
    #[error("Lambda takes JSON only, and the integration's request is none ({0}): {1}")]
    NoJson(serde_json::Error, String),
    /// The integration cannot be served here.
    #[error("{0}")]
    Unserved(String),
}

impl IntegrationError {
    /// What a client that asks to connect is refused with.
    pub fn status(&self) -> StatusCode {
        match self {
            // API Gateway keeps Lambda's 429 to itself: <https://repost.aws/questions/QUfI6bsdd0SOiPeyimzxSkfQ>.
            Self::Invoke(InvokeError::Throttled(_))
            | Self::Unserved(_)
            | Self::Mapping(_)
            | Self::NoMockStatus(_)
            | Self::NoJson(..) => StatusCode::INTERNAL_SERVER_ERROR,
            // INTEGRATION_TIMEOUT of
            // <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.
            Self::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_GATEWAY,
        }
    }
}

/// Asks an integration about an event, which is JSON. Templates for the client's message are used only if the route is
/// two-way:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html>.
pub async fn invoke(
    integration: &Integration,
    event: Bytes,
    timeout: Duration,
    is_two_way: bool,
) -> Result<Answer, IntegrationError> {
    match integration {
        Integration::Function(function) => {
            let response = ask(function, event, timeout).await?;
            Answer::from_response(&response).map_err(IntegrationError::Malformed)
        }
        Integration::Mapped(function, mapping) => mapped(function, mapping, &event, timeout, is_two_way).await,
        Integration::Mock(mapping) => mocked(mapping, &event, is_two_way),
        Integration::Unserved(reason) => Err(IntegrationError::Unserved(reason.clone())),
    }
}

async fn ask(function: &Function, event: Bytes, timeout: Duration) -> Result<Bytes, IntegrationError> {
    let response = tokio::time::timeout(timeout, function.invoke(event));
    Ok(response.await.map_err(|_| IntegrationError::TimedOut(timeout))??)
}

/// An event and the stage's variables, for templates.
fn for_templates(event: &Bytes) -> (Value, BTreeMap<String, String>) {
    let event: Value = serde_json::from_slice(event).unwrap_or_default();
    let variables = serde_json::from_value(event["stageVariables"].clone()).unwrap_or_default();
    (event, variables)
}

async fn mapped(
    function: &Function,
    mapping: &Mapping,
    event: &Bytes,
    timeout: Duration,
    is_two_way: bool,
) -> Result<Answer, IntegrationError> {
    let (event, variables) = for_templates(event);
    let request = match mapping.request(&event, &variables)? {
        // To Lambda, no payload at all is an empty object.
        request if request.is_empty() => "{}".to_owned(),
        request => request,
    };
    if let Err(error) = serde_json::from_str::<Value>(&request) {
        return Err(IntegrationError::NoJson(error, shortened(&request, MAX_SHOWN)));
    }
    let response = ask(function, request.into(), timeout).await?;
    let mut answer = Answer { status: StatusCode::OK, subprotocol: None, body: None };
    if is_two_way {
        let response = String::from_utf8_lossy(&response);
        let body = mapping.response(answer.status.as_u16(), &response, &event, &variables)?;
        answer.body = Some(body.unwrap_or_else(|| response.into_owned()).into());
    }
    Ok(answer)
}

fn mocked(mapping: &Mapping, event: &Bytes, is_two_way: bool) -> Result<Answer, IntegrationError> {
    let (event, variables) = for_templates(event);
    let request = mapping.request(&event, &variables)?;
    let status = serde_json::from_str::<Value>(&request).ok().and_then(|request| request["statusCode"].as_u64());
    let status =
        status.and_then(|status| u16::try_from(status).ok()).and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| IntegrationError::NoMockStatus(shortened(&request, MAX_SHOWN)))?;
    let mut answer = Answer { status, subprotocol: None, body: None };
    if is_two_way {
        answer.body = mapping.response(status.as_u16(), &request, &event, &variables)?.map(Bytes::from);
    }
    Ok(answer)
}

impl Answer {
    fn from_response(response: &[u8]) -> Result<Self, Cow<'static, str>> {
        let response: Map<String, Value> =
            serde_json::from_slice(response).map_err(|_| "is no JSON object with a statusCode")?;
        // A key too many is malformed: <https://github.com/middyjs/middy/issues/1219>.
        if let Some(key) = response.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let key = shortened(key, MAX_SHOWN);
            return Err(format!("has the key {key:?} besides {}", KEYS.join(", ")).into());
        }
        let status = match response.get("statusCode") {
            // A text is taken: <https://github.com/localstack/localstack/pull/11199>.
            Some(Value::String(status)) => status.parse().ok(),
            status => status.and_then(Value::as_u64),
        };
        let status = status.ok_or("has no integer statusCode")?;
        let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let body = match response.get("body") {
            None | Some(Value::Null) => None,
            Some(Value::String(body)) if response.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
                let body = STANDARD.decode(body);
                Some(body.map_err(|_| "has a body that claims to be base64 (isBase64Encoded) and is not")?.into())
            }
            Some(Value::String(body)) => Some(Bytes::from(body.clone())),
            Some(_) => return Err("has a body that is no string".into()),
        };
        Ok(Self {
            status: status.ok_or("has a statusCode that is no HTTP status")?,
            subprotocol: subprotocol(&response),
            body,
        })
    }
}

fn subprotocol(response: &Map<String, Value>) -> Option<String> {
    let headers = response.get("headers")?.as_object()?;
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Protocol"))?;
    value.as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_may_have_more() {
        let answer = |response: &str| Answer::from_response(response.as_bytes());
        let empty = Answer { status: StatusCode::OK, subprotocol: None, body: None };
        for response in [r#"{"statusCode": 200}"#, r#"{"statusCode": "200", "multiValueHeaders": {}}"#] {
            assert_eq!(answer(response).as_ref(), Ok(&empty));
        }
        let full = r#"{"statusCode": 200, "headers": {"sec-websocket-protocol": "chat"}, "body": "foo"}"#;
        let full = answer(full).expect("is valid");
        assert_eq!((full.subprotocol.as_deref(), full.body.as_deref()), (Some("chat"), Some(b"foo".as_slice())));
        let binary = answer(r#"{"statusCode": 200, "body": "/w==", "isBase64Encoded": true}"#).expect("is valid");
        assert_eq!(binary.body.as_deref(), Some([255].as_slice()));
    }

    #[test]
    fn anything_else_is_malformed() {
        for response in [
            "",
            "null",
            "\"ok\"",
            "{}",
            r#"{"statusCode": "no"}"#,
            r#"{"statusCode": 99}"#,
            r#"{"statusCode": "2e2"}"#,
            r#"{"statusCode": 200, "cookies": []}"#,
            r#"{"statusCode": 200, "body": {}}"#,
            r#"{"statusCode": 200, "body": "!", "isBase64Encoded": true}"#,
        ] {
            assert!(Answer::from_response(response.as_bytes()).is_err(), "{response}");
        }
        let error = Answer::from_response(br#"{"statusCode": 200, "cookies": []}"#).expect_err("a key too many");
        assert!(error.starts_with("has the key \"cookies\" besides statusCode, headers,"), "{error}");
    }
}
