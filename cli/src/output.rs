//! Files that commands write.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use anyhow::Context as _;
use tempfile::Builder;

use crate::terminal;

/// Writes a file, and prints its name and size. If that fails, e.g. because the disk is full, no part of it is left.
pub fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(0o666, path, content)
}

/// The same for a program, which may then be executed.
pub fn write_program(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_with(0o777, path, content)
}

fn write_with(mode: u32, path: &Path, content: &[u8]) -> anyhow::Result<()> {
    replace(mode, path, content).with_context(|| format!("cannot write {}", path.display()))?;
    terminal::print(&format!("{} ({} bytes)", path.display(), content.len()));
    Ok(())
}

fn replace(mode: u32, path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable by everybody, unless the umask forbids it: Lambda runs functions as another user than the file's owner.
    let file = Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    fs::write(file.path(), content)?;
    file.persist(path)?;
    Ok(())
}
