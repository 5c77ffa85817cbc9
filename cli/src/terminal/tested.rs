//! What `goblet test` shows: a line for each transcript, and for one that failed, the difference.

use std::{fmt::Write as _, time::Duration};

use goblet_gateway::activity::Activity;
use goblet_transcript::Difference;
use similar::{ChangeTag, TextDiff};

use super::{
    activity::line,
    escape::{escaped, escaped_lines},
    failures, stdout,
    style::{DIM, ERROR, GOT, MISSING, PASSED, WARNING},
};

/// How far what belongs to a transcript is indented.
const INDENT: usize = 2;

/// How many lines are shown of what happened meanwhile: the last ones.
const MAX_ACTIVITIES: usize = 50;

/// Prints that a transcript has passed.
pub fn print_passed(place: &str, duration: Duration) {
    print(&format!("{PASSED}passed{PASSED:#}  {}  {DIM}{}{DIM:#}", escaped(place), seconds(duration)));
}

/// Prints that a transcript has failed, and what [`failure`] makes of that.
pub fn print_failed(place: &str, duration: Duration, failure: &str) {
    let place = escaped(place);
    print(&format!("{ERROR}failed{ERROR:#}  {place}  {DIM}{}{DIM:#}\n{failure}", seconds(duration)));
}

/// Prints the last line: how many have passed, and how many have not.
pub fn print_tally(passed: usize, failed: usize, not_played: usize, duration: Duration) {
    let mut tally = format!("{passed} passed");
    if failed > 0 {
        // Writing into a string does not fail.
        let _ = write!(tally, ", {ERROR}{failed} failed{ERROR:#}");
    }
    if not_played > 0 {
        let _ = write!(tally, ", {WARNING}{not_played} not played{WARNING:#}");
    }
    print(&format!("{tally} in {}", seconds(duration)));
}

/// A failure in several lines: the step, how it differs, and what happened at the gateway meanwhile.
pub fn failure(step: &str, difference: &Difference, activities: &[Activity]) -> String {
    let mut text = format!("{:INDENT$}{}\n", "", escaped_lines(step, INDENT));
    match difference {
        Difference::Message { expected, got } => text += &changes(expected, got),
        Difference::Event { expected, got } => {
            let part = |text: &str| escaped_lines(text, INDENT + "expected  ".len());
            let _ = writeln!(text, "{:INDENT$}{MISSING}expected{MISSING:#}  {}", "", part(expected));
            let _ = writeln!(text, "{:INDENT$}{GOT}got{GOT:#}       {}", "", part(got));
        }
    }
    let shown = failures::shown_once(activities);
    let left_out = shown.len().saturating_sub(MAX_ACTIVITIES);
    if !shown.is_empty() {
        let _ = writeln!(text, "{:INDENT$}{DIM}at the gateway meanwhile:{DIM:#}", "");
    }
    if left_out > 0 {
        let _ = writeln!(text, "{:INDENT$}{WARNING}{left_out} lines left out{WARNING:#}", "");
    }
    for activity in &shown[left_out..] {
        let _ = writeln!(text, "{:INDENT$}{}", "", line(activity).replace('\n', "\n  "));
    }
    text.trim_end().to_owned()
}

/// The lines of two texts: with - those that are missing, with + those that came instead.
fn changes(expected: &str, got: &str) -> String {
    let diff = TextDiff::from_lines(expected, got);
    let mut text = format!("{:INDENT$}{MISSING}- expected{MISSING:#}  {GOT}+ got{GOT:#}\n", "");
    for change in diff.iter_all_changes() {
        let (sign, style) = match change.tag() {
            ChangeTag::Equal => (' ', DIM),
            ChangeTag::Delete => ('-', MISSING),
            ChangeTag::Insert => ('+', GOT),
        };
        let line = visible(change.value().trim_end_matches('\n'));
        let _ = writeln!(text, "{:INDENT$}{style}{sign} {line}{style:#}", "");
    }
    text
}

/// A line whose spaces at the end can be seen.
fn visible(line: &str) -> String {
    let content = line.trim_end_matches(' ');
    escaped(content) + &"·".repeat(line.len() - content.len())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Prints lines that are escaped already.
fn print(text: &str) {
    stdout::write(&format!("{text}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(difference: &Difference) -> String {
        anstream::adapter::strip_str(&failure("alice< foo", difference, &[])).to_string()
    }

    #[test]
    fn messages_are_compared_by_line() {
        let (expected, got) = ("one\ntwo".to_owned(), "one\ntwo \u{1b}[2J".to_owned());
        let shown = plain(&Difference::Message { expected, got });
        assert_eq!(shown, "  alice< foo\n  - expected  + got\n    one\n  - two\n  + two \\u{1b}[2J");
        let (expected, got) = ("foo".to_owned(), "foo  ".to_owned());
        let shown = plain(&Difference::Message { expected, got });
        assert_eq!(shown, "  alice< foo\n  - expected  + got\n  - foo\n  + foo··");
    }

    #[test]
    fn what_is_missing_and_what_came_have_colours() {
        let (expected, got) = ("foo".to_owned(), "bar".to_owned());
        let shown = failure("< foo", &Difference::Message { expected, got }, &[]);
        for line in [format!("{MISSING}- foo{MISSING:#}"), format!("{GOT}+ bar{GOT:#}")] {
            assert!(line.contains('\u{1b}') && shown.contains(&line), "{shown:?}");
        }
        assert_ne!(MISSING, GOT);
    }

    #[test]
    fn events_are_told_in_words() {
        let (expected, got) = ("the message: foo\nbar".to_owned(), "nothing within 5 s".to_owned());
        let shown = plain(&Difference::Event { expected, got });
        let expected = "  alice< foo\n  expected  the message: foo\n            bar\n  got       nothing within 5 s";
        assert_eq!(shown, expected);
    }
}
