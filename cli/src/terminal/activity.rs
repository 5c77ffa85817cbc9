//! What `goblet dev` shows: one line for each event, each message sent, and each line that a function prints.

use std::time::Duration;

use anstyle::Style;
use goblet_gateway::{
    activity::{Activity, Outcome},
    api::CONNECT,
};

use super::{
    escape::{escaped, escaped_lines, shortened, shortened_lines},
    record::Record,
    style::{DIM, ERROR, ROUTE, SENT, WARNING},
};

/// The longest text shown of a message, in characters.
const MAX_TEXT: usize = 200;

/// The longest reason shown of a failure, in characters. It is told nowhere else, and may have a backtrace.
const MAX_REASON: usize = 4000;

/// The width of the column with the connection's id.
const ID_WIDTH: usize = 16;

/// The width of the column that says what a line is about.
const WIDTH: usize = 11;

/// How far the further lines of a text are indented, e.g. those of a backtrace.
const INDENT: usize = 18;

/// An activity's line, or its lines if it has a text of several.
pub fn line(activity: &Activity) -> String {
    match activity {
        Activity::Event { connection_id, route_key, subject, outcome } => {
            let rest = format!("{}  {}", shortened(subject, MAX_TEXT), end(route_key, outcome));
            columns(connection_id, ROUTE, &shortened(route_key, MAX_TEXT), &rest)
        }
        Activity::Sent { connection_id, message } => {
            columns(connection_id, SENT, "sent", &shortened(&String::from_utf8_lossy(message), MAX_TEXT))
        }
        Activity::Started { function, duration } => {
            let rest = format!("{}  {DIM}{}{DIM:#}", shortened(function, MAX_TEXT), ms(*duration));
            columns("", DIM, "started", &rest)
        }
        Activity::Invoked { function, outcome } => {
            let rest = format!("{}  {}", shortened(function, MAX_TEXT), end("", outcome));
            columns("", ROUTE, "invoked", &rest)
        }
        Activity::Lost { connection_id, messages, reason } => {
            let what = if *messages == 1 { "message" } else { "messages" };
            columns(connection_id, WARNING, "lost", &format!("{messages} {what}: {}", escaped(reason)))
        }
        Activity::Refused { status, path, reason } => {
            let rest = format!("{}: {}", shortened(path, MAX_TEXT), shortened(reason, MAX_TEXT));
            columns("", WARNING, &status.to_string(), &rest)
        }
        Activity::Output { line } => of_record(&Record::parse(line)),
        Activity::LeftOut { lines } => format!("{:ID_WIDTH$}  {WARNING}{lines} lines left out{WARNING:#}", ""),
    }
}

fn of_record(Record { level, connection_id, message, .. }: &Record) -> String {
    let style = match *level {
        "error" | "fatal" | "critical" => ERROR,
        "warn" | "warning" => WARNING,
        _ => DIM,
    };
    columns(connection_id, style, level, &escaped_lines(message, INDENT))
}

/// A line of three columns, of which the second and the third are escaped already.
fn columns(connection_id: &str, style: Style, what: &str, rest: &str) -> String {
    format!("{:ID_WIDTH$}  {style}{what:WIDTH$}{style:#}  {rest}", escaped(connection_id))
}

