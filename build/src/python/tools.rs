//! The programs that a build runs: a Python, and componentize-py.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use super::{error::PythonError, place::Place, virtual_environment::VirtualEnvironment};
use crate::{
    cancellation::Cancellation,
    error::BuildError,
    private_install::PrivateInstall,
    requirement::{Requirement, State, version_numbers},
    tool::Tool,
};

/// The version that handlers are built with. It is pinned here and nowhere else.
pub const COMPONENTIZE_PY: PrivateInstall = PrivateInstall {
    name: "componentize-py",
    version: "0.25.1",
    works: |folder, cancellation| Tools::in_environment(&VirtualEnvironment(folder.to_owned())).work(cancellation),
};

/// The componentize-py that has worked in this process. Asking takes a tenth of a second, in each build.
static WORKING: OnceLock<PathBuf> = OnceLock::new();

/// The Python that makes virtual environments, and the versions of it that work.
const PYTHON: &str = "python3";
const OLDEST: &str = "3.9 or later";

/// The programs that a build runs.
pub struct Tools {
    /// Runs our own scripts, and has pip.
    pub python: PathBuf,
    pub componentize_py: PathBuf,
}

impl Tools {
    /// Those of the project's own virtual environment, if it has componentize-py in the same version; or else private ones,
    /// which are installed once.
    pub fn find(place: &Place, cancellation: Option<&Cancellation>) -> Result<Self, BuildError> {
        if let Some(own) = VirtualEnvironment::of(place) {
            let tools = Self::in_environment(&own);
            if tools.work(cancellation)? {
                return Ok(tools);
            }
        }
        let require = || python_version(cancellation).map(drop);
        let folder = COMPONENTIZE_PY.folder(cancellation, require, |folder| install(folder, cancellation))?;
        Ok(Self::in_environment(&VirtualEnvironment(folder)))
    }

    fn in_environment(environment: &VirtualEnvironment) -> Self {
        Self { python: environment.program("python"), componentize_py: environment.program("componentize-py") }
    }

    /// Whether they can be started, and componentize-py has the right version. Once it has, it is not asked again.
    fn work(&self, cancellation: Option<&Cancellation>) -> Result<bool, BuildError> {
        if ![&self.python, &self.componentize_py].iter().all(|program| program.is_file()) {
            return Ok(false);
        }
        if WORKING.get() == Some(&self.componentize_py) {
            return Ok(true);
        }
        match run(Command::new(&self.componentize_py).arg("--version"), cancellation) {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout);
                let works = said.split_whitespace().any(|word| word == COMPONENTIZE_PY.version);
                if works {
                    WORKING.get_or_init(|| self.componentize_py.clone());
                }
                Ok(works)
            }
            // Its first line names a Python that is gone.
            Err(BuildError::Python(PythonError::NoPython(..))) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Looks for a Python and for the private installation. A project may have its own componentize-py besides.
pub fn requirements() -> Vec<Requirement> {
    vec![
        Requirement::new(PYTHON, OLDEST, |cancellation| python_version(Some(cancellation)).map(State::Present)),
        Requirement::new("venv", "", can_make_environments),
        Requirement::new(COMPONENTIZE_PY.name, "", |cancellation| COMPONENTIZE_PY.state(cancellation)),
    ]
}

/// The version of the Python that makes virtual environments. It is an error if it is too old.
fn python_version(cancellation: Option<&Cancellation>) -> Result<String, BuildError> {
    let output = run(Command::new(PYTHON).arg("--version"), cancellation)?;
    let version = words(&output).trim_start_matches("Python ").to_owned();
    if version_numbers(&version) < (3, 9) { Err(PythonError::TooOld(version).into()) } else { Ok(version) }
}

/// Debian has both modules in a package of its own.
fn can_make_environments(cancellation: &Cancellation) -> Result<State, BuildError> {
    let output = run(Command::new(PYTHON).args(["-c", "import ensurepip, venv"]), Some(cancellation))?;
    if output.status.success() {
        return Ok(State::Present(String::new()));
    }
    Err(PythonError::NoVenv(PathBuf::from("FOLDER"), words(&output)).into())
}

fn install(folder: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
    let venv = run(Command::new(PYTHON).args(["-m", "venv"]).arg(folder), cancellation)?;
    if !venv.status.success() {
        return Err(PythonError::NoVenv(folder.to_owned(), words(&venv)).into());
    }
    let requirement = format!("{}=={}", COMPONENTIZE_PY.name, COMPONENTIZE_PY.version);
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &requirement]);
    let pip = run(&mut pip, cancellation)?;
    if pip.status.success() { Ok(()) } else { Err(PythonError::NotInstalled(requirement, words(&pip)).into()) }
}

/// Runs a program to its end.
pub fn run(command: &mut Command, cancellation: Option<&Cancellation>) -> Result<Output, BuildError> {
    start(command.stdout(Stdio::piped()).stderr(Stdio::piped()), cancellation)?.output()
}

/// Starts a Python, or a program that is written in it.
pub fn start<'a>(command: &mut Command, cancellation: Option<&'a Cancellation>) -> Result<Tool<'a>, BuildError> {
    let program = PathBuf::from(command.get_program());
    Tool::start(PYTHON, command, cancellation).map_err(|error| match error {
        BuildError::NotStarted(_, error) => PythonError::NoPython(program, error).into(),
        error => error,
    })
}

/// All that a program has said.
pub fn words(output: &Output) -> String {
    let words = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
}
