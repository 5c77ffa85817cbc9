//! Selection expressions, which make a key of a message:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>.

use std::{collections::BTreeMap, str::FromStr};

use serde_json::Value;

use crate::json_path::JsonPath;

/// A selection expression: text with variables in it, such as `${request.body.version}-beta`.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Variable(Source, JsonPath),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Body,
    Context,
    StageVariables,
}

const SOURCES: [(&str, Source); 3] =
    [("request.body", Source::Body), ("context", Source::Context), ("stageVariables", Source::StageVariables)];

/// What variables stand for.
pub struct Scope<'a> {
    /// The message, if it is JSON.
    pub body: Option<&'a Value>,
    /// `$context`.
    pub context: &'a Value,
    pub stage_variables: &'a BTreeMap<String, String>,
}

/// Why a text is no selection expression.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is no selection expression: write a path such as $request.body.action, with text around it as in \
     ${{request.body.action}}-beta"
)]
pub struct SelectionError(String);

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SelectionError(text.to_owned());
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(['$', '\\']) {
            plain.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some(after) = rest.strip_prefix("\\$") {
                plain.push('$');
                rest = after;
                continue;
            }
            let Some(after) = rest.strip_prefix('$') else {
                plain.push('\\');
                rest = &rest[1..];
                continue;
            };
            let name;
            (name, rest) = match after.strip_prefix('{') {
                Some(braced) => braced.split_once('}').ok_or_else(error)?,
                None => after.split_at(after.find(is_outside).unwrap_or(after.len())),
            };
            // The one key with a dollar sign. It need not be escaped.
            if name == "default" {
                plain.push_str("$default");
                continue;
            }
            let variable = variable(name).ok_or_else(error)?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(variable);
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        if parts.is_empty() { Err(error()) } else { Ok(Self(parts)) }
    }
}

/// Whether a character ends a variable that has no braces.
fn is_outside(character: char) -> bool {
    !(character.is_alphanumeric() || "_-.[]'\"".contains(character))
}

fn variable(name: &str) -> Option<Part> {
    let (path, source) = SOURCES.iter().find_map(|(prefix, source)| Some((name.strip_prefix(prefix)?, *source)))?;
    let path = path.strip_prefix('.').or_else(|| path.starts_with('[').then_some(path))?;
    path.parse().ok().filter(|_| !path.is_empty()).map(|path| Part::Variable(source, path))
}

impl Selection {
    /// The value of a message's field.
    pub fn of_body(name: &str) -> Self {
        Self(vec![Part::Variable(Source::Body, JsonPath::of_name(name))])
    }

    /// Whether it has variables of `$context`.
    pub fn has_context(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Variable(Source::Context, _)))
    }

    /// The key, unless a variable in it has no value.
    pub fn evaluate(&self, scope: &Scope) -> Option<String> {
        self.0.iter().map(|part| part.evaluate(scope)).collect()
    }
}

impl Part {
    fn evaluate(&self, scope: &Scope) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Variable(Source::Body, path) => text(path.find(scope.body?)?),
            Self::Variable(Source::Context, path) => text(path.find(scope.context)?),
            Self::Variable(Source::StageVariables, path) => text(path.find(&serde_json::json!(scope.stage_variables))?),
        }
    }
}

/// A value as a part of a key: a text, or a number or boolean as its text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(expression: &str, body: &Value) -> Option<String> {
        let stage_variables = BTreeMap::from([("color".to_owned(), "red".to_owned())]);
        let context = json!({"stage": "v1"});
        let scope = Scope { body: Some(body), context: &context, stage_variables: &stage_variables };
        expression.parse::<Selection>().expect("valid").evaluate(&scope)
    }

    #[test]
    fn variables_stand_for_their_values() {
        let body = json!({"v": "2", "a": {"b": "join"}, "items": [{"x": "say"}], "n": 1, "f": 1.5, "yes": true});
        for (expression, expected) in [
            ("$request.body.v", "2"),
            ("${request.body.v}-beta", "2-beta"),
            ("${request.body.a.b}/${request.body.v}", "join/2"),
            ("$request.body.a.b", "join"),
            ("$request.body.items[0].x", "say"),
            ("$request.body['a'].b", "join"),
            ("$request.body.n", "1"),
            ("$request.body.f", "1.5"),
            ("$request.body.yes", "true"),
            ("$stageVariables.color", "red"),
            ("${context.stage}:$request.body.v", "v1:2"),
            ("static", "static"),
            ("\\$default", "$default"),
            ("$default", "$default"),
            ("/2\\d\\d/", "/2\\d\\d/"),
        ] {
            assert_eq!(evaluate(expression, &body).as_deref(), Some(expected), "{expression}");
        }
    }

    #[test]
    fn without_a_value_there_is_no_key() {
        let body = json!({"list": [], "object": {}, "nothing": null});
        for expression in [
            "$request.body.v",
            "${request.body.v}-beta",
            "$request.body.list",
            "$request.body.object",
            "$request.body.nothing",
            "$stageVariables.x",
            "$context.x",
        ] {
            assert_eq!(evaluate(expression, &body), None, "{expression}");
        }
    }

    #[test]
    fn other_expressions_are_refused() {
        for expression in [
            "",
            "$",
            "$request.header.x",
            "$request.body",
            "$request.body.",
            "$request.body.a..b",
            "${request.body.a",
            "$x",
        ] {
            assert!(expression.parse::<Selection>().is_err(), "{expression}");
        }
    }
}
