//! Paths to a value in JSON: `action`, `service.do`, `items[0].x`, `['a b'].c`. API Gateway's paths are Jayway's `JsonPath`:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>. Here
//! they name one value: there are no wildcards and no filters.

use std::str::FromStr;

use serde_json::Value;

/// A path from a value to another in it.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

/// Why a text is no path.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("`{0}` is no path to one value: write it as in a.b[0]['c d']")]
pub struct JsonPathError(String);

impl FromStr for JsonPath {
    type Err = JsonPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || JsonPathError(text.to_owned());
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let step;
            (step, rest) = if let Some(bracketed) = rest.strip_prefix('[') {
                let (inner, after) = bracketed.split_once(']').ok_or_else(error)?;
                (bracket(inner).ok_or_else(error)?, after)
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if name.is_empty() || name.contains(['*', '?', '(', ']']) {
                    return Err(error());
                }
                (Step::Name(name.to_owned()), after)
            };
            steps.push(step);
            rest = match rest.strip_prefix('.') {
                Some("") => return Err(error()),
                Some(after) => after,
                None if rest.is_empty() || rest.starts_with('[') => rest,
                None => return Err(error()),
            };
        }
        Ok(Self(steps))
    }
}

/// What stands in brackets: a number, or a name in quotes.
fn bracket(inner: &str) -> Option<Step> {
    let unquoted = |quote| inner.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
    match unquoted('\'').or_else(|| unquoted('"')) {
        Some(name) => Some(Step::Name(name.to_owned())),
        None => inner.parse().ok().map(Step::Index),
    }
}

impl JsonPath {
    /// The path of a member.
    pub fn of_name(name: &str) -> Self {
        Self(vec![Step::Name(name.to_owned())])
    }

    /// The value that the path leads to, if there is one.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let value = json!({"a": {"b": [{"c": 1}, [2]]}, "x y": 3, "my-key": 4});
        for (path, expected) in [
            ("a.b[0].c", json!(1)),
            ("a['b'][1][0]", json!(2)),
            ("[\"x y\"]", json!(3)),
            ("my-key", json!(4)),
            ("", value.clone()),
        ] {
            assert_eq!(path.parse::<JsonPath>().expect("valid").find(&value), Some(&expected), "{path}");
        }
        for path in ["a.b[2]", "a.b.c", "a.c", "x"] {
            assert_eq!(path.parse::<JsonPath>().expect("valid").find(&value), None, "{path}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [".", "a.", "a..b", "a[", "a[*]", "a[-1]", "a[b]", "a[0]b", "*", "a.*"] {
            assert!(text.parse::<JsonPath>().is_err(), "{text}");
        }
    }
}