fn end(route_key: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::NoOptionalRoute => {
            let done = if route_key == CONNECT { "accepted" } else { "closed" };
            format!("{DIM}{done} (the API has no {} route){DIM:#}", escaped(route_key))
        }
        Outcome::NoRoute => format!("{ERROR}no route takes it{ERROR:#}"),
        Outcome::Answered { duration, status: 200..=299, .. } => format!("{DIM}{}{DIM:#}", ms(*duration)),
        Outcome::Answered { duration, status, refusal } => {
            let refusal = refusal.as_ref().map(|body| format!("  {}", shortened(body, MAX_TEXT))).unwrap_or_default();
            format!("{WARNING}{status}{WARNING:#}  {DIM}{}{DIM:#}{refusal}", ms(*duration))
        }
        Outcome::Failed { duration, reason } => {
            format!("{DIM}{}{DIM:#}  {ERROR}{}{ERROR:#}", ms(*duration), shortened_lines(reason, INDENT, MAX_REASON))
        }
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(activity: &Activity) -> String {
        anstream::adapter::strip_str(&line(activity)).to_string()
    }

    fn event(route_key: &str, subject: &str, outcome: Outcome) -> Activity {
        Activity::Event {
            connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
            route_key: route_key.to_owned(),
            subject: subject.to_owned(),
            outcome,
        }
    }

    #[test]
    fn an_event_is_one_line() {
        let event = |subject: &str, outcome| event("$default", subject, outcome);
        let duration = Duration::from_micros(1250);
        let answered = event("foo\n\x1b[2J", Outcome::Answered { duration, status: 200, refusal: None });
        assert_eq!(plain(&answered), "L0SM9cOFvHcCIhw=  $default     foo\\n\\u{1b}[2J  1.2 ms");
        let failed = event("foo", Outcome::Failed { duration, reason: "Handler.Failed: no".to_owned() });
        assert_eq!(plain(&failed), "L0SM9cOFvHcCIhw=  $default     foo  1.2 ms  Handler.Failed: no");
        let long = event(&"é".repeat(500), Outcome::NoRoute);
        assert!(plain(&long).ends_with("é… (1000 bytes)  no route takes it"));
    }

    #[test]
    fn a_failure_may_have_several_lines() {
        let reason = "Handler.Trapped: stack\n  0: foo\x1b".to_owned();
        let failed = event("$default", "foo", Outcome::Failed { duration: Duration::ZERO, reason });
        let expected =
            "L0SM9cOFvHcCIhw=  $default     foo  0.0 ms  Handler.Trapped: stack\n                    0: foo\\u{1b}";
        assert_eq!(plain(&failed), expected);
    }

    #[test]
    fn a_route_that_nobody_needs_is_no_mistake() {
        let connected = plain(&event("$connect", "127.0.0.1", Outcome::NoOptionalRoute));
        assert!(connected.ends_with("  127.0.0.1  accepted (the API has no $connect route)"), "{connected}");
        let closed = plain(&event("$disconnect", "1000 ", Outcome::NoOptionalRoute));
        assert!(closed.ends_with("  closed (the API has no $disconnect route)"), "{closed}");
    }

    #[test]
    fn a_refusal_has_its_body() {
        let refusal = Some("{\"message\": \"no\x1b\"}".to_owned());
        let refused =
            event("$connect", "127.0.0.1", Outcome::Answered { duration: Duration::ZERO, status: 401, refusal });
        let expected = "L0SM9cOFvHcCIhw=  $connect     127.0.0.1  401  0.0 ms  {\"message\": \"no\\u{1b}\"}";
        assert_eq!(plain(&refused), expected);
    }

    #[test]
    fn what_a_client_loses_is_told() {
        let lost = |messages| {
            let (connection_id, reason) = ("L0SM9cOFvHcCIhw=".to_owned(), "too slow".to_owned());
            plain(&Activity::Lost { connection_id, messages, reason })
        };
        assert_eq!(lost(1), "L0SM9cOFvHcCIhw=  lost         1 message: too slow");
        assert_eq!(lost(2), "L0SM9cOFvHcCIhw=  lost         2 messages: too slow");
    }

    #[test]
    fn what_the_gateway_refuses_or_leaves_out_is_told() {
        let (path, reason) = ("/api/\x1b".to_owned(), "this API's stage is /dev/".to_owned());
        let refused = plain(&Activity::Refused { status: 403, path, reason });
        assert_eq!(refused, "                  403          /api/\\u{1b}: this API's stage is /dev/");
        assert_eq!(plain(&Activity::LeftOut { lines: 7 }), "                  7 lines left out");
    }

    #[test]
    fn a_log_record_is_its_message() {
        let output = |line: &str| plain(&Activity::Output { line: line.to_owned() });
        let record = r#"{"level":"INFO","message":"hello","span":{"connection_id":"L0SM9cOFvHcCIhw="}}"#;
        assert_eq!(output(record), "L0SM9cOFvHcCIhw=  info         hello");
        let backtrace = r#"{"level":"ERROR","message":"error while executing:\n  0: foo"}"#;
        let expected = "                  error        error while executing:\n                    0: foo";
        assert_eq!(output(backtrace), expected);
        assert_eq!(output("plain text"), "                  info         plain text");
    }

    #[test]
    fn a_record_forges_no_line() {
        let forged = r#"{"level":"INFO\n12:00:00.000  x","message":"a\n12:00:00.000  b\u001b[2J\u202e","span":{"connection_id":"\u001b[2J"}}"#;
        let expected = "                  info         a\n                  12:00:00.000  b\\u{1b}[2J\\u{202e}";
        assert_eq!(plain(&Activity::Output { line: forged.to_owned() }), expected);
    }
}
