//! Chalice's part of a build.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    error::PythonError,
    place::Place,
    tools::{self, Tools},
};
use crate::{cancellation::Cancellation, error::BuildError, private_install::PrivateInstall};

/// The package's name.
pub const NAME: &str = "chalice";

/// The version that an app gets if its project names none.
const CHALICE: PrivateInstall = PrivateInstall { name: NAME, version: "1.34.0" };

/// The folder of a private Chalice, for an app whose project does not bring it.
pub fn install(tools: &Tools, cancellation: Option<&Cancellation>) -> Result<PathBuf, BuildError> {
    eprintln!(
        "note: the project does not bring Chalice: the handler gets version {}. To choose another one, name it in \
         requirements.txt, or install it into the project's virtual environment",
        CHALICE.version
    );
    CHALICE.folder(|| Ok(()), |folder| pip(&tools.python, folder, cancellation))
}

/// What an app imports of Chalice imports nothing else.
fn pip(python: &Path, folder: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
    let requirement = format!("{}=={}", CHALICE.name, CHALICE.version);
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps"]);
    command.arg("--target").arg(folder).arg(&requirement);
    let output = tools::run(&mut command, cancellation)?;
    if output.status.success() {
        Ok(())
    } else {
        Err(PythonError::NotInstalled(requirement, tools::words(&output)).into())
    }
}

/// The folder whose content Chalice puts beside the app: <https://aws.github.io/chalice/topics/packaging.html>.
pub fn vendored(place: &Place) -> Option<PathBuf> {
    let vendor = place.root.join("vendor");
    (place.root.join(".chalice").is_dir() && vendor.is_dir()).then_some(vendor)
}
