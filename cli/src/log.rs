//! What `goblet dev` shows: one line for each event, each message sent, and each line that the handler prints.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    thread,
    time::Duration,
};

use anstyle::{AnsiColor, Effects, Style};
use goblet_gateway::activity::{Activities, Activity, Outcome};
use jiff::ZonedDateTime;
use serde_json::Value;
use tokio::sync::mpsc::error::TryRecvError;

use crate::progress::ERROR;

const DIM: Style = Style::new().effects(Effects::DIMMED);
const ROUTE: Style = AnsiColor::Cyan.on_default();
const SENT: Style = AnsiColor::Green.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();

/// The longest text shown of a message, in characters.
const MAX_TEXT: usize = 200;

/// The width of the column that says what a line is about.
const WIDTH: usize = 11;

/// How long lines are gathered: where many come, they are written together.
const GATHER: Duration = Duration::from_millis(5);

/// Between the lines of one record, such as a backtrace.
const CONTINUED: &str = "\n                  ";

/// Prints activity as it comes, until its senders are gone.
pub fn print(mut activities: Activities) {
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    loop {
        let next = match activities.try_recv() {
            Ok(next) => next,
            Err(TryRecvError::Empty) => {
                // A reader that has gone (a closed pipe) does not end the gateway.
                let _ = out.flush();
                let Some(next) = activities.blocking_recv() else { return };
                thread::sleep(GATHER);
                next
            }
            Err(TryRecvError::Disconnected) => return,
        };
        let time = ZonedDateTime::now().strftime("%H:%M:%S%.3f").to_string();
        let _ = writeln!(out, "{DIM}{time}{DIM:#}  {}", line(&next));
    }
}

fn line(activity: &Activity) -> String {
    match activity {
        Activity::Event { connection_id, route_key, subject, outcome } => {
            let (route_key, subject) = (printable(route_key), printable(subject));
            format!(
                "{connection_id}  {ROUTE}{route_key:WIDTH$}{ROUTE:#}  {subject}  {}",
                end(route_key.as_str(), outcome)
            )
        }
        Activity::Sent { connection_id, message } => {
            let message = printable(&String::from_utf8_lossy(message));
            format!("{connection_id}  {SENT}{:WIDTH$}{SENT:#}  {message}", "sent")
        }
        Activity::Started { function, duration } => {
            format!(
                "{:16}  {DIM}{:WIDTH$}{DIM:#}  {}  {DIM}{}{DIM:#}",
                "",
                "started",
                printable(function),
                ms(*duration)
            )
        }
        Activity::Output { line } => record(line),
        Activity::Refused { status, path, reason } => {
            format!("{:16}  {ERROR}{status:<WIDTH$}{ERROR:#}  {}: {}", "", printable(path), printable(reason))
        }
        Activity::LeftOut { lines } => format!("{:16}  {WARNING}{lines} lines left out{WARNING:#}", ""),
    }
}

fn end(route_key: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::NoOptionalRoute => format!("{DIM}(no {route_key} route){DIM:#}"),
        Outcome::NoRoute => format!("{ERROR}no route takes it{ERROR:#}"),
        Outcome::Answered { duration, status: 200..=299 } => format!("{DIM}{}{DIM:#}", ms(*duration)),
        Outcome::Answered { duration, status } => {
            format!("{WARNING}{status}{WARNING:#}  {DIM}{}{DIM:#}", ms(*duration))
        }
        Outcome::Failed { duration, reason } => {
            format!("{DIM}{}{DIM:#}  {ERROR}{}{ERROR:#}", ms(*duration), printable(reason))
        }
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

/// A log record, if a line is one (Lambda's JSON format); otherwise the line itself.
fn record(line: &str) -> String {
    let record: Value = serde_json::from_str(line).unwrap_or_default();
    let message = record["message"].as_str();
    let level = record["level"].as_str().unwrap_or("INFO").to_lowercase();
    let connection_id = record["span"]["connection_id"].as_str().unwrap_or_default();
    let style = match level.as_str() {
        "error" | "fatal" => ERROR,
        "warn" => WARNING,
        _ => DIM,
    };
    let lines = message.unwrap_or(line).lines().map(escaped).collect::<Vec<_>>();
    format!("{connection_id:16}  {style}{level:WIDTH$}{style:#}  {}", lines.join(CONTINUED))
}

/// A text in one line of bounded length.
fn printable(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        None => escaped(text),
        Some((end, _)) => format!("{}… ({} bytes)", escaped(&text[..end]), text.len()),
    }
}

/// A text in one line: what clients and handlers write does not command the terminal.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            let _ = write!(escaped, "{}", character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(activity: &Activity) -> String {
        anstream::adapter::strip_str(&line(activity)).to_string()
    }

    #[test]
    fn an_event_is_one_line() {
        let event = |subject: &str, outcome| Activity::Event {
            connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
            route_key: "$default".to_owned(),
            subject: subject.to_owned(),
            outcome,
        };
        let duration = Duration::from_micros(1250);
        let answered = event("foo\n\x1b[2J", Outcome::Answered { duration, status: 200 });
        assert_eq!(plain(&answered), "L0SM9cOFvHcCIhw=  $default     foo\\n\\u{1b}[2J  1.2 ms");
        let failed = event("foo", Outcome::Failed { duration, reason: "Handler.Failed: no".to_owned() });
        assert_eq!(plain(&failed), "L0SM9cOFvHcCIhw=  $default     foo  1.2 ms  Handler.Failed: no");
        let long = event(&"é".repeat(500), Outcome::NoRoute);
        assert!(plain(&long).ends_with("é… (1000 bytes)  no route takes it"));
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
}
