//! What an event has to have, by the names that API Gateway gives to the parts of a request:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-authorizer.html>.

use std::{fmt, str::FromStr};

use serde_json::{Map, Value};

/// A part of a request: `route.request.header.Auth`, `route.request.querystring.token`, `context.stage` or
/// `stageVariables.color`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    source: Source,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Header,
    Query,
    Context,
    StageVariable,
}

const SOURCES: [(&str, Source); 4] = [
    ("route.request.header.", Source::Header),
    ("route.request.querystring.", Source::Query),
    ("context.", Source::Context),
    ("stageVariables.", Source::StageVariable),
];

/// Why a text names no part of a request.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is no part of a request: write route.request.header.NAME, route.request.querystring.NAME, context.NAME or \
     stageVariables.NAME"
)]
pub struct ParameterError(String);

impl FromStr for Parameter {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.strip_prefix('$').unwrap_or(text);
        let found = SOURCES.iter().find_map(|(prefix, source)| Some((plain.strip_prefix(prefix)?, *source)));
        match found {
            Some((name, source)) if !name.is_empty() => Ok(Self { source, name: name.to_owned() }),
            _ => Err(ParameterError(text.to_owned())),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl Parameter {
    /// Whether an event has it, and it is not empty.
    pub(crate) fn is_in(&self, event: &Map<String, Value>) -> bool {
        let part = |name: &str| event.get(name).unwrap_or(&Value::Null);
        let value = match self.source {
            Source::Header => header(event, &self.name),
            Source::Query => part("queryStringParameters").get(&self.name),
            Source::StageVariable => part("stageVariables").get(&self.name),
            Source::Context => self.name.split('.').try_fold(part("requestContext"), |value, name| value.get(name)),
        };
        !matches!(value, None | Some(Value::Null)) && value.and_then(Value::as_str) != Some("")
    }
}

/// A header of an event. Names of headers have no case.
pub(crate) fn header<'a>(event: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let headers = event.get("headers")?.as_object()?;
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_of_a_request() {
        let event = json!({
            "headers": {"Auth": "1", "empty": ""},
            "queryStringParameters": {"token": "2"},
            "requestContext": {"stage": "v1", "identity": {"sourceIp": "::1"}},
            "stageVariables": {"color": "red"},
        });
        let is_in = |text: &str| text.parse::<Parameter>().expect("valid").is_in(event.as_object().expect("is one"));
        for text in [
            "route.request.header.auth",
            "route.request.querystring.token",
            "context.identity.sourceIp",
            "$context.stage",
            "stageVariables.color",
        ] {
            assert!(is_in(text), "{text}");
        }
        for text in
            ["route.request.header.empty", "route.request.querystring.Token", "context.no.way", "stageVariables.x"]
        {
            assert!(!is_in(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "route.request.header.", "request.header.x", "method.request.header.x", "Auth"] {
            assert!(text.parse::<Parameter>().is_err(), "{text}");
        }
    }
}
