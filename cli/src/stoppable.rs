//! Commands that build, and that a signal stops.

use anyhow::Context as _;
use goblet_build::Cancellation;
use tokio::{runtime::Builder, select, task::spawn_blocking};

use crate::{
    dev::{CLEAN_UP, Signals, Temporary},
    exit::Exit,
};

/// Does a command's work, until it is done or a signal comes. Then the tool that a build runs is killed, with all that it
/// has started, and what is temporary is removed.
pub fn run(work: impl FnOnce(&Cancellation) -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<()> {
    let _temporary = Temporary::claim()?;
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
    let cancellation = Cancellation::default();
    let cancelled = cancellation.clone();
    let done = runtime.block_on(async {
        let mut signals = Signals::catch()?;
        select! {
            done = spawn_blocking(move || work(&cancelled)) => done.context("the command has a bug")?,
            signal = signals.next() => Err(Exit::Stopped(signal).into()),
        }
    });
    cancellation.cancel();
    // The compiler, for one, cannot be stopped.
    runtime.shutdown_timeout(CLEAN_UP);
    done
}
