//! Turns a handler's project into a WebAssembly component, whatever language the project is written in.
//!
//! ```no_run
//! use goblet_build::Project;
//!
//! let project = Project::detect("guest/echo".as_ref())?;
//! let built = project.build(None)?;
//! println!("the component is {}", built.component.display());
//! # Ok::<(), goblet_build::BuildError>(())
//! ```
//!
//! To add a language, write one file as `rust.rs` is, and add its row to the table in `project.rs`.

mod cache;
mod cache_folder;
mod cancellation;
mod error;
mod javascript;
mod language;
mod output;
mod private_install;
mod project;
mod python;
mod requirement;
mod rust;
mod tool;

use std::path::{Path, PathBuf};

pub use self::{
    cache::Cache,
    cancellation::Cancellation,
    error::BuildError,
    javascript::error::JavaScriptError,
    language::{Base, Built, Draft},
    project::{Project, is_ignored, requirements},
    python::error::PythonError,
    requirement::{Requirement, Requirements, State, version_numbers, version_of},
};

/// Builds what a path names, and returns the component's file: [`Project::detect`] and [`Project::build`] in one.
///
/// # Errors
///
/// [`BuildError`] says what is wrong, and what to do next.
pub fn build(path: &Path) -> Result<PathBuf, BuildError> {
    Ok(Project::detect(path)?.build(None)?.component)
}
