//! From YAML to JSON, in which intrinsic functions have their long form: `!Sub x` is `{"Fn::Sub": "x"}`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>.

use saphyr::{LoadableYamlNode as _, Scalar, ScanError, Tag, Yaml};
use serde_json::{Map, Value, json};

/// Parses a template; JSON is YAML, too.
pub fn parse(text: &str) -> Result<Value, ScanError> {
    let documents = Yaml::load_from_str(text)?;
    Ok(documents.first().map(to_json).unwrap_or_default())
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Value(scalar) => scalar_to_json(scalar),
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(members) => {
            let members = members.iter().map(|(key, value)| (key_to_json(key), to_json(value)));
            Value::Object(members.collect())
        }
        Yaml::Tagged(tag, value) => function(tag, to_json(value)),
        Yaml::Representation(text, ..) => Value::from(text.as_ref()),
        Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}

fn scalar_to_json(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => (*value).into(),
        Scalar::Integer(value) => (*value).into(),
        Scalar::FloatingPoint(value) => (**value).into(),
        Scalar::String(value) => value.as_ref().into(),
    }
}

fn key_to_json(key: &Yaml) -> String {
    match to_json(key) {
        Value::String(key) => key,
        other => other.to_string(),
    }
}

/// The long form of a function's tag. A tag that is none is left out, as the YAML of CloudFormation has no other.
fn function(tag: &Tag, argument: Value) -> Value {
    let (name, argument) = match (tag.suffix.as_str(), argument) {
        (name @ ("Ref" | "Condition"), argument) => (name.to_owned(), argument),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            ("Fn::GetAtt".to_owned(), json!([resource, attribute]))
        }
        (name, argument) => (format!("Fn::{name}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_a_long_form() {
        let document = parse(
            "a: !Ref X\nb: !GetAtt X.Arn\nc: !GetAtt [X, Arn]\nd: !Sub '${X}'\ne: !If [C, !Ref X, 1]\nf: !Condition C\n",
        );
        let expected = json!({
            "a": {"Ref": "X"},
            "b": {"Fn::GetAtt": ["X", "Arn"]},
            "c": {"Fn::GetAtt": ["X", "Arn"]},
            "d": {"Fn::Sub": "${X}"},
            "e": {"Fn::If": ["C", {"Ref": "X"}, 1]},
            "f": {"Condition": "C"},
        });
        assert_eq!(document.unwrap(), expected);
    }

    #[test]
    fn json_is_yaml() {
        assert_eq!(parse(r#"{"a": {"Ref": "X"}}"#).unwrap(), json!({"a": {"Ref": "X"}}));
    }

    #[test]
    fn errors_have_a_line() {
        let error = parse("a: [1\nb: 2").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
