//! What a language has to provide, so that handlers can be written in it.

use std::path::{Path, PathBuf};

use crate::{cancellation::Cancellation, error::BuildError};

/// A language: how to recognize its projects, how to build them, and what not to watch.
pub struct Language {
    /// Looks at a folder, and builds nothing.
    pub detect: fn(&Path) -> Result<Detected, BuildError>,
    /// Builds the project in a folder.
    pub build: fn(&Path, Option<&Cancellation>) -> Result<Built, BuildError>,
    /// The names of folders that the language's tools write to. A change in them is not a change of the code.
    pub ignored: &'static [&'static str],
}

/// What a folder is to a language.
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
