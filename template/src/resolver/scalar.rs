//! Values as text.

use serde_json::Value;

/// A value as CloudFormation writes it into a text, if it is text, a number or a boolean.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The same, and nothing for what is none of these.
pub fn text(value: &Value) -> String {
    scalar(value).unwrap_or_default()
}

/// A parameter's list: its items have commas between.
pub fn list(value: &Value) -> Value {
    text(value).split(',').map(str::trim).collect()
}
