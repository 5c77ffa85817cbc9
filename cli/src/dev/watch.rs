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
use tokio::{sync::Notify, task::spawn_blocking, time};

/// An editor writes a file in several steps. It is done when nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(100);

/// The folder whose content `sam build` replaces.
const BUILT: &str = ".aws-sam";

/// How many changed paths are remembered.
const MAX_CHANGED: usize = 100;

/// Watches files, and folders with everything in them.
pub struct Watch {
    changes: Arc<Changes>,
    /// What the names of those files begin with that change all the time.
    except: Option<PathBuf>,
    followed: Option<Followed>,
}

/// What is watched, until this is dropped.
struct Followed {
    paths: Vec<PathBuf>,
    _watcher: RecommendedWatcher,
}

/// The paths that have changed since somebody last asked.
#[derive(Default)]
struct Changes {
    changed: Mutex<Changed>,
    more: Notify,
}

/// Paths that have changed.
#[derive(Debug, Default, PartialEq)]
pub struct Changed {
    /// At most 100 of them.
    pub paths: BTreeSet<PathBuf>,
    /// Whether others have changed as well.
    pub are_more: bool,
}

impl Watch {
    /// Watches nothing yet, and never a file and those beside it whose names begin with its name.
    pub fn except(file: Option<&Path>) -> Self {
        Self { changes: Arc::default(), except: file.map(ToOwned::to_owned), followed: None }
    }

    /// Watches these paths, and no others. Changes that were seen before are kept. If this fails, what was watched before
    /// still is.
    pub async fn follow(&mut self, paths: &[PathBuf]) -> anyhow::Result<()> {
        let (paths, except, changes) = (paths.to_vec(), self.except.clone(), Arc::clone(&self.changes));
        let before = self.followed.as_ref().map(|followed| followed.paths.clone());
        // All folders below are visited: that takes long where there are many.
        let follow = move || {
            let paths: BTreeSet<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
            let paths: Vec<PathBuf> = paths.into_iter().collect();
            if before.as_ref() == Some(&paths) { Ok(None) } else { Followed::start(paths, except, changes).map(Some) }
        };
        if let Some(followed) = spawn_blocking(follow).await?? {
            self.followed = Some(followed);
        }
        Ok(())
    }

    /// Waits until something changes and then nothing more, and returns what has changed. A build may remove what it
    /// will replace: the change is over when everything is there again.
    pub async fn changed(&mut self) -> Changed {
        loop {
            self.changes.more.notified().await;
            while time::timeout(QUIET, self.changes.more.notified()).await.is_ok() {}
            if self.followed.iter().flat_map(|followed| &followed.paths).all(|path| path.exists()) {
                let changed = self.changes.take();
                if !changed.paths.is_empty() {
                    return changed;
                }
            }
        }
    }
}

impl Followed {
    fn start(paths: Vec<PathBuf>, except: Option<PathBuf>, changes: Arc<Changes>) -> anyhow::Result<Self> {
        let followed = paths.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if let Ok(event) = event {
                changes.add(event, &followed, except.as_deref());
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

impl Changes {
    fn add(&self, event: Event, followed: &[PathBuf], except: Option<&Path>) {
        let is_excepted = |path: &Path| except.is_some_and(|file| begins_with(path, file));
        let is_followed = |path: &PathBuf| {
            !is_excepted(path)
                && followed
                    .iter()
                    .any(|root| path.strip_prefix(root).is_ok_and(|inside| !goblet_build::is_ignored(inside)))
        };
        if event.kind.is_access() || !event.paths.iter().any(is_followed) {
            return;
        }
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        event.paths.into_iter().filter(is_followed).for_each(|path| changed.add(path));
        self.more.notify_one();
    }

    fn take(&self) -> Changed {
        mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Changed {
    fn add(&mut self, path: PathBuf) {
        if self.paths.len() < MAX_CHANGED {
            self.paths.insert(path);
        } else if !self.paths.contains(&path) {
            self.are_more = true;
        }
    }
}

/// Whether a path is a file, or one beside it whose name begins with its name: `chat.db`, `chat.db-wal`.
fn begins_with(path: &Path, file: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(file.as_os_str().as_encoded_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_of_many_changes_are_remembered() {
        let mut changed = Changed::default();
        (0..100).for_each(|number| changed.add(PathBuf::from(number.to_string())));
        changed.add(PathBuf::from("0"));
        assert!(!changed.are_more);
        (100..1000).for_each(|number| changed.add(PathBuf::from(number.to_string())));
        assert!(changed.are_more);
        assert_eq!(changed.paths.len(), 100);
    }
}
