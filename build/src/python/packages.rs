//! Where the packages are that a handler imports.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use super::{
    error::PythonError,
    place::Place,
    staging::Staging,
    tools::{self, Tools},
    virtual_environment::VirtualEnvironment,
};
use crate::{cancellation::Cancellation, error::BuildError};

/// The folders of the packages: those of the project's virtual environment; or, without one, a folder with what the
/// project's `requirements.txt` or `pyproject.toml` names, which pip installs there.
pub fn folders(
    place: &Place,
    tools: &Tools,
    staging: &Staging,
    cancellation: Option<&Cancellation>,
) -> Result<Vec<PathBuf>, BuildError> {
    if let Some(environment) = VirtualEnvironment::of(place) {
        return Ok(environment.packages());
    }
    let folder = place.folder();
    let mut command = Command::new(&tools.python);
    // pip's messages go to stderr as they come.
    command.arg(staging.requirements_script()).arg(&place.root).arg(&folder).stdout(Stdio::null());
    let status = tools::start(&mut command, cancellation)?.wait()?;
    if !status.success() {
        return Err(PythonError::Packages(place.root.clone()).into());
    }
    Ok(vec![folder.join("packages")])
}
