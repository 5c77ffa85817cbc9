//! What the author's modules say, without running them.

use std::{path::PathBuf, process::Command};

use serde::Deserialize;

use super::{
    error::PythonError,
    place::Place,
    staging::Staging,
    tools::{self, Tools},
    virtual_environment::VirtualEnvironment,
};
use crate::{cancellation::Cancellation, error::BuildError};

/// What `analyse.py` has found. It has written the rest for `goblet_component`.
#[derive(Debug, Deserialize)]
pub struct Analysis {
    /// The decorators that are used, such as `on_message`.
    pub routes: Vec<String>,
    /// The services that are used and need a setting: `groups`, `state`, `signed_requests`.
    pub services: Vec<String>,
    /// The author's modules.
    pub files: Vec<PathBuf>,
    /// Whether Chalice is imported, and is in none of the folders.
    pub needs_chalice: bool,
    /// Whether boto3's stand-in is not enough.
    pub needs_boto3: bool,
    /// Whether boto3 itself is needed, and is in none of the folders.
    pub lacks_boto3: bool,
    /// What may fail when it runs, each with its file and line.
    pub warnings: Vec<String>,
}

/// What is wrong with the author's modules.
#[derive(Deserialize)]
struct Wrong {
    error: String,
}

impl Analysis {
    pub fn of(
        place: &Place,
        tools: &Tools,
        staging: &Staging,
        packages: &[PathBuf],
        cancellation: Option<&Cancellation>,
    ) -> Result<Self, BuildError> {
        // The project's own Python reads all that the author can write. Another one may be older.
        let own = VirtualEnvironment::of(place).map(|own| own.program("python")).filter(|python| python.is_file());
        let mut command = Command::new(own.as_ref().unwrap_or(&tools.python));
        command
            .arg(staging.analysis_script())
            .arg(&place.file)
            .arg(staging.plan())
            .arg(staging.stand_ins())
            .args(packages);
        let output = tools::run(&mut command, cancellation)?;
        if let Ok(Wrong { error }) = serde_json::from_slice(&output.stdout) {
            return Err(PythonError::Wrong(error).into());
        }
        let analysis = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success());
        analysis.ok_or_else(|| PythonError::Analysis(tools::words(&output)).into())
    }
}
