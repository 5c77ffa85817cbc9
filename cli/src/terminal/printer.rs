//! Prints activity on a thread of its own, because writing to a terminal or a pipe may wait for ever.

use std::{
    io::{self, Write},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use goblet_gateway::activity::{Activities, Activity};
use jiff::ZonedDateTime;
use tokio::sync::{Notify, mpsc::error::TryRecvError};

use super::{activity::line, escape::escaped, failures::Failures, stderr, style::DIM};

/// How long lines are gathered: where many come, they are written together.
const GATHER: Duration = Duration::from_millis(5);

/// How long the first lines wait for the notes before them, which go to stderr: nobody may be reading those.
const NOTES: Duration = Duration::from_millis(300);

/// Prints what happens to stdout.
pub struct Printer {
    ended: mpsc::Receiver<()>,
    /// Never told if there is always somebody who may read.
    is_closed: Arc<Notify>,
}

impl Printer {
    /// Prints some lines, after what was told before, and then activities as they come, until their observers are gone.
    pub fn start<const N: usize>(first: [String; N], activities: Activities) -> io::Result<Self> {
        let (is_printing, ended) = mpsc::channel::<()>();
        let is_closed = Arc::new(Notify::new());
        let closed = Arc::clone(&is_closed);
        thread::Builder::new().name("stdout".to_owned()).spawn(move || {
            stderr::finish(NOTES);
            let mut out = io::BufWriter::new(anstream::stdout());
            let first = first.iter().try_for_each(|line| writeln!(out, "{}", escaped(line)));
            let printed = unless_closed(first.and_then(|()| out.flush())).and_then(|()| print(activities, &mut out));
            if printed.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
                closed.notify_one();
            }
            drop(is_printing);
        })?;
        Ok(Self { ended, is_closed })
    }

    /// Waits until the reader of a pipe has gone, as `head` goes when it has enough lines: nothing is printed any more.
    pub async fn closed(&self) {
        self.is_closed.notified().await;
    }

    /// Waits until all is printed, but no longer than so long: nobody may be reading. The observers must be gone.
    pub fn finish(self, within: Duration) {
        let _ = self.ended.recv_timeout(within);
    }
}

/// Prints activities until their observers are gone, or nobody can read them. A full disk ends nothing.
fn print(mut activities: Activities, out: &mut impl Write) -> io::Result<()> {
    let mut failures = Failures::default();
    loop {
        if let Some(record) = failures.overdue(Instant::now()) {
            print_line(&record, out)?;
        }
        let next = match activities.try_recv() {
            Ok(next) => next,
            Err(TryRecvError::Empty) => {
                unless_closed(out.flush())?;
                thread::sleep(GATHER);
                if failures.are_waiting() {
                    continue;
                }
                let Some(next) = activities.blocking_recv() else { return Ok(()) };
                next
            }
            Err(TryRecvError::Disconnected) => break,
        };
        if let Some(next) = failures.filter(next, Instant::now()) {
            print_line(&next, out)?;
        }
    }
    while let Some(record) = failures.release() {
        print_line(&record, out)?;
    }
    out.flush()
}

fn print_line(activity: &Activity, out: &mut impl Write) -> io::Result<()> {
    let time = ZonedDateTime::now().strftime("%H:%M:%S%.3f").to_string();
    // In one piece, so that a note on stderr does not come between two parts of a line.
    unless_closed(out.write_all(format!("{DIM}{time}{DIM:#}  {}\n", line(activity)).as_bytes()))
}

/// The error that says that nobody can read. There may be others, which pass.
fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Err(error) } else { Ok(()) })
}
