//! What values and API Gateway's own variables can do.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::error::VtlError;
use crate::json_path::JsonPath;

/// Texts that JavaScript takes in quotes:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>.
fn escape_java_script(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' | '/' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a text never fails.
                let _ = write!(escaped, "\\u{:04X}", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// `$util.method(…)`.
pub fn util(method: &str, arguments: &[Value]) -> Result<Value, VtlError> {
    let [argument] = arguments else { return Err(VtlError(format!("$util.{method} takes one value"))) };
    let text = text(argument);
    Ok(match method {
        "escapeJavaScript" => escape_java_script(&text).into(),
        "parseJson" => serde_json::from_str(&text).map_err(|_| VtlError("$util.parseJson got no JSON".to_owned()))?,
        "urlEncode" => form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().into(),
        "urlDecode" => {
            let pairs = form_urlencoded::parse(text.as_bytes());
            pairs
                .map(|(name, value)| if value.is_empty() { name.into_owned() } else { format!("{name}={value}") })
                .collect::<Vec<_>>()
                .join("&")
                .into()
        }
        "base64Encode" => STANDARD.encode(&text).into(),
        "base64Decode" => {
            let decoded = STANDARD.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            decoded.ok_or_else(|| VtlError("$util.base64Decode got no base64 of a text".to_owned()))?.into()
        }
        _ => return Err(VtlError(format!("$util.{method} is not known here"))),
    })
}

/// What a path such as `$.items[0]` leads to.
pub fn find(payload: &str, path: &Value) -> Result<Option<Value>, VtlError> {
    let path = text(path);
    let below = path.strip_prefix('$').ok_or_else(|| VtlError(format!("{path} is no path: it begins with $")))?;
    let below = below.strip_prefix('.').unwrap_or(below);
    let below: JsonPath = below.parse().map_err(|error| VtlError(format!("{path}: {error}")))?;
    let Ok(payload) = serde_json::from_str::<Value>(payload) else {
        // A text that is no JSON is a text.
        return Ok(below.find(&payload.into()).cloned());
    };
    Ok(below.find(&payload).cloned())
}

/// A method of a value, as Java's classes have them.
pub fn method(value: &Value, name: &str, arguments: &[Value]) -> Result<Value, VtlError> {
    let known = match (value, name, arguments) {
        (_, "toString", []) => text(value).into(),
        (_, "equals", [other]) => (value == other).into(),
        (Value::Array(items), "size", []) => items.len().into(),
        (Value::Array(items), "isEmpty", []) => items.is_empty().into(),
        (Value::Array(items), "contains", [item]) => items.contains(item).into(),
        (Value::Array(_), "get", [index]) => at(value, index).unwrap_or_default(),
        (Value::Object(members), "size", []) => members.len().into(),
        (Value::Object(members), "isEmpty", []) => members.is_empty().into(),
        (Value::Object(members), "containsKey", [name]) => members.contains_key(&text(name)).into(),
        (Value::Object(_), "get", [name]) => at(value, name).unwrap_or_default(),
        (Value::Object(members), "keySet", []) => members.keys().cloned().collect(),
        (Value::Object(members), "values", []) => members.values().cloned().collect(),
        (Value::Object(members), "entrySet", []) => {
            members.iter().map(|(key, value)| serde_json::json!({"key": key, "value": value})).collect()
        }
        (Value::String(text), "length", []) => text.chars().count().into(),
        (Value::String(text), "isEmpty", []) => text.is_empty().into(),
        (Value::String(text), "trim", []) => text.trim().into(),
        (Value::String(text), "toLowerCase", []) => text.to_lowercase().into(),
        (Value::String(text), "toUpperCase", []) => text.to_uppercase().into(),
        (Value::String(text), "contains", [Value::String(part)]) => text.contains(part).into(),
        (Value::String(text), "startsWith", [Value::String(part)]) => text.starts_with(part).into(),
        (Value::String(text), "endsWith", [Value::String(part)]) => text.ends_with(part).into(),
        (Value::String(text), "replace", [Value::String(from), Value::String(to)]) => text.replace(from, to).into(),
        _ => return Err(VtlError(format!("the method {name} with {} values is not known here", arguments.len()))),
    };
    Ok(known)
}

/// The item or the member of a value.
pub fn at(value: &Value, index: &Value) -> Option<Value> {
    match (value, index) {
        (Value::Array(items), Value::Number(index)) => items.get(usize::try_from(index.as_u64()?).ok()?).cloned(),
        (Value::Object(members), index) => members.get(&text(index)).cloned(),
        _ => None,
    }
}

/// A value where a text is wanted.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
