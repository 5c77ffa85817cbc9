//! From a template's file to JSON, in which intrinsic functions have their long form: `!Sub x` is `{"Fn::Sub": "x"}`.

mod builder;
mod error;
mod limits;
mod plain;
mod short_form;

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use saphyr_parser::Parser;
use serde_json::Value;

use self::{builder::Builder, error::DocumentError, limits::MAX_BODY};
use crate::error::TemplateError;

/// Reads a template's file.
pub fn read(path: &Path) -> Result<Value, TemplateError> {
    let text = read_text(path).map_err(|error| TemplateError::Unreadable(path.to_owned(), error))?;
    if text.len() as u64 > MAX_BODY {
        let reason = "it has more than 1 MB, which is CloudFormation's limit";
        return Err(TemplateError::TooLarge(path.to_owned(), reason.to_owned()));
    }
    parse(&text).map_err(|error| match error {
        DocumentError::Yaml(error) => TemplateError::Yaml(path.to_owned(), error.to_string()),
        bound => TemplateError::TooLarge(path.to_owned(), bound.to_string()),
    })
}

/// Reads no more than is needed to see that a file is too large. A pipe could keep a reload waiting for ever.
fn read_text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MAX_BODY + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Parses a template; JSON is YAML, too. The parser's events are taken one by one, because its own way of building a
/// document recurses as deep as the document goes.
fn parse(text: &str) -> Result<Value, DocumentError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        builder.add(event, span.start)?;
    }
    Ok(builder.into_document())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn aliases_are_what_they_stand_for() {
        let document = parse("a: &x {b: &y [1, !Ref Z]}\nc: *x\nd: [*y, *y]\n");
        let list = json!([1, {"Ref": "Z"}]);
        assert_eq!(document.unwrap(), json!({"a": {"b": list}, "c": {"b": list}, "d": [list, list]}));
    }

    #[test]
    fn merge_keys_are_merged() {
        let document = parse(
            "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: *a, y: 5}\nd: {<<: [*a, *b], w: 6}\ne:\n  x: 7\n  <<: *a\nf: {'<<': 8}\n",
        );
        let expected = json!({
            "a": {"x": 1, "y": 2},
            "b": {"y": 3, "z": 4},
            "c": {"x": 1, "y": 5},
            "d": {"w": 6, "x": 1, "y": 2, "z": 4},
            "e": {"x": 7, "y": 2},
            "f": {"<<": 8},
        });
        assert_eq!(document.unwrap(), expected);
        for wrong in ["{<<: 1}", "{<<: [1]}", "{<<: [{a: 1}, b]}"] {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(error.contains("<< takes a mapping"), "{wrong}: {error}");
        }
        assert_eq!(parse("- <<").unwrap(), json!(["<<"]));
    }

    #[test]
    fn keys_are_text() {
        assert_eq!(parse("{Yes: 1, on: 2, 010: 3, ~: 4}").unwrap(), json!({"Yes": 1, "on": 2, "010": 3, "~": 4}));
    }

    #[test]
    fn quotes_make_text() {
        assert_eq!(parse("[on, 'on', !!str on, 0755, \"0755\"]").unwrap(), json!([true, "on", "on", 493, "0755"]));
    }

    #[test]
    fn the_first_document_counts() {
        assert_eq!(parse("a: 1\n---\nb: 2\n").unwrap(), json!({"a": 1}));
        assert_eq!(parse("").unwrap(), Value::Null);
    }

    #[test]
    fn errors_have_a_line() {
        let error = parse("a: [1\nb: 2").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        let error = parse("a: 1\nb: 2\na: 3\n").unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("the key \"a\" is there twice"), "{error}");
        assert!(parse("a: 1\n]").is_err());
    }
}
