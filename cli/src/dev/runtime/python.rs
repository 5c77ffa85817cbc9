//! Functions in Python.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use goblet_template::Function;
use serde::Deserialize;

use super::{
    clients::Clients,
    interpreter::{in_path, run, text},
};
use crate::terminal;

/// The folders of virtual environments, by custom.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];

/// What `python_check.py` prints.
#[derive(Deserialize)]
struct Check {
    /// The interpreter itself: what is found in `PATH` may be a script that chooses one.
    executable: PathBuf,
    /// The interpreter's, such as `3.11`.
    version: String,
    /// Whether AWS's own runtime client is installed.
    has_client: bool,
    missing_requirements: Vec<String>,
    missing_imports: Vec<String>,
    syntax_error: Option<String>,
    /// The handler's file.
    file: Option<String>,
    /// Whether the file may have the handler's name.
    has_name: bool,
}

/// The command that starts a Python function: with AWS's runtime client if it is installed, or else with our own.
pub fn command(
    function: &Function,
    folder: &Path,
    variables: &BTreeMap<String, String>,
    clients: &Clients,
) -> anyhow::Result<Vec<String>> {
    let handler_name = &function.handler_name;
    if !handler_name.contains('.') {
        bail!("Handler {handler_name:?} is not of the form FILE.FUNCTION, e.g. app.handler");
    }
    let python = interpreter(&function.runtime, folder)?;
    let path: Vec<_> = variables.get("PYTHONPATH").map(|path| ("PYTHONPATH", path.as_str())).into_iter().collect();
    let check = [clients.file(Clients::PYTHON_CHECK).into_os_string(), handler_name.into()];
    let check = run(&python, check, folder, &path)?;
    let check: Check = serde_json::from_slice(&check.stdout).context("cannot read what the check of the code says")?;
    check.verify(handler_name, &python, folder)?;
    check.note_version(function, &python);
    let client = if check.has_client {
        ["-m".to_owned(), "awslambdaric".to_owned()]
    } else {
        // Without a buffer, so that what is printed is shown at once.
        ["-u".to_owned(), text(&clients.file(Clients::PYTHON))?]
    };
    Ok([vec![text(&check.executable)?], client.to_vec(), vec![handler_name.clone()]].concat())
}

/// The first of these: the virtual environment that is active, the nearest one in the function's folder or above it, the
/// version that the function asks for, `python3`.
fn interpreter(runtime: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let near = folder.ancestors().flat_map(|folder| ENVIRONMENTS.map(|name| folder.join(name)));
    let mut environments = active.into_iter().chain(near).map(|environment| environment.join("bin/python"));
    environments
        .find(|python| python.is_file())
        // A script of pyenv may be there without the version.
        .or_else(|| in_path(runtime).filter(|python| run(python, ["--version"], folder, &[]).is_ok()))
        .or_else(|| in_path("python3"))
        .with_context(|| format!("Runtime {runtime} needs Python: install it, so that `python3` is found in PATH"))
}

impl Check {
    /// Checks that a function can start.
    fn verify(&self, handler_name: &str, python: &Path, folder: &Path) -> anyhow::Result<()> {
        let (module, name) = handler_name.rsplit_once('.').unwrap_or_default();
        let (folder, python) = (folder.display(), python.display());
        let Some(file) = &self.file else {
            let file = module.replace('.', "/");
            bail!("there is no {file}.py in {folder}, which Handler {handler_name} names");
        };
        if let Some(error) = &self.syntax_error {
            bail!("{python} cannot read {file}: {error}");
        }
        if !self.has_name {
            bail!("{file} has no {name}, which Handler {handler_name} names");
        }
        if !self.missing_requirements.is_empty() {
            bail!(
                "{} of {folder}/requirements.txt is not installed: run `{python} -m pip install -r \
                 {folder}/requirements.txt`, in a virtual environment ({folder}/.venv is found), or run `sam build` \
                 and then `goblet dev --built`",
                self.missing_requirements.join(", ")
            );
        }
        if !self.missing_imports.is_empty() {
            let missing = self.missing_imports.join(" ");
            let hint = if self.missing_imports.iter().any(|name| name == "boto3" || name == "botocore") {
                " (boto3 is part of Lambda's own runtime)"
            } else {
                ""
            };
            bail!(
                "{file} imports {missing}, which {python} does not have{hint}: run `{python} -m pip install {missing}`, in a \
                 virtual environment ({folder}/.venv is found)"
            );
        }
        Ok(())
    }

    /// Tells if a function runs on another version than on AWS.
    fn note_version(&self, function: &Function, python: &Path) {
        let (id, runtime, version) = (&function.id, &function.runtime, &self.version);
        if *runtime != format!("python{version}") {
            terminal::note(&format!(
                "Resources.{id}: its Runtime is {runtime}, but it runs on {} here, which is Python {version}",
                python.display()
            ));
        }
    }
}
