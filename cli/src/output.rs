//! Files that commands write.

use std::{fs, path::Path};

use anyhow::Context as _;
use tempfile::NamedTempFile;

/// Writes a file, and says so. All or nothing: a full disk leaves no half of it behind.
pub fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    replace(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{} ({} bytes)", path.display(), content.len());
    Ok(())
}

fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder)?;
    fs::write(file.path(), content)?;
    file.persist(path)?;
    Ok(())
}
