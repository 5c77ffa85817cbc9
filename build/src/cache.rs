//! Files that are made once and used again, in this user's folder for caches.

use std::{
    collections::hash_map::DefaultHasher,
    fs::{self, File},
    hash::Hasher as _,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::NamedTempFile;

use crate::cache_folder;

/// Files of one kind, of which those are kept that were used last. Nobody else may write them.
///
/// The name of a file on the disk also has the hash of its content: one that is damaged is not found.
///
/// ```no_run
/// let compiled = goblet_build::Cache { name: "compiled", kept: 16 };
/// assert_eq!(compiled.find("0123abcd"), None);
/// compiled.keep("0123abcd", b"code")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Cache {
    /// The folder's name.
    pub name: &'static str,
    /// How many files are kept.
    pub kept: usize,
}

impl Cache {
    /// A file by its name, if it is there and whole. It counts as used.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let folder = cache_folder::make(self.name).ok()?;
        let is_wanted = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == name);
        let file = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(is_wanted)?;
        let content = fs::read(&file).ok()?;
        if file.extension()?.to_str()? != hash(&content) {
            // It is made again. If it cannot be removed, it is not found the next time either.
            let _ = fs::remove_file(&file);
            return None;
        }
        File::options().append(true).open(&file).ok()?.set_modified(SystemTime::now()).ok()?;
        Some(file)
    }

    /// Keeps content as a file, and returns its path. Whoever looks for the file finds all of it, or none.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn keep(&self, name: &str, content: &[u8]) -> io::Result<PathBuf> {
        let folder = cache_folder::make(self.name).map_err(io::Error::other)?;
        let mut new = NamedTempFile::new_in(&folder)?;
        new.write_all(content)?;
        // Otherwise the name may be there after a power failure, and the content not.
        new.as_file().sync_all()?;
        let file = folder.join(format!("{name}.{}", hash(content)));
        new.persist(&file)?;
        remove_oldest(&folder, self.kept)?;
        Ok(file)
    }
}

fn hash(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    format!("{:016x}", hasher.finish())
}

fn remove_oldest(folder: &Path, kept: usize) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Another process may remove the same file.
        if let Ok(used) = entry.metadata().and_then(|metadata| metadata.modified()) {
            files.push((used, entry.path()));
        }
    }
    files.sort();
    let surplus = files.len().saturating_sub(kept);
    for (_, file) in &files[..surplus] {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, time::Duration};

    use super::*;

    #[test]
    fn the_files_that_were_used_last_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        for (name, age) in [("a", 3), ("b", 1), ("c", 2)] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        remove_oldest(folder.path(), 2).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["b", "c"]);
    }

    #[test]
    fn a_file_that_is_kept_is_found_if_it_is_whole() {
        let cache = Cache { name: "test-of-cache", kept: 1 };
        let name = std::process::id().to_string();
        assert_eq!(cache.find(&name), None);
        let file = cache.keep(&name, b"content").unwrap();
        assert_eq!(cache.find(&name), Some(file.clone()));
        assert_eq!(fs::read(&file).unwrap(), b"content");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0, 0));

        fs::write(&file, "c0ntent").unwrap();
        assert_eq!(cache.find(&name), None);
        assert!(!file.exists());
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
