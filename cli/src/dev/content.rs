//! What is in watched files and folders: what people write, and not what tools write beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    hash::{DefaultHasher, Hasher as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use ignore::{DirEntry, Match, WalkBuilder, gitignore::Gitignore};

use super::output::{self, FileId};

/// How much is read of what is below a path, in bytes: the start must not wait for a folder full of data. A file that is
/// too large for the rest has changed when its size or its time has.
const MAX_READ: u64 = 256 * 1024 * 1024;

/// A file that is younger than this may change once more and keep its time, whose steps are that coarse.
const YOUNG: Duration = Duration::from_secs(1);

/// The content of watched files and folders.
#[derive(Clone, Default)]
pub struct Content {
    /// By the paths that were asked for.
    roots: BTreeMap<PathBuf, Files>,
    ignored: Ignored,
}

type Files = BTreeMap<PathBuf, Fingerprint>;

/// What tells one content of a file from another.
#[derive(Clone, Copy)]
struct Fingerprint {
    hash: u64,
    /// When the file was last changed, and how, as the file system says, if that tells the next change.
    stamp: Option<Stamp>,
}

#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    size: u64,
    inode: u64,
    modified: (i64, i64),
}

impl Content {
    /// The content of nothing yet.
    pub fn new(ignored: Ignored) -> Self {
        Self { roots: BTreeMap::new(), ignored }
    }

    /// Reads the content of files and folders, apart from those that were read before.
    pub fn follow(self, roots: &[PathBuf]) -> Self {
        let Self { roots: mut before, ignored } = self;
        let mut read = |root: &PathBuf| before.remove(root).unwrap_or_else(|| files(root, &Files::new(), &ignored));
        let roots = roots.iter().map(|root| (root.clone(), read(root))).collect();
        Self { roots, ignored }
    }

    /// Reads it again, and returns the paths of what has changed.
    pub fn refresh(self) -> (Self, Vec<PathBuf>) {
        let mut changed = Vec::new();
        let roots = self.roots.into_iter().map(|(root, before)| {
            let files = files(&root, &before, &self.ignored);
            let hash = |files: &Files, path: &PathBuf| files.get(path).map(|file| file.hash);
            let is_same = |path: &PathBuf| hash(&files, path) == hash(&before, path);
            let gone = before.keys().filter(|path| !files.contains_key(*path));
            changed.extend(files.keys().chain(gone).filter(|path| !is_same(path)).cloned());
            (root, files)
        });
        let roots = roots.collect();
        changed.sort();
        changed.dedup();
        if !changed.is_empty() {
            // As in `goblet dev | tee dev.txt`: each line that tells a reload would cause the next one.
            let printed = output::files_of_readers();
            changed.retain(|path| !fs::metadata(path).is_ok_and(|file| printed.contains(&FileId::of(&file))));
        }
        (Self { roots, ignored: self.ignored }, changed)
    }
}

/// The paths in a watched folder that are none that people write: what tools write, what this program prints into, and
/// where it keeps data.
#[derive(Clone, Default)]
pub struct Ignored {
    /// What the names of those files begin with that change all the time: `chat.db`, `chat.db-wal`.
    except: Option<PathBuf>,
    /// The files that this program prints into, as `goblet dev > dev.txt` does. Else each line that
    /// tells a reload would cause the next one.
    outputs: BTreeSet<FileId>,
}

impl Ignored {
    /// These, and a file with those beside it whose names begin with its name.
    pub fn except(file: Option<&Path>) -> Self {
        Self { except: file.map(ToOwned::to_owned), outputs: output::own_files() }
    }

    pub fn has(&self, root: &Path, path: &Path) -> bool {
        let begins_with =
            |file: &PathBuf| path.as_os_str().as_encoded_bytes().starts_with(file.as_os_str().as_encoded_bytes());
        self.except.as_ref().is_some_and(begins_with)
            || path.strip_prefix(root).is_ok_and(goblet_build::is_ignored)
            || fs::metadata(path).is_ok_and(|file| self.outputs.contains(&FileId::of(&file)))
    }
}

/// The files below a path, with those from before that have not been touched.
fn files(root: &Path, before: &Files, ignored: &Ignored) -> Files {
    let mut walk = WalkBuilder::new(root);
    // `.env` is hidden, and read by functions. Code may be linked from elsewhere.
    walk.hidden(false).follow_links(true).require_git(false);
    if is_left_out_by_git(root) {
        // It was asked for nevertheless: it is what a build makes.
        walk.git_ignore(false).git_global(false).git_exclude(false);
    }
    let (folder, ignored) = (root.to_owned(), ignored.clone());
    walk.filter_entry(move |entry| entry.depth() == 0 || !ignored.has(&folder, entry.path()));
    let mut left = MAX_READ;
    let files = walk.build().filter_map(Result::ok).filter_map(|entry| {
        let fingerprint = fingerprint(&entry, before.get(entry.path()), &mut left)?;
        Some((entry.into_path(), fingerprint))
    });
    files.collect()
}

