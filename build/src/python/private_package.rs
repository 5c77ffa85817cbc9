//! Packages that a handler needs and that its project does not bring: Chalice, boto3.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    error::PythonError,
    tools::{self, Tools},
};
use crate::{cancellation::Cancellation, error::BuildError, private_install::PrivateInstall};

/// A package in a version of its own.
pub struct PrivatePackage {
    /// Its name and version on PyPI.
    pub install: PrivateInstall<'static>,
    /// What people call it.
    pub title: &'static str,
    /// Further options of pip.
    pub options: &'static [&'static str],
}

impl PrivatePackage {
    /// The folder that it is in. It is installed there, once, and a note says why it is taken.
    pub fn folder(&self, tools: &Tools, cancellation: Option<&Cancellation>) -> Result<PathBuf, BuildError> {
        let (title, version) = (self.title, self.install.version);
        eprintln!(
            "note: the project does not bring {title}: the handler gets version {version}. To choose another one, name it in \
             requirements.txt, or install it into the project's virtual environment"
        );
        self.install.folder(cancellation, || Ok(()), |folder| self.pip(&tools.python, folder, cancellation))
    }

    fn pip(&self, python: &Path, folder: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
        let requirement = format!("{}=={}", self.install.name, self.install.version);
        let mut command = Command::new(python);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]);
        command.args(self.options).arg("--target").arg(folder).arg(&requirement);
        let output = tools::run(&mut command, cancellation)?;
        if output.status.success() {
            Ok(())
        } else {
            Err(PythonError::NotInstalled(requirement, tools::words(&output)).into())
        }
    }
}
