//! Builds what is served, and builds it again when it changes.

use std::{
    collections::BTreeSet,
    env, mem,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use goblet_gateway::Gateway;
use jiff::ZonedDateTime;
use tokio::task::spawn_blocking;

use super::{deployment::Deployment, place::Place, source::Source, watch::Watch};
use crate::terminal;

/// What is served, and where.
pub struct Served {
    pub source: Arc<Source>,
    pub place: Arc<Place>,
}

impl Served {
    /// Builds it, on a thread of its own. Whoever no longer waits for that has to cancel the build.
    pub async fn build(&self) -> anyhow::Result<Deployment> {
        let (source, place) = (Arc::clone(&self.source), Arc::clone(&self.place));
        spawn_blocking(move || source.deploy(&place)).await.unwrap_or_else(|panicked| Err(panicked.into()))
    }

    /// Swaps what the gateway serves each time that it changes. It ends only if files cannot be watched.
    pub async fn reload(&self, gateway: &Gateway, current: &mut Deployment, watch: &mut Watch) -> anyhow::Result<()> {
        // The files of the one before are kept until the next change, because events may still be in flight.
        let mut _before = None;
        loop {
            let changed = self.describe(&watch.changed().await);
            let (name, start) = (self.source.name(), Instant::now());
            tell(format!("{changed} changed: reloading {name}")).await;
            match self.build().await {
                Ok(new) => {
                    gateway.replace(new.api.clone());
                    watch.follow(&new.watched)?;
                    _before = Some(mem::replace(current, new));
                    let seconds = start.elapsed().as_secs_f64();
                    tell(format!("reloaded in {seconds:.1} s: {name} ({changed} changed); connections stay")).await;
                }
                Err(error) => {
                    let print = move || {
                        terminal::tell_error(&error);
                        terminal::tell("what was served before is served on");
                    };
                    on_a_thread(print).await;
                }
            }
        }
    }

    /// Names a changed file, and says how many more there are.
    fn describe(&self, changed: &BTreeSet<PathBuf>) -> String {
        let file = changed.iter().find(|path| path.is_file()).or(changed.first());
        let file = file.map(|file| self.short(file).display().to_string()).unwrap_or_default();
        match changed.len() {
            0 | 1 => file,
            number => format!("{file} and {} more", number - 1),
        }
    }

    /// A path as people would write it: from the handler's folder, or from this one.
    fn short<'a>(&self, file: &'a Path) -> &'a Path {
        let own = match self.source.as_ref() {
            Source::Handler(path) => path.canonicalize().ok(),
            Source::Command(_) | Source::Template(_) => None,
        };
        let folders = own.into_iter().chain(env::current_dir());
        let mut short = folders.filter_map(|folder| file.strip_prefix(folder).ok());
        short.find(|short| !short.as_os_str().is_empty()).unwrap_or(file)
    }
}

/// Prints a line with the time.
async fn tell(line: String) {
    let time = ZonedDateTime::now().strftime("%H:%M:%S%.3f").to_string();
    on_a_thread(move || terminal::tell(&format!("{time}  {line}"))).await;
}

/// Prints on a thread of its own: a terminal that is paused does not hold up the gateway.
async fn on_a_thread(print: impl FnOnce() + Send + 'static) {
    // It fails only if it panics, because nobody reads stderr any more.
    let _ = spawn_blocking(print).await;
}
