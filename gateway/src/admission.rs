//! What a client needs to connect, before the `$connect` route is asked.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Map, Value};
use tokio::time;

use crate::{
    integration::Integration,
    lambda::{Function, InvokeError},
    limits::INTEGRATION_TIMEOUT,
    parameter::{Parameter, header},
    policy::{self, Decision},
};

/// What a client needs to connect. By default, nothing.
#[derive(Clone, Default)]
pub struct Admission {
    /// The Lambda authorizer that decides.
    pub authorizer: Option<Authorizer>,
    /// The API keys, one of which a client has to have.
    pub api_keys: Option<ApiKeys>,
    /// What the request has to have.
    pub required_parameters: Vec<Parameter>,
}

/// A Lambda authorizer of type `REQUEST`:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>.
#[derive(Clone)]
pub struct Authorizer {
    /// The function, or why it cannot be served.
    pub integration: Integration,
    /// What the request has to have before the function is asked.
    pub identity_sources: Vec<Parameter>,
}

/// Which API keys are taken.
#[derive(Clone)]
pub struct ApiKeys {
    /// Where a client's key is.
    pub source: ApiKeySource,
    /// The keys. If there are none, any is taken.
    pub values: Vec<String>,
}

/// Where a client's API key is:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ApiKeySource {
    /// The header `x-api-key`: `$request.header.x-api-key`.
    Header,
    /// What the authorizer says: `$context.authorizer.usageIdentifierKey`.
    Authorizer,
}

/// Why a client is not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmissionError {
    #[error("the identity source {0} of the authorizer is missing or empty")]
    NoIdentity(Parameter),
    #[error("the authorizer says Unauthorized")]
    Unauthorized,
    #[error("the authorizer's policy denies it")]
    Denied,
    #[error("the authorizer's policy does not allow {0}")]
    NotAllowed(String),
    #[error("the authorizer fails: {0}")]
    Invoke(InvokeError),
    #[error("the authorizer did not answer within {} s", INTEGRATION_TIMEOUT.as_secs())]
    TimedOut,
    #[error("the authorizer cannot be served: {0}")]
    Unserved(String),
    #[error("the authorizer's response {0}")]
    Malformed(String),
    #[error("the header x-api-key is missing, or has no key of the API")]
    ApiKey,
    #[error("the parameter {0} is missing")]
    Parameter(Parameter),
}

impl AdmissionError {
    /// What the client is answered: <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.
    pub fn answer(&self) -> (StatusCode, String) {
        let (status, message) = match self {
            Self::NoIdentity(_) | Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Denied | Self::NotAllowed(_) | Self::ApiKey => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::Parameter(parameter) => {
                return (StatusCode::BAD_REQUEST, format!("Missing required request parameters: [{parameter}]"));
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
        };
        (status, message.to_owned())
    }
}

/// What an authorizer says about a client that it lets in.
struct Grant {
    /// What later events have in `requestContext.authorizer`.
    context: Map<String, Value>,
    usage_identifier_key: Option<String>,
}

impl Admission {
    /// Lets a client in, whose event for an authorizer this is. Returns what the authorizer says about it.
    pub(crate) async fn let_in(
        &self,
        event: &Map<String, Value>,
    ) -> Result<Option<Arc<Map<String, Value>>>, AdmissionError> {
        let grant = match &self.authorizer {
            None => None,
            Some(authorizer) => Some(authorizer.ask(event).await?),
        };
        if let Some(api_keys) = &self.api_keys {
            let key = match api_keys.source {
                ApiKeySource::Header => header(event, "x-api-key").and_then(Value::as_str),
                ApiKeySource::Authorizer => grant.as_ref().and_then(|grant| grant.usage_identifier_key.as_deref()),
            };
            let is_taken = |key: &&str| !key.is_empty() && api_keys.are(key);
            key.filter(is_taken).ok_or(AdmissionError::ApiKey)?;
        }
        if let Some(missing) = self.required_parameters.iter().find(|parameter| !parameter.is_in(event)) {
            return Err(AdmissionError::Parameter(missing.clone()));
        }
        Ok(grant.map(|grant| Arc::new(grant.context)))
    }

    /// The function that is asked, if there is one.
    pub(crate) fn function(&self) -> Option<&Arc<Function>> {
        self.authorizer.as_ref().and_then(|authorizer| authorizer.integration.function())
    }
}

impl ApiKeys {
    fn are(&self, key: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|value| value == key)
    }
}

impl Authorizer {
    async fn ask(&self, event: &Map<String, Value>) -> Result<Grant, AdmissionError> {
        if let Some(missing) = self.identity_sources.iter().find(|source| !source.is_in(event)) {
            return Err(AdmissionError::NoIdentity(missing.clone()));
        }
        let function = match &self.integration {
            Integration::Unserved(reason) => return Err(AdmissionError::Unserved(reason.clone())),
            Integration::Function(function) | Integration::Mapped(function, _) => function,
            Integration::Mock(_) => return Err(AdmissionError::Unserved("it is a MOCK integration".to_owned())),
        };
        let start = Instant::now();
        let invoked =
            time::timeout(INTEGRATION_TIMEOUT, function.invoke(Value::Object(event.clone()).to_string().into())).await;
        let response = invoked.map_err(|_| AdmissionError::TimedOut)?.map_err(|error| match error {
            InvokeError::Function { error_message, .. } if error_message == "Unauthorized" => {
                AdmissionError::Unauthorized
            }
            error => AdmissionError::Invoke(error),
        })?;
        let arn = event.get("methodArn").and_then(Value::as_str).unwrap_or_default();
        let mut grant = read(&response, arn)?;
        let latency = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        grant.context.insert("integrationLatency".to_owned(), latency.into());
        Ok(grant)
    }
}

/// Reads an authorizer's response: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>.
fn read(response: &Bytes, arn: &str) -> Result<Grant, AdmissionError> {
    let malformed = |what: &str| AdmissionError::Malformed(what.to_owned());
    let response: Map<String, Value> =
        serde_json::from_slice(response).map_err(|_| malformed("is no JSON object with a principalId"))?;
    let text = |name: &str| response.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let principal = text("principalId").ok_or_else(|| malformed("has no principalId"))?;
    let policy = response.get("policyDocument").ok_or_else(|| malformed("has no policyDocument"))?;
    match policy::decide(policy, arn).map_err(AdmissionError::Malformed)? {
        Decision::Allowed => {}
        Decision::Denied => return Err(AdmissionError::Denied),
        Decision::NotAllowed => return Err(AdmissionError::NotAllowed(arn.to_owned())),
    }
    let mut context = Map::new();
    match response.get("context") {
        None | Some(Value::Null) => {}
        Some(Value::Object(values)) => {
            for (name, value) in values {
                context.insert(name.clone(), context_value(name, value)?);
            }
        }
        Some(_) => return Err(malformed("has a context that is no object")),
    }
    context.insert("principalId".to_owned(), principal.into());
    Ok(Grant { context, usage_identifier_key: text("usageIdentifierKey") })
}

/// Functions get numbers and booleans as text: <https://github.com/DefinitelyTyped/DefinitelyTyped/pull/69823>.
fn context_value(name: &str, value: &Value) -> Result<Value, AdmissionError> {
    match value {
        Value::Null | Value::String(_) => Ok(value.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string().into()),
        Value::Array(_) | Value::Object(_) => Err(AdmissionError::Malformed(format!(
            "has a context whose {name} is a list or an object; only texts, numbers and booleans may be there"
        ))),
    }
}
