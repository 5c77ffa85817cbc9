//! The folder in a project that builds write to.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Its name. A change in it is no change of the code.
pub const FOLDER: &str = ".goblet";

/// Makes a folder in the output folder of the project in `root`. Git ignores all of it, with no line in the author's own
/// file.
pub fn make(root: &Path, inner: &Path) -> io::Result<PathBuf> {
    let output = root.join(FOLDER);
    let folder = output.join(inner);
    fs::create_dir_all(&folder)?;
    fs::write(output.join(".gitignore"), "*\n")?;
    Ok(folder)
}
