//! Which properties `Globals` are not for, as a resource says itself:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>.

use serde_json::Value;

/// The resource's attribute.
pub const ATTRIBUTE: &str = "IgnoreGlobals";

/// Whether the attribute's value names a property: it is a list, or `*`.
pub fn has(value: &Value, property: &str) -> bool {
    value == "*" || value.as_array().is_some_and(|names| names.iter().any(|name| name == property))
}
