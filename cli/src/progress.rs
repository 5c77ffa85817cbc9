//! What long work shows on stderr.

use std::{
    io::{IsTerminal as _, stderr},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anstyle::{AnsiColor, Style};

/// The style of errors, everywhere.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Tells an error, with all that led to it.
pub fn tell_error(error: &anyhow::Error) {
    anstream::eprintln!("{ERROR}error:{ERROR:#} {error:#}");
}

/// Does work, and says so each second: on a terminal in one line that is gone in the end, else once.
pub fn show<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let (sender, done) = mpsc::channel::<()>();
        scope.spawn(move || tell_each_second(what, &done));
        let result = work();
        drop(sender);
        result
    })
}

fn tell_each_second(what: &str, done: &mpsc::Receiver<()>) {
    let start = Instant::now();
    let is_terminal = stderr().is_terminal();
    let mut is_told = false;
    while done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
        if is_terminal {
            eprint!("\r{what} … {} s", start.elapsed().as_secs());
        } else if !is_told {
            eprintln!("{what} …");
        }
        is_told = true;
    }
    if is_terminal && is_told {
        // Back to the start of the line, and erase it.
        eprint!("\r\x1b[K");
    }
}
