//! Commands that build, and end when a signal comes.

use anyhow::Context as _;
use goblet_build::Cancellation;
use tokio::{
    runtime::Builder,
    select,
    task::{JoinError, spawn_blocking},
};

use crate::{
    dev::{Signals, Temporary},
    terminal,
    test::{CLEAN_UP, Ended},
};

/// Does a command's work until it is done, or until a signal comes. Then the tool that a build runs is killed, and what is
/// temporary is removed.
///
/// # Errors
///
/// Those of the work, and [`Ended::Stopped`] if a signal came.
pub fn run(work: impl FnOnce(&Cancellation) -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<()> {
    let _temporary = Temporary::claim()?;
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
    let cancellation = Cancellation::default();
    let cancelled = cancellation.clone();
    let done = runtime.block_on(async {
        let mut signals = Signals::catch()?;
        select! {
            done = spawn_blocking(move || work(&cancelled)) => done.unwrap_or_else(panicked),
            signal = signals.next() => Err(Ended::Stopped(signal).into()),
        }
    });
    cancellation.cancel();
    // It may write a file, or compile, which is not cancelled.
    runtime.shutdown_timeout(CLEAN_UP);
    done
}
