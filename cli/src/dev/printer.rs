//! Prints activity on a thread of its own, because writing to a terminal may wait.

use std::{
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use goblet_gateway::activity::Activities;

use crate::log;

/// How long the last lines may take. A terminal that takes none does not hold up the end.
const PATIENCE: Duration = Duration::from_millis(300);

pub struct Printer {
    ended: Receiver<()>,
}

impl Printer {
    pub fn start(activities: Activities) -> Self {
        let (is_printing, ended) = mpsc::channel();
        thread::spawn(move || {
            log::print(activities);
            drop(is_printing);
        });
        Self { ended }
    }

    /// Waits until all lines are printed, but not for long. Before that, drop everything that tells of activity.
    pub fn finish(self) {
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}
