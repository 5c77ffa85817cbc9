//! How a build is stopped from another thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

/// Stops builds: clones share one state, so that one thread builds and another one cancels.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub struct State {
    pub is_cancelled: bool,
    /// The process group of the tool that runs now.
    pub running: Option<Pid>,
}

impl Cancellation {
    /// Kills the tool that a build runs now, with all processes that it has started. No further one starts.
    pub fn cancel(&self) {
        let mut state = self.state();
        state.is_cancelled = true;
        if let Some(group) = state.running.take() {
            // It may have ended in this moment.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state().is_cancelled
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
