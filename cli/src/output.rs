//! Files that commands write.

use std::{
    fs::{self, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use tempfile::{Builder, NamedTempFile};

use crate::terminal;

/// Everybody may read it, unless the umask forbids that: Lambda runs functions as another user than the file's owner.
const FOR_ALL: u32 = 0o666;
const PROGRAM: u32 = 0o777;
const FOR_OWNER: u32 = 0o600;

/// Writes a file, and prints its name and size. If that fails, e.g. because the disk is full, no part of it is left.
///
/// A link stays one, and what is no regular file is written to: a device, or a pipe.
pub fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(FOR_ALL, path, content)
}

/// The same for a file that may have secrets in it, such as the headers of a request: only its owner reads it.
pub fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(FOR_OWNER, path, content)
}

/// The same for a program, which may then be executed.
pub fn write_program(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(PROGRAM, path, content)
}

/// Makes the folder of a file that is written later, and makes sure that the file can be.
pub fn prepare(path: &Path) -> anyhow::Result<()> {
    ensure!(!is_folder(path), "{} is a folder: name a file, for example in it", path.display());
    let prepared = || match replaced(path)? {
        Some(file) => prepare_folder(folder(&file)),
        // A pipe may wait for its reader.
        None => Ok(()),
    };
    prepared().with_context(|| format!("cannot write {}", path.display()))
}

/// The same for a file, or for a folder that files are written into later.
pub fn prepare_any(path: &Path) -> anyhow::Result<()> {
    if !is_folder(path) {
        return prepare(path);
    }
    prepare_folder(path).with_context(|| format!("cannot write into {}", path.display()))
}

fn prepare_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    temporary(FOR_ALL, path).map(drop)
}

/// Whether a path is that of a folder: of one that is there, or by the `/` at its end.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn write_with(mode: u32, path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    if let Some(file) = replaced(path).with_context(failed)? {
        replace(mode, &file, content).with_context(failed)?;
        terminal::print(&format!("{} ({} bytes)", path.display(), content.len()));
        return Ok(());
    }
    // It may be stdout, where the content is to be alone.
    let file = fs::OpenOptions::new().write(true).open(path);
    file.and_then(|mut file| file.write_all(content)).with_context(failed)
}

/// The regular file that is there, or will be: where links lead. `None` if there is something else.
fn replaced(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => path.canonicalize().map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            Ok(link) => replaced(&folder(path).join(link)),
            Err(_) => Ok(Some(path.to_owned())),
        },
        Err(error) => Err(error),
    }
}

fn replace(mode: u32, path: &Path, content: &[u8]) -> io::Result<()> {
    let file = temporary(mode, folder(path))?;
    fs::write(file.path(), content)?;
    // A file that is there keeps its permissions, but a program can be executed.
    if let Ok(there) = fs::metadata(path) {
        let executable = file.as_file().metadata()?.permissions().mode() & 0o111;
        file.as_file().set_permissions(Permissions::from_mode(there.permissions().mode() & 0o777 | executable))?;
    }
    file.persist(path)?;
    Ok(())
}

fn temporary(mode: u32, folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, thread};

    use nix::{sys::stat::Mode, unistd::mkfifo};
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn links_stay_and_the_files_that_they_lead_to_are_written() {
        let folder = TempDir::new().unwrap();
        let [file, link, dangling] = ["file", "link", "dangling"].map(|name| folder.path().join(name));
        fs::write(&file, "before").unwrap();
        symlink("file", &link).unwrap();
        symlink("later", &dangling).unwrap();
        for link in [&link, &dangling] {
            prepare(link).unwrap();
            write(link, b"after").unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::read(link).unwrap(), b"after");
        }
        assert_eq!(fs::read(&file).unwrap(), b"after");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
    }

    #[test]
    fn a_pipe_and_a_device_are_written_to() {
        let folder = TempDir::new().unwrap();
        let pipe = folder.path().join("pipe");
        mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        prepare(&pipe).unwrap();
        let reader = thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write(&pipe, b"content").unwrap();
        assert_eq!(reader.join().unwrap(), b"content");
        write(Path::new("/dev/null"), b"content").unwrap();
        let error = write(Path::new("/dev/full"), b"content").unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot write /dev/full: No space left"), "{error:#}");
        assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
    }

    #[test]
    fn a_file_that_is_there_keeps_its_permissions() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("file");
        let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        write_private(&file, b"before").unwrap();
        write(&file, b"after").unwrap();
        assert_eq!((fs::read(&file).unwrap().as_slice(), mode()), (b"after".as_slice(), 0o600));
        // More than the umask leaves to a new file.
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        write(&file, b"again").unwrap();
        assert_eq!(mode(), 0o666);
    }

    #[test]
    fn a_folder_is_made_before_its_file() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("a/b/file");
        prepare(&file).unwrap();
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
        write(&file, b"content").unwrap();
        let error = prepare(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("is a folder: name a file, for example in it"), "{error}");
        let error = prepare(&file.join("c")).unwrap_err();
        assert!(format!("{error:#}").contains("Not a directory"), "{error:#}");
    }
}
