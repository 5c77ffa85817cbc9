//! Tools that a build needs and that no project brings: each is installed once, in this user's cache folder.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{cache_folder, cancellation::Cancellation, error::BuildError, requirement::State};

/// The file that says that an installation is complete.
const COMPLETE: &str = "complete";

/// A tool in a version of its own, which no other program uses or changes.
pub struct PrivateInstall<'a> {
    /// The tool's name, e.g. `componentize-py`.
    pub name: &'static str,
    /// Its version. Another version is another installation.
    pub version: &'a str,
    /// Whether what is in its folder works. An upgrade of the system may have removed what it needs.
    pub works: fn(&Path, Option<&Cancellation>) -> Result<bool, BuildError>,
}

impl PrivateInstall<'_> {
    /// Whether it is installed, and works. Nothing is installed by this.
    pub fn state(&self, cancellation: &Cancellation) -> Result<State, BuildError> {
        let folder = cache_folder::find(&self.folder_name())?;
        let text = format!("{} in {}", self.version, folder.display());
        let is_usable = folder.join(COMPLETE).exists() && (self.works)(&folder, Some(cancellation))?;
        Ok(if is_usable { State::Present(text) } else { State::Installable(text) })
    }

    fn folder_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// The folder that the tool is in. If it is not installed yet, or no longer works, `install` puts it there, and a line
    /// says so. Before it, `require` finds out whether this machine has what installs it.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if there is no such folder, or what `require` or `install` return. What `install` has left is removed
    /// by the next try.
    pub fn folder(
        &self,
        cancellation: Option<&Cancellation>,
        require: impl FnOnce() -> Result<(), BuildError>,
        install: impl FnOnce(&Path) -> Result<(), BuildError>,
    ) -> Result<PathBuf, BuildError> {
        let folder = cache_folder::make(&self.folder_name())?;
        let not_written = |error| BuildError::NotInstalled(self.name, folder.clone(), error);
        // Two builds at the same time install it once.
        let _lock = lock(&folder.with_added_extension("lock")).map_err(not_written)?;
        let is_complete = folder.join(COMPLETE).exists();
        if is_complete && (self.works)(&folder, cancellation)? {
            return Ok(folder);
        }
        require()?;
        let start = Instant::now();
        let why = if is_complete { "again, because it no longer works there" } else { "once" };
        eprintln!("installing {} {} into {}, {why}; this may take a minute", self.name, self.version, folder.display());
        remove(&folder).map_err(not_written)?;
        cache_folder::make(&self.folder_name())?;
        install(&folder)?;
        File::create(folder.join(COMPLETE)).map_err(not_written)?;
        eprintln!("installed {} in {:.0} s", self.name, start.elapsed().as_secs_f64());
        Ok(folder)
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    file.lock()?;
    Ok(file)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
