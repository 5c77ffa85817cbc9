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

/// The folder that `sam build` replaces the content of.
const BUILT: &str = ".aws-sam";

/// Some files and folders, followed.
pub struct Watch {
    paths: Vec<PathBuf>,
    changes: Option<(RecommendedWatcher, mpsc::UnboundedReceiver<()>)>,
}

impl Watch {
    /// Follows nothing.
    pub fn none() -> Self {
        Self { paths: Vec::new(), changes: None }
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
            let (target, mode) = target(path);
            watcher.watch(target, mode).with_context(|| {
                format!("cannot watch {} for changes: go without with --no-reload", target.display())
            })?;
        }
        Ok(Self { paths, changes: Some((watcher, receiver)) })
    }

    /// Waits for a change, and until there is no more. A build that first takes away what it will replace is not done
    /// until all of it is there again.
    pub async fn changed(&mut self) {
        let Some((_, changes)) = &mut self.changes else { return std::future::pending().await };
        loop {
            changes.recv().await;
            while let Ok(Some(())) = time::timeout(QUIET, changes.recv()).await {}
            if self.paths.iter().all(|path| path.exists()) {
                return;
            }
        }
    }
}

/// What to watch to see a path change, even where it is replaced rather than written to: then it is its folder that
/// changes.
fn target(path: &Path) -> (&Path, RecursiveMode) {
    if let Some(built) = path.ancestors().find(|folder| folder.ends_with(BUILT)) {
        return (built, RecursiveMode::Recursive);
    }
    match path.parent() {
        Some(folder) if path.is_file() => (folder, RecursiveMode::NonRecursive),
        _ => (path, RecursiveMode::Recursive),
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
