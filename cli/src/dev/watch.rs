//! Waits for files to change.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::{sync::mpsc, time};

/// An editor writes a file in several steps: only when nothing has changed for so long is it done.
const QUIET: Duration = Duration::from_millis(100);

/// Folders in which tools write, and people do not.
const IGNORED: [&str; 6] = [".aws-sam", ".git", ".venv", "__pycache__", "node_modules", "target"];

/// Some files and folders, followed.
pub struct Watch {
    changes: Option<(RecommendedWatcher, mpsc::UnboundedReceiver<()>)>,
}

impl Watch {
    /// Follows nothing.
    pub fn none() -> Self {
        Self { changes: None }
    }

    /// Follows files, and folders with all that is in them.
    pub fn follow(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let paths: Vec<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let followed = paths.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(&event, &followed)) {
                let _ = sender.send(());
            }
        })
        .context("cannot watch for changes: go without with --no-reload")?;
        for path in &paths {
            // A file is replaced rather than written to: then it is its folder that changes.
            let (target, mode) = match path.parent() {
                Some(folder) if path.is_file() => (folder, RecursiveMode::NonRecursive),
                _ => (path.as_path(), RecursiveMode::Recursive),
            };
            watcher.watch(target, mode).with_context(|| {
                format!("cannot watch {} for changes: go without with --no-reload", target.display())
            })?;
        }
        Ok(Self { changes: Some((watcher, receiver)) })
    }

    /// Waits for a change, and until there is no more.
    pub async fn changed(&mut self) {
        let Some((_, changes)) = &mut self.changes else { return std::future::pending().await };
        changes.recv().await;
        while let Ok(Some(())) = time::timeout(QUIET, changes.recv()).await {}
    }
}

fn is_change(event: &Event, followed: &[PathBuf]) -> bool {
    let is_followed =
        |path: &PathBuf| followed.iter().any(|root| path.strip_prefix(root).is_ok_and(|inside| !is_ignored(inside)));
    !event.kind.is_access() && event.paths.iter().any(is_followed)
}

fn is_ignored(path: &Path) -> bool {
    path.components().any(|part| IGNORED.iter().any(|ignored| part.as_os_str() == *ignored))
}
