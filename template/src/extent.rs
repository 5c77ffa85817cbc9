//! How large a value is, before it is copied.

use serde_json::Value;

/// What each value counts for, in bytes, beside its text.
pub const VALUE: usize = 100;

/// The extent of a value.
#[derive(Clone, Copy, Default)]
pub struct Extent {
    /// Its size in bytes, roughly.
    pub size: usize,
    /// How many lists and mappings are in each other.
    pub depth: usize,
}

/// Measures a value. Recursive: the depth of every value is bounded when the document is read.
pub fn of(value: &Value) -> Extent {
    match value {
        Value::String(text) => Extent { size: VALUE + text.len(), depth: 0 },
        Value::Array(items) => around(items.iter().map(of)),
        Value::Object(members) => around(members.iter().map(|(key, value)| {
            let value = of(value);
            Extent { size: value.size + key.len(), ..value }
        })),
        Value::Null | Value::Bool(_) | Value::Number(_) => Extent { size: VALUE, depth: 0 },
    }
}

/// The extent of a list or a mapping, from those of what is in it.
fn around(parts: impl Iterator<Item = Extent>) -> Extent {
    let empty = Extent { size: VALUE, depth: 0 };
    let inside = parts.fold(empty, |sum, part| Extent { size: sum.size + part.size, depth: sum.depth.max(part.depth) });
    Extent { size: inside.size, depth: inside.depth + 1 }
}
