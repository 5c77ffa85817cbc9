//! What is shown while long work is done, on stderr.

use std::{
    io::{self, IsTerminal as _},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use super::{escape::escaped, stderr};

/// Does work that may take long. On a terminal, a line shows what is done and for how many seconds, and goes away at the
/// end. Elsewhere, one line says what is done.
pub fn show<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let (sender, done) = mpsc::channel::<()>();
        // Without memory for a thread, the work is done and nothing is shown.
        let _ = thread::Builder::new().spawn_scoped(scope, move || tell_each_second(&escaped(what), &done));
        let result = work();
        drop(sender);
        result
    })
}

fn tell_each_second(what: &str, done: &mpsc::Receiver<()>) {
    let start = Instant::now();
    let is_terminal = io::stderr().is_terminal();
    let mut is_told = false;
    while done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
        if is_terminal {
            stderr::write(&format!("\r{what} … {} s", start.elapsed().as_secs()));
        } else if !is_told {
            stderr::write(&format!("{what} …\n"));
        }
        is_told = true;
    }
    if is_terminal && is_told {
        // Back to the start of the line, and erase it.
        stderr::write("\r\x1b[K");
    }
}
