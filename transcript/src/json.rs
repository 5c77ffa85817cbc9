//! JSON with `...` in it, which stands for what may be anything.

use serde_json::{Map, Number, Value};

/// What stands for `...` while it is JSON. No message has such a text, and it comes after all names.
const MARK: &str = "\u{10ffff}...";

/// `MARK` as JSON: in a value's place, and as a field.
const VALUE: &str = "\"\u{10ffff}...\"";
const FIELD: &str = "\"\u{10ffff}...\": null";

/// A JSON object or array that a message is compared with. `...` is in it as a field, as a list's last item, or as a value.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPattern(Value);

impl JsonPattern {
    /// Reads it. Gives nothing if the text is no JSON object or array.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(&marked(text)).ok()?;
        (value.is_object() || value.is_array()).then_some(Self(value))
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        serde_json::from_str(message).is_ok_and(|message| matches(&self.0, &message))
    }

    /// Both as texts of several lines, so that they differ only where the message does not match.
    pub(crate) fn side_by_side(&self, message: &str) -> (String, String) {
        let got = serde_json::from_str(message);
        let got = got.map_or_else(|_| message.to_owned(), |message| pretty(&seen(&self.0, &message)));
        (pretty(&self.0), got)
    }
}

/// The text with a mark for each `...` that is outside of strings.
fn marked(text: &str) -> String {
    let (mut marked, mut rest) = (String::with_capacity(text.len()), text);
    let (mut brackets, mut before, mut is_string) = (Vec::new(), ' ', false);
    while let Some(next) = rest.chars().next() {
        if !is_string && let Some(after) = rest.strip_prefix("...") {
            let is_field = brackets.last() == Some(&'{') && before != ':';
            marked.push_str(if is_field { FIELD } else { VALUE });
            (rest, before) = (after, '.');
            continue;
        }
        let length = match next {
            // Whatever is escaped is of the string.
            '\\' if is_string => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => next.len_utf8(),
        };
        match next {
            '"' => is_string = !is_string,
            '{' | '[' if !is_string => brackets.push(next),
            '}' | ']' if !is_string => drop(brackets.pop()),
            _ => {}
        }
        if !next.is_whitespace() {
            before = next;
        }
        marked.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    marked
}

fn matches(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::String(mark), _) if mark == MARK => true,
        (Value::Object(pattern), Value::Object(value)) => {
            let mut fields = pattern.iter().filter(|(name, _)| *name != MARK);
            let is_there = |(name, pattern): (&String, &Value)| value.get(name).is_some_and(|v| matches(pattern, v));
            let is_known = |name: &String| pattern.contains_key(name);
            fields.all(is_there) && (pattern.contains_key(MARK) || value.keys().all(is_known))
        }
        (Value::Array(pattern), Value::Array(value)) => {
            let (items, is_open) = items(pattern);
            let is_long_enough = if is_open { value.len() >= items.len() } else { value.len() == items.len() };
            is_long_enough && items.iter().zip(value).all(|(pattern, value)| matches(pattern, value))
        }
        (Value::Number(pattern), Value::Number(value)) => is_same_number(pattern, value),
        _ => pattern == value,
    }
}

/// 1 and 1.0 are the same number. Two integers are compared as such: an `f64` holds no id of 17 digits exactly.
fn is_same_number(one: &Number, other: &Number) -> bool {
    one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
}

/// The items of a list, and whether more may follow.
fn items(pattern: &[Value]) -> (&[Value], bool) {
    match pattern {
        [items @ .., Value::String(mark)] if mark == MARK => (items, true),
        items => (items, false),
    }
}

