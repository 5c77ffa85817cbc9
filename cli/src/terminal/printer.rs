//! Prints activity on a thread of its own, because writing to a terminal or a pipe may wait for ever.

use std::{
    io::{self, Write},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use goblet_gateway::activity::{Activities, Activity};
use jiff::ZonedDateTime;
use tokio::sync::mpsc::error::TryRecvError;

use super::{activity::line, escape::escaped, failures::Failures, style::DIM};

/// How long lines are gathered: where many come, they are written together.
const GATHER: Duration = Duration::from_millis(5);

/// Prints what happens to stdout.
pub struct Printer {
    ended: mpsc::Receiver<()>,
}

impl Printer {
    /// Prints some lines, and then activities as they come, until their observers are gone.
    pub fn start<const N: usize>(first: [String; N], activities: Activities) -> io::Result<Self> {
        let (is_printing, ended) = mpsc::channel::<()>();
        thread::Builder::new().name("stdout".to_owned()).spawn(move || {
            let mut out = io::BufWriter::new(anstream::stdout());
            for line in first {
                let _ = writeln!(out, "{}", escaped(&line));
            }
            let _ = out.flush();
            print(activities, &mut out);
            drop(is_printing);
        })?;
        Ok(Self { ended })
    }

    /// Waits until all is printed, but no longer than so long: nobody may be reading. The observers must be gone.
    pub fn finish(self, within: Duration) {
        let _ = self.ended.recv_timeout(within);
    }
}

fn print(mut activities: Activities, out: &mut impl Write) {
    let mut failures = Failures::default();
    loop {
        if let Some(record) = failures.overdue(Instant::now()) {
            print_line(&record, out);
        }
        let next = match activities.try_recv() {
            Ok(next) => next,
            Err(TryRecvError::Empty) => {
                // A reader that has gone (a closed pipe) does not end the gateway.
                let _ = out.flush();
                thread::sleep(GATHER);
                if failures.are_waiting() {
                    continue;
                }
                let Some(next) = activities.blocking_recv() else { return };
                next
            }
            Err(TryRecvError::Disconnected) => break,
        };
        if let Some(next) = failures.filter(next, Instant::now()) {
            print_line(&next, out);
        }
    }
    while let Some(record) = failures.release() {
        print_line(&record, out);
    }
    let _ = out.flush();
}

fn print_line(activity: &Activity, out: &mut impl Write) {
    let time = ZonedDateTime::now().strftime("%H:%M:%S%.3f").to_string();
    let _ = writeln!(out, "{DIM}{time}{DIM:#}  {}", line(activity));
}
