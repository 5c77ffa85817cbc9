//! Writes to stderr on a thread of its own, because a paused terminal or a full pipe may make a writer wait for ever.

use std::{
    io::{self, Write as _},
    mem,
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};

/// How much may wait to be written, in bytes. That is some thousand lines.
const MAX_WAITING: usize = 256 * 1024;

static STDERR: Queue = Queue::new();

/// Whether there is a thread that writes. Where memory is short, there may be none.
static HAS_WRITER: LazyLock<bool> =
    LazyLock::new(|| thread::Builder::new().name("stderr".to_owned()).spawn(|| STDERR.write_all(write_now)).is_ok());

/// Writes a text, which has to be escaped, and does not wait for it. Texts that nobody reads are dropped and counted.
pub fn write(text: &str) {
    if *HAS_WRITER {
        STDERR.push(text);
    } else {
        write_now(text);
    }
}

/// Waits until all texts are written, but no longer than so long: nobody may be reading.
pub fn finish(within: Duration) {
    STDERR.wait_until_written(within);
}

/// Writes in one piece, so that nothing on stdout comes into the middle of a line. A reader that has gone (a closed pipe)
/// does not end the program.
fn write_now(text: &str) {
    let mut stderr = io::stderr();
    let _ = match AutoStream::choice(&stderr) {
        ColorChoice::Never => stderr.write_all(strip_str(text).to_string().as_bytes()),
        _ => stderr.write_all(text.as_bytes()),
    };
}

/// Texts between those who write them and the thread that may wait.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: String,
    /// How many texts did not fit.
    left_out: usize,
    is_writing: bool,
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.left_out == 0
    }

    /// All that waits, and how much is missing after it.
    fn take(&mut self) -> String {
        let mut text = mem::take(&mut self.waiting);
        match mem::take(&mut self.left_out) {
            0 => {}
            number => text.extend(["(", &number.to_string(), " messages left out)\n"]),
        }
        text
    }
}

impl Queue {
    const fn new() -> Self {
        let state = State { waiting: String::new(), left_out: 0, is_writing: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, text: &str) {
        let mut state = self.state();
        let fits = state.waiting.is_empty() || state.waiting.len() + text.len() <= MAX_WAITING;
        // What comes after a text that is missing would stand before the count of those that are missing.
        if fits && state.left_out == 0 {
            state.waiting.push_str(text);
        } else {
            state.left_out += 1;
        }
        self.changed.notify_all();
    }

    /// Writes texts as they come, for ever.
    fn write_all(&self, mut write: impl FnMut(&str)) {
        let mut state = self.state();
        loop {
            state = self.changed.wait_while(state, |state| state.is_empty()).unwrap_or_else(PoisonError::into_inner);
            let text = state.take();
            state.is_writing = true;
            drop(state);
            write(&text);
            state = self.state();
            state.is_writing = false;
            self.changed.notify_all();
        }
    }

    fn wait_until_written(&self, within: Duration) {
        let is_busy = |state: &mut State| state.is_writing || !state.is_empty();
        let _ = self.changed.wait_timeout_while(self.state(), within, is_busy);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A queue whose reader takes a text each time that it is allowed to.
    fn queue() -> (&'static Queue, mpsc::SyncSender<()>, mpsc::Receiver<String>) {
        let queue: &Queue = Box::leak(Box::new(Queue::new()));
        let (allow, allowed) = mpsc::sync_channel(0);
        let (sender, written) = mpsc::channel();
        thread::spawn(move || {
            queue.write_all(|text| {
                let _ = allowed.recv();
                let _ = sender.send(text.to_owned());
            });
        });
        (queue, allow, written)
    }

    #[test]
    fn nobody_waits_and_what_is_missing_is_counted() {
        let (queue, allow, written) = queue();
        queue.push("one\n");
        // The reader is stuck with it.
        while !queue.state().is_writing {
            thread::yield_now();
        }
        let line = "x".repeat(MAX_WAITING / 4);
        (0..6).for_each(|_| queue.push(&line));
        queue.push("two\n");
        queue.wait_until_written(Duration::ZERO);

        allow.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), "one\n");
        allow.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), format!("{}(3 messages left out)\n", line.repeat(4)));
        queue.wait_until_written(Duration::MAX);
        queue.push("three\n");
        allow.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), "three\n");
    }
}
