//! Handlers in Python: a file that uses the package `goblet` or Chalice, or a folder with an `app.py`. componentize-py
//! makes the component.
//!
//! The author's modules are read and not run: [`analysis`] finds which routes they serve and what they import. The
//! component brings them, and `goblet_component` (in `python/`) runs them afresh in each event.

mod analysis;
mod chalice;
pub mod error;
mod packages;
mod place;
mod staging;
mod tools;
mod virtual_environment;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use self::{analysis::Analysis, error::PythonError, place::Place, staging::Staging, tools::Tools};
use crate::{
    cancellation::Cancellation,
    error::BuildError,
    language::{Built, Detected, Language},
    tool::Tool,
};

pub const PYTHON: Language = Language {
    name: "python",
    extensions: &["py"],
    detect,
    build,
    ignored: &["venv", "site-packages"],
    requirements: tools::requirements,
};

/// What a handler imports: one of these.
const PACKAGES: [&str; 2] = ["goblet", chalice::NAME];

/// The line in which `goblet_component/_failure.py` says what is wrong.
const ERRORS: &str = "goblet-errors: ";

#[allow(clippy::unnecessary_wraps)] // Every language has this signature.
fn detect(path: &Path) -> Result<Detected, BuildError> {
    // A custom runtime is a program, whatever is beside it.
    if path.join("bootstrap").is_file() {
        return Ok(Detected::Nothing);
    }
    let file = if path.is_dir() { path.join(place::APP) } else { path.to_owned() };
    if let Ok(source) = fs::read(&file) {
        // A Lambda function in Python often has an app.py, too.
        let source = String::from_utf8_lossy(&source);
        let is_handler = PACKAGES.iter().any(|package| source.contains(package));
        let no_handler = || Detected::NoHandler(PythonError::NoHandler(file).into());
        return Ok(if is_handler { Detected::Handler } else { no_handler() });
    }
    if path.join("pyproject.toml").is_file() {
        return Ok(Detected::NoHandler(PythonError::NoApp(path.to_owned()).into()));
    }
    Ok(Detected::Nothing)
}

fn build(path: &Path, cancellation: Option<&Cancellation>) -> Result<Built, BuildError> {
    let place = Place::of(path)?;
    let _one_at_a_time = place.lock()?;
    let tools = Tools::find(&place, cancellation)?;
    let staging = Staging::write(&place)?;
    let mut packages = vec![staging.stand_ins()];
    packages.extend(packages::folders(&place, &tools, &staging, cancellation)?);
    packages.extend(chalice::vendored(&place));
    let analysis = Analysis::of(&place, &tools, &staging, &packages, cancellation)?;
    for warning in &analysis.warnings {
        eprintln!("warning: {warning}");
    }
    if analysis.needs_chalice {
        packages.push(chalice::install(&tools, cancellation)?);
    }
    staging.write_world(&analysis.routes, &analysis.services)?;
    let component = place.component();
    componentize(&tools, &staging, &packages, &component, cancellation)?;
    Ok(Built { component, watched: watched(path, &place, analysis) })
}

fn componentize(
    tools: &Tools,
    staging: &Staging,
    packages: &[PathBuf],
    component: &Path,
    cancellation: Option<&Cancellation>,
) -> Result<(), BuildError> {
    let mut command = Command::new(&tools.componentize_py);
    command.arg("--wit-path").arg(staging.world()).args(["--world", staging::WORLD, "componentize", staging::ENTRY]);
    // What is first is found first.
    for folder in [&staging.modules()].into_iter().chain(packages) {
        command.arg("--python-path").arg(folder);
    }
    command.arg("--output").arg(component);
    // Otherwise it also takes the packages that it finds by `VIRTUAL_ENV`, by pipenv, or beside itself.
    command.env("VIRTUAL_ENV", staging.no_packages());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = Tool::start("componentize-py", &mut command, cancellation)?.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(failure(&String::from_utf8_lossy(&output.stderr)).into())
}

/// Why componentize-py failed: what the handler's component has said, or else its own text without its backtrace.
fn failure(stderr: &str) -> PythonError {
    let said = stderr.lines().find_map(|line| line.strip_prefix(ERRORS));
    if let Some(errors) = said.and_then(|errors| serde_json::from_str::<Vec<String>>(errors).ok()) {
        return PythonError::Wrong(errors.join("\n"));
    }
    let text = stderr.split("\nStack backtrace:").next().unwrap_or(stderr);
    PythonError::Componentize(text.trim().to_owned())
}

/// A folder is watched as a whole. Beside a file there may be anything, so what it imports is watched.
fn watched(path: &Path, place: &Place, analysis: Analysis) -> Vec<PathBuf> {
    if path.is_dir() {
        return vec![place.root.clone()];
    }
    let requirements =
        ["requirements.txt", "pyproject.toml", "poetry.lock", "uv.lock"].map(|name| place.root.join(name));
    analysis.files.into_iter().chain(requirements.into_iter().filter(|file| file.is_file())).collect()
}
