//! Lines that functions print.

use serde_json::Value;

use super::traceback;

/// The levels of Lambda's log records, and those of Python's:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>.
const LEVELS: [&str; 8] = ["trace", "debug", "info", "warn", "warning", "error", "fatal", "critical"];

const DEFAULT_LEVEL: &str = "info";

/// The length of a connection's id, such as `L0SM9cOFvHcCIhw=`.
const ID_LENGTH: usize = 16;

/// A log record in Lambda's JSON format, or a line of plain text. A function may print anything: a level or an id that
/// is none does not count.
#[derive(Debug, PartialEq)]
pub struct Record {
    pub level: &'static str,
    /// Empty if the record names none.
    pub connection_id: String,
    pub message: String,
    /// The name of the error, if the record is the host's about an event that failed.
    pub error_type: Option<String>,
}

impl Record {
    pub fn parse(line: &str) -> Self {
        let record: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let error = traceback::of_record(&record).or_else(|| traceback::of_line(line));
        let default_level = if error.is_some() { "error" } else { DEFAULT_LEVEL };
        let message = match (text(&record["message"]), error) {
            // Some runtimes write the traceback into the message, too.
            (Some(message), Some(error)) if error.lines().last().is_some_and(|last| message.contains(last)) => message,
            (Some(message), Some(error)) => format!("{message}\n{error}"),
            (None, Some(error)) => error,
            (message, None) => message.unwrap_or_else(|| line.to_owned()),
        };
        Self {
            level: record["level"].as_str().and_then(level).unwrap_or(default_level),
            connection_id: text(&record["span"]["connection_id"]).filter(|id| is_id(id)).unwrap_or_default(),
            error_type: text(&record["error_type"]),
            message,
        }
    }
}

fn level(name: &str) -> Option<&'static str> {
    LEVELS.into_iter().find(|level| level.eq_ignore_ascii_case(name))
}

/// Whether a text has the form of API Gateway's ids: base64 of 11 bytes.
fn is_id(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == ID_LENGTH && text.strip_suffix('=').is_some_and(|digits| digits.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_the_host() {
        let line = r#"{"level":"ERROR","message":"no","error_type":"Handler.Failed","span":{"connection_id":"L0SM9cOFvHcCIhw="}}"#;
        let expected = Record {
            level: "error",
            connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
            message: "no".to_owned(),
            error_type: Some("Handler.Failed".to_owned()),
        };
        assert_eq!(Record::parse(line), expected);
    }

    #[test]
    fn what_is_no_level_and_no_id_does_not_count() {
        for (level, id) in [
            ("\\u001b[2J", "L0SM9cOFvHcCIh\\u001b="),
            ("INFO\\n12:00:00.000  forged", "L0SM9cOFvHcCIhw=\\n"),
            ("loud", "observer"),
            ("", "L0SM9cOFvHcCIhwA"),
        ] {
            let line = format!(r#"{{"level":"{level}","message":"foo","span":{{"connection_id":"{id}"}}}}"#);
            let record = Record::parse(&line);
            assert_eq!((record.level, record.connection_id.as_str(), record.message.as_str()), ("info", "", "foo"));
        }
    }

    #[test]
    fn an_error_is_its_traceback() {
        let error =
            r#""errorType":"ValueError","errorMessage":"no","stackTrace":["  File \"a.py\", line 1, in f\n    g()\n"]"#;
        let trace = "ValueError: no\n  File \"a.py\", line 1, in f\n    g()";
        let record = Record::parse(&format!("{{{error}}}"));
        assert_eq!((record.level, record.message.as_str()), ("error", trace));
        let logged = Record::parse(&format!(r#"{{"level":"WARNING","message":"again",{error}}}"#));
        assert_eq!((logged.level, logged.message), ("warning", format!("again\n{trace}")));
        let both = Record::parse(&format!(r#"{{"level":"ERROR","message":"Error: no\n    g()",{error}}}"#));
        assert_eq!(both.message, "Error: no\n    g()");
    }

    #[test]
    fn any_other_line_is_plain_text() {
        for line in ["plain text", "{", r#"{"message":1}"#, "[1]", ""] {
            let record = Record::parse(line);
            assert_eq!((record.level, record.message.as_str()), ("info", line));
        }
    }
}
