//! Intrinsic functions in their short form, such as `!Sub`:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>.

use serde_json::{Map, Value, json};

/// The long form of a tag with its argument: of `!Sub x`, `{"Fn::Sub": "x"}`.
pub fn expand(tag: &str, argument: Value) -> Value {
    let (name, argument) = match (tag, argument) {
        ("Ref" | "Condition", argument) => (tag.to_owned(), argument),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            ("Fn::GetAtt".to_owned(), json!([resource, attribute]))
        }
        (_, argument) => (format!("Fn::{tag}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}
