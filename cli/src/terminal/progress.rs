//! What is shown while long work is done, on stderr.

use std::{
    io::{self, IsTerminal as _},
    sync::mpsc::{self, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{escape::escaped, stderr};

/// Work that is done as long as this exists. If it takes long, a line on a terminal shows what is done and for how many
/// seconds, and goes away at the end. Elsewhere, one line says what is done.
pub struct Progress {
    /// Dropped when the work is done.
    working: Option<mpsc::Sender<()>>,
    /// Without memory for a thread, nothing is shown.
    teller: Option<JoinHandle<()>>,
}

impl Progress {
    pub fn of(what: &str) -> Self {
        let (working, done) = mpsc::channel();
        let what = escaped(what);
        let teller = thread::Builder::new().spawn(move || tell_each_second(&what, &done)).ok();
        Self { working: Some(working), teller }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.working.take());
        // So that the line is gone before anything else is written.
        let _ = self.teller.take().map(JoinHandle::join);
    }
}

/// Does work that may take long, and shows its progress.
pub fn show<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let _progress = Progress::of(what);
    work()
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
