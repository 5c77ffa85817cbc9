//! The folder of a new project.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf, absolute},
};

use anyhow::{Context as _, bail, ensure};
use tempfile::Builder;

use super::files::Files;

/// The longest name. The stack, its layer and its log group are named after the project.
const MAX_NAME: usize = 64;

/// The name of the package that handlers import.
const SDK: &str = "goblet";

/// What may be there before: a project's history.
const HISTORY: &str = ".git";

/// How the folder begins that files are written to first. One that was killed leaves it.
const STAGING: &str = ".goblet-new-";

/// A folder that has nothing in it, or does not exist yet.
pub struct Destination {
    /// As it was given.
    path: PathBuf,
    folder: PathBuf,
    name: String,
}

impl Destination {
    /// Looks at a path, and makes nothing.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        let folder = absolute(path).with_context(|| format!("no project can be made at {:?}", path.display()))?;
        // `..` has a name, too.
        let folder = folder.canonicalize().unwrap_or(folder);
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        check_name(&name)?;
        check_is_empty(&folder)?;
        Ok(Self { path: path.to_owned(), folder, name })
    }

    /// The path that leads to it, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The project's name, which is the folder's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the project. If that fails, e.g. because the disk is full, no part of it is left.
    pub fn write(&self, files: &Files) -> anyhow::Result<()> {
        let made = self.folder.ancestors().take_while(|folder| !folder.exists());
        let made: Vec<PathBuf> = made.map(Path::to_owned).collect();
        let written = fs::create_dir_all(&self.folder).and_then(|()| self.write_files(files));
        if written.is_err() {
            for folder in made {
                // What has something in it is not ours alone.
                let _ = fs::remove_dir(folder);
            }
        }
        written.with_context(|| format!("cannot write into {}", self.folder.display()))
    }

    fn write_files(&self, files: &Files) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)?.filter_map(Result::ok).filter(|entry| is_staging(&entry.file_name())) {
            fs::remove_dir_all(entry.path())?;
        }
        let staging = Builder::new().prefix(STAGING).tempdir_in(&self.folder)?;
        for (path, content) in files {
            let file = staging.path().join(path);
            file.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(file, content)?;
        }
        for entry in fs::read_dir(staging.path())? {
            let entry = entry?;
            fs::rename(entry.path(), self.folder.join(entry.file_name()))?;
        }
        Ok(())
    }
}

/// A name that a stack, a crate and an npm package can have.
fn check_name(name: &str) -> anyhow::Result<()> {
    let is_allowed = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '-');
    let starts_well = name.starts_with(|character: char| character.is_ascii_lowercase());
    if !starts_well || !name.chars().all(is_allowed) || name.ends_with('-') {
        bail!(
            "{name:?} cannot be the name of a project, because a stack on AWS and a package have it, too: it has letters \
             from a to z, digits, and hyphens between them, and starts with a letter, e.g. my-chat. The project is named \
             after its folder"
        );
    }
    ensure!(
        name.len() <= MAX_NAME,
        "a project's name has at most {MAX_NAME} characters, and {name} has {}",
        name.len()
    );
    let is_of_sdk = name == SDK || name.starts_with("goblet-");
    ensure!(!is_of_sdk, "{name} cannot be the name of a project: {SDK} is the package that the handler imports");
    Ok(())
}

fn is_staging(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(STAGING.as_bytes())
}

fn check_is_empty(folder: &Path) -> anyhow::Result<()> {
    if !folder.try_exists().with_context(|| format!("cannot look into {}", folder.display()))? {
        return Ok(());
    }
    ensure!(folder.is_dir(), "{} is a file: give the project another name", folder.display());
    let entries = fs::read_dir(folder).with_context(|| format!("cannot look into {}", folder.display()))?;
    for entry in entries {
        let name = entry.with_context(|| format!("cannot look into {}", folder.display()))?.file_name();
        if name != HISTORY && !is_staging(&name) {
            bail!(
                "{} is not empty (it has {}), and nothing is overwritten: give the project another name, or empty the \
                 folder first",
                folder.display(),
                name.display()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn names_are_checked() {
        for name in ["a", "my-chat", "chat2", &"x".repeat(64)] {
            check_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for name in
            ["", "Chat", "2chat", "-chat", "chat-", "my_chat", "my chat", "chät", "../x", "a.b", &"x".repeat(65)]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("goblet").unwrap_err().to_string().contains("the package that the handler imports"));
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = TempDir::with_prefix("x").unwrap();
        let project = folder.path().join("chat");
        assert_eq!(Destination::new(&project).unwrap().name(), "chat");
        fs::create_dir_all(project.join(".git")).unwrap();
        let files = Files::from([("src/lib.rs".into(), b"foo".to_vec())]);
        Destination::new(&project).unwrap().write(&files).unwrap();
        assert_eq!(fs::read(project.join("src/lib.rs")).unwrap(), b"foo");
        assert_eq!(fs::read_dir(&project).unwrap().count(), 2, "no other file is left");
        let error = Destination::new(&project).err().unwrap().to_string();
        assert!(error.contains("is not empty (it has src)"), "{error}");
        let error = Destination::new(&project.join("src/lib.rs")).err().unwrap().to_string();
        assert!(error.contains("cannot be the name"), "{error}");
    }

    #[test]
    fn a_failure_leaves_no_folder_and_what_a_killed_one_left_is_no_obstacle() {
        let folder = TempDir::with_prefix("x").unwrap();
        let project = folder.path().join("a/chat");
        // A file cannot be a folder, too.
        let files = Files::from([("a".into(), b"foo".to_vec()), ("a/b".into(), b"foo".to_vec())]);
        let error = Destination::new(&project).unwrap().write(&files).unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot write into "), "{error:#}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::create_dir_all(project.join(".goblet-new-killed/src")).unwrap();
        Destination::new(&project).unwrap().write(&Files::from([("a".into(), b"foo".to_vec())])).unwrap();
        assert_eq!(fs::read_dir(&project).unwrap().count(), 1);
    }
}
