//! Waits for files to change.

use std::{
    collections::BTreeSet,
    mem,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::{sync::Notify, time};

/// An editor writes a file in several steps. It is done when nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(100);

/// The folder whose content `sam build` replaces.
const BUILT: &str = ".aws-sam";

/// Watches files, and folders with everything in them.
pub struct Watch {
    paths: Vec<PathBuf>,
    changes: Arc<Changes>,
    /// Watches until it is dropped.
    watcher: Option<RecommendedWatcher>,
}

/// The paths that have changed since somebody last asked.
#[derive(Default)]
struct Changes {
    paths: Mutex<BTreeSet<PathBuf>>,
    more: Notify,
}

impl Watch {
    /// Watches nothing.
    pub fn none() -> Self {
        Self { paths: Vec::new(), changes: Arc::default(), watcher: None }
    }

    /// Watches these paths, and no others. Changes that were seen before are kept.
    pub fn follow(&mut self, paths: &[PathBuf]) -> anyhow::Result<()> {
        let paths: BTreeSet<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        if self.watcher.is_some() && paths == self.paths {
            return Ok(());
        }
        let (followed, changes) = (paths.clone(), Arc::clone(&self.changes));
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if let Ok(event) = event {
                changes.add(event, &followed);
            }
        })
        .context("cannot watch for changes: go without with --no-reload")?;
        for path in &paths {
            let (target, mode) = target(path);
            watcher.watch(target, mode).with_context(|| {
                format!("cannot watch {} for changes: go without with --no-reload", target.display())
            })?;
        }
        self.paths = paths;
        self.watcher = Some(watcher);
        Ok(())
    }

    /// Waits until something changes and then nothing more, and returns what has changed. A build may remove what it
    /// will replace: the change is over when everything is there again.
    pub async fn changed(&mut self) -> BTreeSet<PathBuf> {
        loop {
            self.changes.more.notified().await;
            while time::timeout(QUIET, self.changes.more.notified()).await.is_ok() {}
            if self.paths.iter().all(|path| path.exists()) {
                let changed = self.changes.take();
                if !changed.is_empty() {
                    return changed;
                }
            }
        }
    }
}

impl Changes {
    fn add(&self, event: Event, followed: &[PathBuf]) {
        let is_followed = |path: &PathBuf| {
            followed.iter().any(|root| path.strip_prefix(root).is_ok_and(|inside| !goblet_build::is_ignored(inside)))
        };
        if event.kind.is_access() || !event.paths.iter().any(is_followed) {
            return;
        }
        let changed = event.paths.into_iter().filter(is_followed);
        self.paths.lock().unwrap_or_else(PoisonError::into_inner).extend(changed);
        self.more.notify_one();
    }

    fn take(&self) -> BTreeSet<PathBuf> {
        mem::take(&mut *self.paths.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What to watch to see a path change. A file may be replaced instead of written to: then its folder changes.
fn target(path: &Path) -> (&Path, RecursiveMode) {
    if let Some(built) = path.ancestors().find(|folder| folder.ends_with(BUILT)) {
        return (built, RecursiveMode::Recursive);
    }
    match path.parent() {
        Some(folder) if path.is_file() => (folder, RecursiveMode::NonRecursive),
        _ => (path, RecursiveMode::Recursive),
    }
}
