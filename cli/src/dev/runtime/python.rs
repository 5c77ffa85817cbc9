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
    launch::{Help, Launch, note_version},
};

/// The folders of virtual environments, by custom.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];

/// What Lambda's runtime has and a laptop has not.
const SDK: [&str; 2] = ["boto3", "botocore"];

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
}

/// The command that starts a Python function: with AWS's runtime client if it is installed, or else with our own.
pub fn launch(
    function: &Function,
    folder: &Path,
    variables: &BTreeMap<String, String>,
    clients: &Clients,
) -> anyhow::Result<Launch> {
    let handler_name = function.handler_name.clone();
    if !handler_name.contains('.') {
        bail!("Handler {handler_name:?} is not of the form FILE.FUNCTION, e.g. app.handler");
    }
    let python = interpreter(&function.runtime, folder)?;
    let path: Vec<_> = variables.get("PYTHONPATH").map(|path| ("PYTHONPATH", path.as_str())).into_iter().collect();
    let check = run(&python, [clients.file(Clients::PYTHON_CHECK)], folder, &path)?;
    let check: Check = serde_json::from_slice(&check.stdout).context("cannot read what the check of Python says")?;
    let Check { version, missing_requirements, .. } = &check;
    if !missing_requirements.is_empty() {
        let (folder, python) = (folder.display(), python.display());
        bail!(
            "{} of {folder}/requirements.txt is not installed: run `{python} -m pip install -r {folder}/requirements.txt`, \
             in a virtual environment ({folder}/.venv is found), or run `sam build` and then `goblet dev --built`",
            missing_requirements.join(", ")
        );
    }
    note_version(function, &format!("python{version}"), &python, &format!("Python {version}"));
    let client = if check.has_client {
        ["-m".to_owned(), "awslambdaric".to_owned()]
    } else {
        // Without a buffer, so that what is printed is shown at once.
        ["-u".to_owned(), text(&clients.file(Clients::PYTHON))?]
    };
    let command = [vec![text(&check.executable)?], client.to_vec(), vec![handler_name.clone()]].concat();
    Ok(Launch { command, help: Help { explain, interpreter: python, folder: folder.to_owned(), handler_name } })
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

/// Says what to do about an error that a runtime client, AWS's or our own, reports when it loads a function.
fn explain(help: &Help, error_type: &str, message: &str) -> Option<String> {
    let Help { handler_name, folder, .. } = help;
    match error_type {
        "Runtime.ImportModuleError" => missing_module(help, message),
        "Runtime.HandlerNotFound" => {
            Some(format!("{message}: define it in the code in {}, or correct Handler {handler_name}", folder.display()))
        }
        _ => None,
    }
}

/// Says what to do about a module that is missing.
fn missing_module(help: &Help, message: &str) -> Option<String> {
    let Help { interpreter, folder, handler_name, .. } = help;
    let (python, shown) = (interpreter.display(), folder.display());
    let name = message.split_once("No module named '")?.1.split('\'').next()?;
    let module = handler_name.rsplit_once('.')?.0.replace('/', ".");
    let package = name.split('.').next()?;
    let is_own = folder.join(package).is_dir() || folder.join(format!("{package}.py")).is_file();
    if module == name || (!is_own && module.split('.').next() == Some(package)) {
        let file = module.replace('.', "/");
        return Some(format!("there is no {file}.py in {shown}, which Handler {handler_name} names"));
    }
    if is_own {
        return None;
    }
    let hint = if SDK.contains(&package) { " (boto3 is part of Lambda's own runtime)" } else { "" };
    Some(format!(
        "{message}{hint}: run `{python} -m pip install {package}`, in a virtual environment ({shown}/.venv \
         is found)"
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_to_do_about_a_missing_module() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("own.py"), "").unwrap();
        let explained = |handler_name: &str, name: &str| {
            let (interpreter, folder) = ("python3".into(), folder.path().to_owned());
            let help = Help { explain, interpreter, folder, handler_name: handler_name.to_owned() };
            help.explain("Runtime.ImportModuleError", &format!("Unable to import module 'm': No module named '{name}'"))
        };
        for (handler_name, name, says) in [
            ("app.handler", "app", "there is no app.py in"),
            ("src/app.handler", "src", "there is no src/app.py in"),
            ("app.handler", "requests.auth", "run `python3 -m pip install requests`"),
            ("app.handler", "boto3", "(boto3 is part of Lambda's own runtime)"),
        ] {
            let explained = explained(handler_name, name).unwrap();
            assert!(explained.contains(says), "{explained}");
        }
        assert_eq!(explained("app.handler", "own.part"), None);
    }
}
