//! Where a handler's files are, and where its build writes.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use super::error::PythonError;
use crate::output;

/// The file in a folder that is the handler.
pub const APP: &str = "app.py";

/// Where a handler is.
pub struct Place {
    /// The folder of the author's modules.
    pub root: PathBuf,
    /// The first module.
    pub file: PathBuf,
    /// The handler's name: the folder's, or that of a file that was given.
    name: String,
}

impl Place {
    /// The place of a handler that is a folder or a file.
    pub fn of(path: &Path) -> Result<Self, PythonError> {
        let absolute = path.canonicalize().map_err(|error| PythonError::NotRead(path.to_owned(), error))?;
        let no_name = || PythonError::Name(path.to_owned());
        if absolute.is_dir() {
            // In a file's name, a dot begins the extension.
            let name = absolute.file_name().and_then(|name| name.to_str()).ok_or_else(no_name)?.replace('.', "_");
            return Ok(Self { file: absolute.join(APP), root: absolute, name });
        }
        // In a module's name, a dot is between packages.
        let name = absolute.file_stem().and_then(|name| name.to_str()).filter(|name| !name.contains('.'));
        let name = name.ok_or_else(no_name)?.to_owned();
        let root = absolute.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { root, file: absolute, name })
    }

    /// Where the build writes what belongs to this handler.
    pub fn folder(&self) -> PathBuf {
        self.root.join(output::FOLDER).join(self.inner_folder())
    }

    /// Where that is in the project's output folder.
    fn inner_folder(&self) -> PathBuf {
        Path::new("python").join(&self.name)
    }

    /// The component's file. Its name is the handler's.
    pub fn component(&self) -> PathBuf {
        self.folder().join(&self.name).with_extension("wasm")
    }

    /// Makes the folder, and locks it until the result is dropped: of two builds at the same time, one waits.
    pub fn lock(&self) -> Result<File, PythonError> {
        let not_written = |error| PythonError::NotWritten(self.folder(), error);
        let folder = output::make(&self.root, &self.inner_folder()).map_err(not_written)?;
        let file = File::create(folder.join("lock")).map_err(not_written)?;
        file.lock().map_err(not_written)?;
        Ok(file)
    }
}
