//! The folders in this user's folder for caches. What is in them is run, so nobody else may write to them.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy as _;
use nix::unistd::Uid;

use crate::error::BuildError;

/// The permissions that others would need to change what is in a folder.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A folder of this name, which is made if it is not there.
///
/// # Errors
///
/// [`BuildError`] if it cannot be made, or if somebody else may write to it or to the folder that it is in.
pub fn make(name: &str) -> Result<PathBuf, BuildError> {
    let folders = folders(name)?;
    for folder in &folders {
        let not_made = |error| BuildError::NoCacheFolder(folder.clone(), error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(not_made)?;
        check(folder)?;
    }
    let [_, folder] = folders;
    Ok(folder)
}

/// Where the folder of this name is, or will be. Nothing is made by this.
///
/// # Errors
///
/// Those of [`make`], as far as the folders are there.
pub fn find(name: &str) -> Result<PathBuf, BuildError> {
    let folders = folders(name)?;
    folders.iter().try_for_each(|folder| check(folder))?;
    let [_, folder] = folders;
    Ok(folder)
}

/// `goblet` in the user's folder for caches (`$XDG_CACHE_HOME` or `~/.cache`), and the folder of this name in it.
fn folders(name: &str) -> Result<[PathBuf; 2], BuildError> {
    let strategy = etcetera::choose_base_strategy().map_err(|error| BuildError::NoCache(error.to_string()))?;
    let goblet = strategy.cache_dir().join("goblet");
    let folder = goblet.join(name);
    Ok([goblet, folder])
}

fn check(folder: &Path) -> Result<(), BuildError> {
    let metadata = match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata.map_err(|error| BuildError::NoCacheFolder(folder.to_owned(), error))?,
    };
    if metadata.uid() != Uid::effective().as_raw() {
        Err(BuildError::ForeignCacheFolder(folder.to_owned()))
    } else if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
        Err(BuildError::SharedCacheFolder(folder.to_owned()))
    } else {
        Ok(())
    }
}
