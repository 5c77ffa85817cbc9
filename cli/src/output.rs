//! Files that commands write.

use std::{
    fs::{self, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::{Builder, NamedTempFile};

use crate::terminal;

/// Writes a file, and prints its name and size. If that fails, e.g. because the disk is full, no part of it is left.
///
/// A link stays one, and what is no regular file is written to: a device, or a pipe.
pub fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(0o666, path, content)
}

/// The same for a program, which may then be executed.
pub fn write_program(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(0o777, path, content)
}

/// Makes the folder of a file that is written later, and makes sure that the file can be.
pub fn prepare(path: &Path) -> anyhow::Result<()> {
    let prepared = || match replaced(path)? {
        Some(file) => {
            let folder = folder(&file);
            fs::create_dir_all(folder)?;
            temporary(0o666, folder).map(drop)
        }
        // A pipe may wait for its reader.
        None => Ok(()),
    };
    prepared().with_context(|| format!("cannot write {}", path.display()))
}

fn write_with(mode: u32, path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let written = replaced(path).and_then(|file| match file {
        Some(file) => replace(mode, &file, content),
        None => fs::OpenOptions::new().write(true).open(path)?.write_all(content),
    });
    written.with_context(|| format!("cannot write {}", path.display()))?;
    terminal::print(&format!("{} ({} bytes)", path.display(), content.len()));
    Ok(())
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
    file.persist(path)?;
    Ok(())
}

/// Readable by everybody, unless the umask forbids it: Lambda runs functions as another user than the file's owner.
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
    fn a_folder_is_made_before_its_file() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("a/b/file");
        prepare(&file).unwrap();
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
        write(&file, b"content").unwrap();
        let error = prepare(&file.join("c")).unwrap_err();
        assert!(format!("{error:#}").contains("Not a directory"), "{error:#}");
    }
}
