//! What a language has to provide, so that handlers can be written in it.

use std::path::{Path, PathBuf};

use crate::{cancellation::Cancellation, error::BuildError, requirement::Requirement};

/// Makes something of the folder or the file of a project. It can be cancelled.
type Build<T> = fn(&Path, Option<&Cancellation>) -> Result<T, BuildError>;

/// A language: how to recognize its projects, how to build them, and what not to watch.
pub struct Language {
    /// Its name, as people type it.
    pub name: &'static str,
    /// The extensions of its source files, if one file can be a project, e.g. `py`.
    pub extensions: &'static [&'static str],
    /// Looks at a folder, or at a file with one of the extensions, and builds nothing.
    pub detect: fn(&Path) -> Result<Detected, BuildError>,
    /// Builds the project that is a folder or such a file.
    pub build: Build<Built>,
    /// Builds it to be tried, in less time. A language whose builds are quick has none.
    pub draft: Option<Build<Draft>>,
    /// The names of folders that the language's tools write to. A change in them is not a change of the code.
    pub ignored: &'static [&'static str],
    /// Looks for what its builds need, and installs nothing.
    pub requirements: fn() -> Vec<Requirement>,
}

impl Language {
    /// Whether a path has the extension of the language's source files.
    pub fn has_source(&self, path: &Path) -> bool {
        has_extension(path, self.extensions)
    }
}

/// Whether a path has one of these extensions.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
}

/// What a path is to a language.
pub enum Detected {
    /// No project of this language.
    Nothing,
    /// A project of this language that makes no component. The error says what it is instead.
    NoHandler(BuildError),
    /// A project that makes a component.
    Handler,
}

/// What a build has made.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The component (`.wasm`), or a compiled one (`.cwasm`).
    pub component: PathBuf,
    /// The files and folders that it was made from. If one of them changes, build again.
    pub watched: Vec<PathBuf>,
}

/// What a build has made to be tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The component (`.wasm`), or a compiled one (`.cwasm`).
    pub component: PathBuf,
    /// What the component was made of, if it may be compiled already.
    pub base: Option<Base>,
    /// The files and folders that it was made from. If one of them changes, build again.
    pub watched: Vec<PathBuf>,
}

/// A component of which others are made by replacing data that it has in its memory, in one place. The same can be done to
/// what is compiled of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// The component's file.
    pub component: PathBuf,
    /// The data that is there.
    pub old: Vec<u8>,
    /// As many bytes, which come to its place.
    pub new: Vec<u8>,
}