/// What of a value there is to compare with a pattern. What may be anything is a mark.
fn seen(pattern: &Value, value: &Value) -> Value {
    if matches(pattern, value) {
        return pattern.clone();
    }
    match (pattern, value) {
        (Value::Object(pattern), Value::Object(value)) => {
            let is_open = pattern.contains_key(MARK);
            let fields = value.iter().filter(|(name, _)| !is_open || pattern.contains_key(*name));
            let seen = |(name, value): (&String, &Value)| {
                (name.clone(), pattern.get(name).map_or_else(|| value.clone(), |pattern| seen(pattern, value)))
            };
            let mark = is_open.then(|| (MARK.to_owned(), Value::Null));
            Value::Object(fields.map(seen).chain(mark).collect())
        }
        (Value::Array(pattern), Value::Array(value)) => {
            let (items, is_open) = items(pattern);
            let common = items.iter().zip(value).map(|(pattern, value)| seen(pattern, value));
            let further = value.iter().skip(items.len()).cloned();
            if is_open && value.len() > items.len() {
                common.chain([MARK.into()]).collect()
            } else {
                common.chain(further).collect()
            }
        }
        _ => value.clone(),
    }
}

/// Fields in an order of their own, and `...` where there is a mark.
fn pretty(value: &Value) -> String {
    // It has no keys but texts.
    let text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    text.replace(FIELD, "...").replace(VALUE, "...")
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, message: &str) -> bool {
        JsonPattern::parse(pattern).expect(pattern).matches(message)
    }

    #[test]
    fn the_order_of_fields_and_spaces_do_not_matter() {
        assert!(is_match(r#"{"a": 1, "b": [true, null]}"#, r#" {"b":[true,null],"a":1.0}"#));
        for other in [r#"{"a":1}"#, r#"{"a":1,"b":[true,null],"c":2}"#, r#"{"a":1,"b":[null,true]}"#, "{", "text"] {
            assert!(!is_match(r#"{"a": 1, "b": [true, null]}"#, other), "{other}");
        }
    }

    #[test]
    fn numbers_are_compared_exactly() {
        let pattern = r#"{"id": 9007199254740993}"#;
        assert!(is_match(pattern, pattern));
        assert!(!is_match(pattern, r#"{"id": 9007199254740992}"#));
        assert!(is_match("[1, 2.0, -3, 1e2]", "[1.0, 2, -3.0, 100]"));
        assert!(!is_match("[1]", "[1.5]"));
    }

    #[test]
    fn dots_stand_for_anything() {
        for (pattern, same, other) in [
            (r#"{"a": 1, ...}"#, r#"{"b":2,"a":1}"#, r#"{"b":2,"a":2}"#),
            (r#"{..., "a": 1}"#, r#"{"a":1}"#, "{}"),
            ("{...}", "{}", "[]"),
            (r#"{"id": ..., "n": 1}"#, r#"{"id":{"x":[]},"n":1}"#, r#"{"n":1}"#),
            ("[1, ...]", "[1,2,3]", "[2]"),
            ("[..., 1]", "[0,1]", "[1]"),
            (r#"[{"a": [1, ...], ...}]"#, r#"[{"a":[1,5],"b":0}]"#, r#"[{"a":[5]}]"#),
        ] {
            assert!(is_match(pattern, same), "{pattern} {same}");
            assert!(!is_match(pattern, other), "{pattern} {other}");
        }
    }

    #[test]
    fn dots_in_a_string_are_dots() {
        assert!(is_match(r#"{"a": "x...\"...", "...": 1}"#, r#"{"a":"x...\"...","...":1}"#));
        assert!(!is_match(r#"{"a": "..."}"#, r#"{"a":"x"}"#));
    }

    #[test]
    fn what_is_no_object_or_array_is_none() {
        for text in ["{", "[a] hello", "1", "\"a\"", "...", "{....}", "", "{\"a\" ...}"] {
            assert_eq!(JsonPattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_differs_is_shown_as_different() {
        let pattern = JsonPattern::parse(r#"{"event": "left", "who": "bob", "at": ..., ...}"#).expect("a pattern");
        let (expected, got) = pattern.side_by_side(r#"{"more": 1, "at": 5, "who": "carol", "event": "left"}"#);
        assert_eq!(expected, "{\n  \"at\": ...,\n  \"event\": \"left\",\n  \"who\": \"bob\",\n  ...\n}");
        assert_eq!(got, "{\n  \"at\": ...,\n  \"event\": \"left\",\n  \"who\": \"carol\",\n  ...\n}");
        assert_eq!(pattern.side_by_side("text").1, "text");
    }
}
