//! Builds what is served, and builds it again when it changes.

use std::{
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
        spawn_blocking(move || source.deploy(&place)).await?
    }

    /// Swaps what the gateway serves each time that it changes. It never ends.
    pub async fn reload(&self, gateway: &Gateway, current: &mut Deployment, watch: &mut Watch) {
        // The files of the one before are kept until the next change, because events may still be in flight.
        let mut _before = None;
        loop {
            let changed = self.describe(&watch.changed().await);
            let (name, start) = (self.source.name(), Instant::now());
            tell(&format!("{changed} changed: reloading {name}"));
            let built = async {
                let new = match self.build().await {
                    Ok(new) => new,
                    Err(error) => {
                        // What is missing may come, beside the handler's file.
                        let watched = current.watched.iter().cloned().chain(self.source.folder_of_file());
                        // If that fails, what was watched still is.
                        let _ = watch.follow(&watched.collect::<Vec<_>>()).await;
                        return Err(error);
                    }
                };
                // First: a change while functions start must be seen, and above all one that mends what does not start.
                let followed = watch.follow(&new.watched).await;
                new.start().await?;
                anyhow::Ok((new, followed))
            };
            match built.await {
                Ok((new, followed)) => {
                    gateway.replace(new.apis.clone());
                    self.place.invoke_api.replace(new.functions.clone());
                    _before = Some(mem::replace(current, new));
                    let seconds = start.elapsed().as_secs_f64();
                    tell(&format!("reloaded in {seconds:.1} s: {name} ({changed} changed); connections stay"));
                    if let Err(error) = followed {
                        terminal::tell_error(&error);
                        terminal::tell("the new version is served, but its next changes may not be seen");
                    }
                }
                Err(error) => {
                    terminal::tell_error(&error);
                    terminal::tell("the version from before is still served");
                }
            }
        }
    }

    /// Names a changed file, and says how many more there are.
    fn describe(&self, paths: &[PathBuf]) -> String {
        let file = paths.iter().find(|path| path.is_file()).or(paths.first());
        let file = file.map(|file| self.short(file).display().to_string()).unwrap_or_default();
        match paths.len().saturating_sub(1) {
            0 => file,
            number => format!("{file} and {number} more"),
        }
    }

    /// A path as people would write it: from the handler's folder, or from this one.
    fn short<'a>(&self, file: &'a Path) -> &'a Path {
        let own = match self.source.as_ref() {
            Source::Handler(path) => path.canonicalize().ok(),
            Source::Command { .. } | Source::Template(_) => None,
        };
        let folders = own.into_iter().chain(env::current_dir());
        let mut short = folders.filter_map(|folder| file.strip_prefix(folder).ok());
        short.find(|short| !short.as_os_str().is_empty()).unwrap_or(file)
    }
}

/// Tells a line with the time.
fn tell(line: &str) {
    let time = ZonedDateTime::now().strftime("%H:%M:%S%.3f").to_string();
    terminal::tell(&format!("{time}  {line}"));
}
