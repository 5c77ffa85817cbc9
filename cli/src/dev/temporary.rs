//! The folder that everything temporary is in, and those that a `goblet dev` that was killed has left.

use std::{
    env,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::Context as _;
use tempfile::TempDir;

/// What the names of the folders begin with.
const PREFIX: &str = "goblet-dev-";

/// A file in each of them, which is locked as long as the folder is in use. What has none is not ours to remove.
const LOCK: &str = ".goblet-dev.lock";

/// The folder of this process. It exists as long as this does.
pub struct Temporary {
    folder: TempDir,
    _lock: File,
}

impl Temporary {
    /// Removes the folders that nobody uses, and makes one that only this user can read. From now on, this process makes
    /// its temporary folders in it.
    pub fn claim() -> anyhow::Result<Self> {
        let temporary = Self::make(&env::temp_dir()).context("cannot make a temporary folder")?;
        // Nothing has chosen another folder before.
        let _ = tempfile::env::override_temp_dir(temporary.folder.path());
        Ok(temporary)
    }

    fn make(place: &Path) -> io::Result<Self> {
        let own_user = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix(PREFIX).permissions(own_user).tempdir_in(place)?;
        // It gets its name when it is locked: one that is not locked is nobody's.
        let unlocked = folder.path().join("lock");
        let lock = File::create(&unlocked)?;
        lock.lock()?;
        fs::rename(&unlocked, folder.path().join(LOCK))?;
        remove_abandoned(place, fs::metadata(folder.path())?.uid());
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes the folders of a user that nobody uses. What cannot be removed stays.
fn remove_abandoned(place: &Path, user: u32) {
    for entry in fs::read_dir(place).into_iter().flatten().filter_map(Result::ok) {
        // Links are not followed.
        let is_own = entry.metadata().is_ok_and(|entry| entry.is_dir() && entry.uid() == user);
        if is_own && entry.file_name().to_string_lossy().starts_with(PREFIX) && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_is_removed_and_nothing_else() {
        let place = TempDir::new().unwrap();
        let used = Temporary::make(place.path()).unwrap();
        let killed = Temporary::make(place.path()).unwrap();
        let left = killed.folder.path().to_owned();
        fs::write(left.join("code"), "code").unwrap();
        // As a process does that is killed.
        let Temporary { folder, _lock: lock } = killed;
        let _ = folder.keep();
        drop(lock);
        let others = ["goblet-dev-project", "goblet-other"].map(|name| place.path().join(name));
        for other in &others {
            fs::create_dir(other).unwrap();
        }
        let next = Temporary::make(place.path()).unwrap();
        assert!(!left.exists());
        for there in [used.folder.path(), next.folder.path(), &others[0], &others[1]] {
            assert!(there.exists(), "{}", there.display());
        }
    }
}
