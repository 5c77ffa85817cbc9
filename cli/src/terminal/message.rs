//! Messages of `goblet` itself. A reader that has gone (a closed pipe) does not end the program.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use anstyle::Style;

use super::{
    escape::{escaped, escaped_lines},
    stderr, stdout,
    style::{ERROR, OK, WARNING},
};

/// The width of `error: `, under which the error's further lines begin.
const INDENT: usize = 7;

/// Prints a line to stdout, and waits until it is written.
pub fn print(text: &str) {
    stdout::write(&format!("{}\n", escaped(text)));
}

/// Prints a text of several lines to stdout.
pub fn print_lines(text: &str) {
    stdout::write(&format!("{}\n", escaped_lines(text, 0)));
}

/// Prints a text of goblet's own as it is, such as a script.
pub fn print_as_it_is(text: &str) {
    stdout::write(text);
}

/// Prints a line of a list to stdout: something is as it should be.
pub fn print_ok(text: &str) {
    print_marked("ok", OK, text);
}

/// Something will be as it should be.
pub fn print_later(text: &str) {
    print_marked("later", WARNING, text);
}

/// Something is missing.
pub fn print_missing(text: &str) {
    print_marked("missing", ERROR, text);
}

/// The width of `  missing  `, under which further lines begin.
const MARK: usize = 11;

fn print_marked(mark: &str, style: Style, text: &str) {
    stdout::write(&format!("  {style}{mark:<7}{style:#}  {}\n", escaped_lines(text, MARK)));
}

/// Tells a line, on stderr.
pub fn tell(text: &str) {
    stderr::write(&format!("{}\n", escaped(text)));
}

/// Asks a question on stderr, behind which the answer is typed.
pub fn ask(question: &str) {
    stderr::write(&escaped(question));
}

/// The notes that were told, if each is told once.
static NOTES: Mutex<Option<BTreeSet<String>>> = Mutex::new(None);

/// From now on, a note that was told is not told again.
pub fn tell_each_note_once() {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
}

/// Tells something that differs from what one would expect, on stderr.
pub fn note(text: &str) {
    let is_told = |told: &mut BTreeSet<String>| !told.insert(text.to_owned());
    if NOTES.lock().unwrap_or_else(PoisonError::into_inner).as_mut().is_some_and(is_told) {
        return;
    }
    stderr::write(&format!("{WARNING}note:{WARNING:#} {}\n", escaped(text)));
}

/// Tells an error with all its causes, on stderr.
pub fn tell_error(error: &anyhow::Error) {
    let error = format!("{error:#}");
    stderr::write(&format!("{ERROR}error:{ERROR:#} {}\n", escaped_lines(&error, INDENT)));
}
