//! What SAM's resources have in common. SAM merges mappings key by key, puts lists one after the other, and takes a
//! resource's own value of everything else:
//! <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/plugins/globals/globals.py>
//! (`GlobalProperties`).

use serde_json::{Map, Value};

use crate::{ignored, resolver::as_function};

/// The beginning of the types that `Globals` are for.
const SERVERLESS: &str = "AWS::Serverless::";

/// Whether both values count, and not just a resource's own.
pub fn merge(globals: &Value, own: &Value) -> bool {
    (globals.is_array() && own.is_array()) || (is_mapping(globals) && is_mapping(own))
}

/// Whether a value is a mapping, and no intrinsic function.
fn is_mapping(value: &Value) -> bool {
    value.is_object() && as_function(value).is_none()
}

/// Gives a document's resources what `Globals` say, and takes `Globals` away. They are of this document alone: where
/// another one takes its resources in, they must not be for the others.
pub fn apply(document: &mut Map<String, Value>) {
    let Some(globals) = document.remove("Globals") else { return };
    let resources = document.get_mut("Resources").and_then(Value::as_object_mut);
    for resource in resources.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        let kind = resource.get("Type").and_then(Value::as_str).and_then(|kind| kind.strip_prefix(SERVERLESS));
        let Some(globals) = kind.and_then(|kind| globals.get(kind)).and_then(Value::as_object) else { continue };
        let ignored = resource.remove(ignored::ATTRIBUTE).unwrap_or_default();
        let globals = globals.iter().filter(|(name, _)| !ignored::has(&ignored, name));
        let globals = globals.map(|(name, value)| (name.clone(), value.clone())).collect();
        let own = resource.remove("Properties").unwrap_or(Value::Object(Map::new()));
        resource.insert("Properties".to_owned(), merged(&Value::Object(globals), own));
    }
}

fn merged(globals: &Value, own: Value) -> Value {
    if !merge(globals, &own) {
        return own;
    }
    match (globals, own) {
        (Value::Array(globals), Value::Array(own)) => globals.iter().cloned().chain(own).collect(),
        (Value::Object(globals), Value::Object(mut own)) => {
            for (key, value) in globals {
                let value = own.remove(key).map_or_else(|| value.clone(), |own| merged(value, own));
                own.insert(key.clone(), value);
            }
            own.into()
        }
        (_, own) => own,
    }
}
