//! Where resources are in a template, for people.

use serde_json::Value;

/// The member of a resource that names the loop it was made by.
pub const LOOP: &str = "goblet::Loop";

/// The place of a resource: `Resources.Fn`, or `Resources.Fn::ForEach::Functions.Fn` if it was made by that loop.
pub fn of_resource(id: &str, resource: &Value) -> String {
    match resource[LOOP].as_str() {
        Some(name) => format!("Resources.{name}.{id}"),
        None => format!("Resources.{id}"),
    }
}
