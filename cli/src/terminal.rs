//! Everything that `goblet` shows. What others wrote (clients, functions, templates, file names) is escaped here. Only
//! cargo and what it runs write to stderr themselves, as they like, because they show their own progress.

mod activity;
mod escape;
mod failures;
mod message;
mod printer;
mod progress;
mod record;
mod stderr;
mod stdout;
mod style;
mod tested;
mod traceback;

pub use self::{
    escape::escaped_lines,
    message::{
        ask, note, print, print_as_it_is, print_later, print_lines, print_missing, print_ok, tell, tell_each_note_once,
        tell_error,
    },
    printer::Printer,
    progress::{Progress, show},
    stderr::finish,
    stdout::check_written,
    tested::{failure, print_failed, print_passed, print_tally},
};
