//! Errors that runtimes report, as lines that people read. Lambda's runtimes write an error and its traceback on one line.

use serde_json::Value;

/// The names that runtimes have for a traceback: Python's and Java's, Node.js' in a log record, and in a report.
/// <https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html>.
const TRACES: [&str; 3] = ["stackTrace", "stack", "trace"];

/// How Python's runtime begins an error in its text format, and what it has for line ends and indentation:
/// <https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py>
/// (`ERROR_LOG_LINE_TERMINATE`, `ERROR_LOG_IDENT`).
const PYTHON_ERROR: &str = "[ERROR] ";
const PYTHON_LINE_END: char = '\r';
const PYTHON_INDENT: char = '\u{a0}';

/// The error that a JSON record tells, or that is its message.
pub fn of_record(record: &Value) -> Option<String> {
    let error = if record["message"].is_object() { &record["message"] } else { record };
    let field = |name: &str| error[name].as_str().filter(|text| !text.is_empty());
    let first = match (field("errorType"), field("errorMessage")) {
        (Some(error_type), Some(message)) => format!("{error_type}: {message}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => return None,
    };
    let trace = TRACES.into_iter().find_map(|name| match &error[name] {
        Value::Array(lines) => {
            Some(lines.iter().filter_map(Value::as_str).map(str::trim_end).collect::<Vec<_>>().join("\n"))
        }
        Value::String(text) => Some(text.trim_end().to_owned()),
        _ => None,
    });
    let trace = trace.unwrap_or_default();
    // A stack of Node.js begins with the error itself.
    Some(if trace.starts_with(&first) { trace } else { format!("{first}\n{trace}").trim_end().to_owned() })
}

/// The error that a line of text tells: Python's, or a JSON object behind the columns of Node.js' runtime.
pub fn of_line(line: &str) -> Option<String> {
    if let Some(error) = line.strip_prefix(PYTHON_ERROR).filter(|error| error.contains(PYTHON_LINE_END)) {
        return Some(error.replace(PYTHON_LINE_END, "\n").replace(PYTHON_INDENT, " "));
    }
    // Time, request id, level, what it is about, and the error:
    // <https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/LogPatch.js>.
    let (_, error) = line.rsplit_once('\t').filter(|(_, error)| error.starts_with('{'))?;
    of_record(&serde_json::from_str(error).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn python() {
        let record = json!({
            "timestamp": "2026-01-01T00:00:00Z",
            "level": "ERROR",
            "errorMessage": "no",
            "errorType": "ValueError",
            "requestId": "1",
            "stackTrace": ["  File \"/app.py\", line 3, in handler\n    inner()\n", "  File \"/app.py\", line 6, in inner\n    raise ValueError(\"no\")\n"],
        });
        let expected = "ValueError: no\n  File \"/app.py\", line 3, in handler\n    inner()\n  File \"/app.py\", line 6, in inner\n    raise ValueError(\"no\")";
        assert_eq!(of_record(&record).as_deref(), Some(expected));
        let line = "[ERROR] ValueError: no\rTraceback (most recent call last):\r\u{a0}\u{a0}File \"/app.py\", line 3, in handler\r\u{a0}\u{a0}\u{a0}\u{a0}inner()";
        let expected =
            "ValueError: no\nTraceback (most recent call last):\n  File \"/app.py\", line 3, in handler\n    inner()";
        assert_eq!(of_line(line).as_deref(), Some(expected));
    }

    #[test]
    fn node() {
        let stack = ["TypeError: no", "    at handler (/index.js:2:9)"];
        let error = json!({"errorType": "TypeError", "errorMessage": "no", "stackTrace": stack});
        let expected = "TypeError: no\n    at handler (/index.js:2:9)";
        assert_eq!(of_record(&error).as_deref(), Some(expected));
        assert_eq!(of_record(&json!({"level": "ERROR", "message": error})).as_deref(), Some(expected));
        let line = format!(
            "2026-01-01T00:00:00.000Z\t1\tERROR\tInvoke Error \t{}",
            json!({"errorType": "TypeError", "errorMessage": "no", "stack": stack})
        );
        assert_eq!(of_line(&line).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_error() {
        for line in ["plain", "10%\r20%", "[ERROR] no traceback", "a\tb", "a\t{", "a\t{\"b\": 1}"] {
            assert_eq!(of_line(line), None, "{line}");
        }
        for record in
            [json!(null), json!({}), json!({"message": "no"}), json!({"message": {"a": 1}}), json!({"errorType": 1})]
        {
            assert_eq!(of_record(&record), None, "{record}");
        }
    }
}