/// Whether a `.gitignore` leaves out a path, or a folder that it is in.
fn is_left_out_by_git(path: &Path) -> bool {
    let repository = path.ancestors().position(|folder| folder.join(".git").exists());
    let folders = path.ancestors().skip(1).take(repository.unwrap_or(usize::MAX));
    let matches = folders.map(|folder| {
        let (rules, _) = Gitignore::new(folder.join(".gitignore"));
        match rules.matched_path_or_any_parents(path, path.is_dir()) {
            Match::None => None,
            found => Some(found.is_ignore()),
        }
    });
    matches.flatten().next().unwrap_or_default()
}

fn fingerprint(entry: &DirEntry, before: Option<&Fingerprint>, left: &mut u64) -> Option<Fingerprint> {
    let metadata = fs::metadata(entry.path()).ok()?;
    if metadata.is_dir() {
        // Processes keep the folder that they were started in: another one with the same files is not the same.
        return (entry.depth() == 0).then(|| Fingerprint { hash: metadata.ino(), stamp: None });
    }
    if !metadata.is_file() {
        return None;
    }
    let stamp =
        Stamp { size: metadata.size(), inode: metadata.ino(), modified: (metadata.mtime(), metadata.mtime_nsec()) };
    if let Some(before) = before.filter(|before| before.stamp == Some(stamp)) {
        return Some(*before);
    }
    let mut hash = DefaultHasher::new();
    hash.write_u64(stamp.size);
    if let Some(rest) = left.checked_sub(stamp.size) {
        *left = rest;
        hash.write(&fs::read(entry.path()).ok()?);
    } else {
        hash.write_i64(stamp.modified.0);
        hash.write_i64(stamp.modified.1);
    }
    let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    let is_old = age.is_some_and(|age| age > YOUNG);
    Some(Fingerprint { hash: hash.finish(), stamp: is_old.then_some(stamp) })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A folder with these files, each with its own path as its content.
    fn folder(files: &[&str]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for file in files {
            write(&folder, file, file);
        }
        folder
    }

    fn write(folder: &TempDir, file: &str, content: &str) {
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }

    fn follow(root: &Path) -> Content {
        Content::default().follow(&[root.to_owned()])
    }

    fn changed(folder: &TempDir, content: Content) -> (Content, Vec<String>) {
        let (content, changed) = content.refresh();
        let changed = changed.iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string());
        (content, changed.collect())
    }

    #[test]
    fn what_is_written_added_and_removed_has_changed() {
        let folder = folder(&["a.py", "b/c.py", "d.py"]);
        let (content, none) = changed(&folder, follow(folder.path()));
        assert!(none.is_empty(), "{none:?}");
        // As long as before, and within the same moment.
        write(&folder, "a.py", "A.py");
        write(&folder, "b/e/f.py", "new");
        fs::remove_file(folder.path().join("d.py")).unwrap();
        let (content, all) = changed(&folder, content);
        assert_eq!(all, ["a.py", "b/e/f.py", "d.py"]);
        assert!(changed(&folder, content).1.is_empty());
    }

    #[test]
    fn the_same_content_has_not_changed() {
        let folder = folder(&["a.py"]);
        let content = follow(folder.path());
        write(&folder, "next", "a.py");
        fs::rename(folder.path().join("next"), folder.path().join("a.py")).unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(changed(&folder, content).1.is_empty());
    }

    #[test]
    fn a_folder_in_the_place_of_another_has_changed() {
        let folder = folder(&["built/a.py", "next/a.py"]);
        let root = folder.path().join("built");
        write(&folder, "next/a.py", "built/a.py");
        let content = follow(&root);
        fs::rename(&root, folder.path().join("before")).unwrap();
        fs::rename(folder.path().join("next"), &root).unwrap();
        assert_eq!(changed(&folder, content).1, ["built"]);
    }

    #[test]
    fn what_tools_write_does_not_count() {
        let folder = folder(&[".gitignore", "a.py"]);
        write(&folder, ".gitignore", "/data\n*.sqlite3\n");
        let content = follow(folder.path());
        for file in [
            "__pycache__/a.cpython-313.pyc",
            "node_modules/b/index.js",
            "target/debug/c",
            ".git/HEAD",
            ".aws-sam/build/template.yaml",
            "dev.log",
            ".a.py.swp",
            "a.py~",
            "data/d",
            "deep/e.sqlite3",
        ] {
            write(&folder, file, "new");
        }
        write(&folder, ".env", "SHOWN=1");
        assert_eq!(changed(&folder, content).1, [".env"]);
    }

    /// Code that a build makes is what is served, though it is not for git.
    #[test]
    fn what_git_leaves_out_counts_if_it_is_asked_for() {
        for rule in ["dist", "/dist/", "dist/*", "*.js"] {
            let folder = folder(&["dist/a.js"]);
            write(&folder, ".gitignore", rule);
            let root = folder.path().join("dist");
            let file = root.join("a.js");
            let content = if rule == "*.js" { follow(&file) } else { follow(&root) };
            write(&folder, "dist/a.js", "new");
            let expected: &[&str] = if rule == "dist/*" { &[] } else { &["dist/a.js"] };
            assert_eq!(changed(&folder, content).1, expected, "{rule}");
        }
    }
}
