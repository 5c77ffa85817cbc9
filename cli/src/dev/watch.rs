//! Waits for the content of files to change.

use std::{
    collections::BTreeSet,
    mem,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::{sync::Notify, task::spawn_blocking, time::timeout};

use super::content::{Content, Ignored};

/// An editor writes a file in several steps. It is done when nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(100);

/// Something may write all the time. No change waits longer than this for a quiet moment.
const LONGEST: Duration = Duration::from_secs(2);

/// The folder whose content `sam build` replaces.
const BUILT: &str = ".aws-sam";

/// Watches files, and folders with everything in them.
pub struct Watch {
    /// Tells that something may have changed.
    events: Arc<Notify>,
    ignored: Ignored,
    followed: Option<Followed>,
    content: Content,
}

/// What is watched, until this is dropped.
struct Followed {
    paths: Vec<PathBuf>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches nothing yet, and never a file and those beside it whose names begin with its name.
    pub fn except(file: Option<&Path>) -> Self {
        let ignored = Ignored::except(file);
        Self { events: Arc::default(), content: Content::new(ignored.clone()), ignored, followed: None }
    }

    /// Watches these paths, and no others. Changes of those that were watched before are not lost. If this fails, what
    /// was watched before still is.
    pub async fn follow(&mut self, paths: &[PathBuf]) -> anyhow::Result<()> {
        let paths: BTreeSet<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        if self.followed.as_ref().is_some_and(|followed| followed.paths == paths) {
            return Ok(());
        }
        let (ignored, events) = (self.ignored.clone(), Arc::clone(&self.events));
        // All folders below are visited: that takes long where there are many.
        let followed = spawn_blocking(move || Followed::start(paths, ignored, events)).await??;
        let (content, paths) = (mem::take(&mut self.content), followed.paths.clone());
        self.content = spawn_blocking(move || content.follow(&paths)).await?;
        self.followed = Some(followed);
        Ok(())
    }

    /// Waits until the content of something changes and then nothing more, and returns the paths that have changed. A
    /// build may remove what it will replace: the change is over when everything is there again, or something else changes.
    pub async fn changed(&mut self) -> Vec<PathBuf> {
        loop {
            self.events.notified().await;
            let quiet = async { while timeout(QUIET, self.events.notified()).await.is_ok() {} };
            let _ = timeout(LONGEST, quiet).await;
            let missing = self.missing();
            if missing.iter().any(|path| built_folder(path).is_some()) {
                continue;
            }
            let content = self.content.clone();
            // It does not panic.
            let Ok((content, changed)) = spawn_blocking(|| content.refresh()).await else { continue };
            // A module that was renamed stays away, and what imports it changes, too.
            let is_missing = |path: &PathBuf| missing.iter().any(|missing| path.starts_with(missing));
            if !missing.is_empty() && changed.iter().all(is_missing) {
                continue;
            }
            self.content = content;
            if !changed.is_empty() {
                return changed;
            }
        }
    }

    /// What is watched and is not there.
    fn missing(&self) -> Vec<PathBuf> {
        let paths = self.followed.iter().flat_map(|followed| &followed.paths);
        paths.filter(|path| !path.exists()).cloned().collect()
    }
}

impl Followed {
    fn start(paths: Vec<PathBuf>, ignored: Ignored, events: Arc<Notify>) -> anyhow::Result<Self> {
        let followed = paths.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| may_change(&event, &followed, &ignored)) {
                events.notify_one();
            }
        })
        .context("cannot watch for changes: go without with --no-reload")?;
        for path in &paths {
            let (target, mode) = target(path);
            watcher.watch(target, mode).with_context(|| {
                format!("cannot watch {} for changes: go without with --no-reload", target.display())
            })?;
        }
        Ok(Self { paths, _watcher: watcher })
    }
}

/// Whether the content of what is followed may have changed.
fn may_change(event: &Event, followed: &[PathBuf], ignored: &Ignored) -> bool {
    let is_followed = |path: &PathBuf| followed.iter().any(|root| path.starts_with(root) && !ignored.has(root, path));
    !event.kind.is_access() && event.paths.iter().any(is_followed)
}

/// The folder of `sam build` that a path is in.
fn built_folder(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.ends_with(BUILT))
}

/// What to watch to see a path change. A file may be replaced instead of written to: then its folder changes.
fn target(path: &Path) -> (&Path, RecursiveMode) {
    if let Some(built) = built_folder(path) {
        return (built, RecursiveMode::Recursive);
    }
    match path.parent() {
        Some(folder) if path.is_file() => (folder, RecursiveMode::NonRecursive),
        _ => (path, RecursiveMode::Recursive),
    }
}
