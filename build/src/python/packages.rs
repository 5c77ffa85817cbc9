//! The packages that a handler imports.

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

/// The packages that a handler may import.
pub struct Packages {
    /// The folders that they are in. What is first is found first.
    pub folders: Vec<PathBuf>,
    /// The files of requirements that name them, if pip has installed them for the build.
    pub files: Vec<PathBuf>,
}

impl Packages {
    /// Those of the project's virtual environment; or, without one, a folder with what the project's `requirements.txt` or
    /// `pyproject.toml` names, which pip installs there.
    pub fn of(
        place: &Place,
        tools: &Tools,
        staging: &Staging,
        cancellation: Option<&Cancellation>,
    ) -> Result<Self, BuildError> {
        if let Some(environment) = VirtualEnvironment::of(place) {
            return Ok(Self { folders: environment.packages(), files: Vec::new() });
        }
        let folder = place.folder();
        let mut command = Command::new(&tools.python);
        // pip's messages go to stderr as they come.
        command.arg(staging.requirements_script()).arg(&place.root).arg(&folder).stdout(Stdio::piped());
        let output = tools::start(&mut command, cancellation)?.output()?;
        let files = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success());
        let files = files.ok_or_else(|| PythonError::Packages(place.root.clone()))?;
        Ok(Self { folders: vec![folder.join("packages")], files })
    }
}
