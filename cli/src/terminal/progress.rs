//! What is shown while long work is done, on stderr.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use super::escape::escaped;

/// Does work that may take long. On a terminal, a line shows what is done and for how many seconds, and goes away at the
/// end. Elsewhere, one line says what is done.
pub fn show<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let (sender, done) = mpsc::channel::<()>();
        scope.spawn(move || tell_each_second(&escaped(what), &done));
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
            let _ = write!(stderr(), "\r{what} … {} s", start.elapsed().as_secs());
        } else if !is_told {
            let _ = writeln!(stderr(), "{what} …");
        }
        is_told = true;
    }
    if is_terminal && is_told {
        // Back to the start of the line, and erase it.
        let _ = write!(stderr(), "\r\x1b[K");
    }
}
