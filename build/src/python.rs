//! Handlers in Python: a file that uses the package `goblet` or Chalice, or a folder with an `app.py`. componentize-py
//! makes the component.
//!
//! The author's modules are read and not run: [`analysis`] finds which routes they serve and what they import. The
//! component brings them, and `goblet_component` (in `python/`) runs them afresh in each event.

mod analysis;
mod boto3;
mod chalice;
mod components;
mod draft;
pub mod error;
mod packages;
mod place;
mod private_package;
mod staging;
mod tools;
mod virtual_environment;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use self::{
    analysis::Analysis,
    components::{COMPONENTS, Inputs},
    draft::DraftPlan,
    error::PythonError,
    packages::Packages,
    place::Place,
    staging::Staging,
    tools::Tools,
};
use crate::{
    cancellation::Cancellation,
    error::BuildError,
    language::{Built, Detected, Draft, Language},
};

pub const PYTHON: Language = Language {
    name: "python",
    extensions: &["py"],
    detect,
    build,
    draft: Some(draft),
    ignored: &["venv", "site-packages"],
    requirements: tools::requirements,
};

/// What a handler imports: one of these.
const PACKAGES: [&str; 2] = ["goblet", chalice::NAME];

/// The files beside a handler that name packages or their versions.
const PACKAGE_FILES: [&str; 4] = ["requirements.txt", "pyproject.toml", "poetry.lock", "uv.lock"];

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
    let ready = Ready::of(path, cancellation)?;
    let component = ready.place.component();
    ready.make(&component, cancellation)?;
    Ok(Built { component, watched: ready.watched(path) })
}

/// A component that was made before is used again, if it would be the same but for the author's modules.
fn draft(path: &Path, cancellation: Option<&Cancellation>) -> Result<Draft, BuildError> {
    let ready = Ready::of(path, cancellation)?;
    let component = ready.place.component();
    let base = if let Some(plan) = DraftPlan::read(&ready.staging.plan())? {
        let base = ready.base(&plan, cancellation)?;
        Some(plan.put_modules(base, &component)?)
    } else {
        ready.make(&component, cancellation)?;
        None
    };
    Ok(Draft { component, base, watched: ready.watched(path) })
}

/// All that componentize-py makes a component of.
struct Ready {
    place: Place,
    tools: Tools,
    staging: Staging,
    /// The folder of what stands for boto3, unless the real one is needed.
    stand_ins: Option<PathBuf>,
    /// The folders of packages. What is first is found first.
    packages: Vec<PathBuf>,
    /// The files of requirements that name them.
    requirement_files: Vec<PathBuf>,
    analysis: Analysis,
    /// The component's interface.
    world: String,
    _one_at_a_time: File,
}

impl Ready {
    fn of(path: &Path, cancellation: Option<&Cancellation>) -> Result<Self, BuildError> {
        let place = Place::of(path)?;
        let one_at_a_time = place.lock()?;
        let tools = Tools::find(&place, cancellation)?;
        let staging = Staging::write(&place)?;
        let Packages { folders: mut packages, files: requirement_files } =
            Packages::of(&place, &tools, &staging, cancellation)?;
        packages.extend(chalice::vendored(&place));
        let analysis = Analysis::of(&place, &tools, &staging, &packages, cancellation)?;
        for warning in &analysis.warnings {
            eprintln!("warning: {warning}");
        }
        if analysis.lacks_boto3 {
            packages.push(boto3::BOTO3.folder(&tools, cancellation)?);
        }
        if analysis.needs_chalice {
            packages.push(chalice::CHALICE.folder(&tools, cancellation)?);
        }
        let stand_ins = (!analysis.needs_boto3).then(|| staging.stand_ins());
        let world = staging.write_world(&analysis.routes, &analysis.services)?;
        Ok(Self {
            place,
            tools,
            staging,
            stand_ins,
            packages,
            requirement_files,
            analysis,
            world,
            _one_at_a_time: one_at_a_time,
        })
    }

    /// Writes the component with the author's modules in it: one that was made before, or a new one.
    fn make(&self, component: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
        let plan = self.staging.plan();
        let plan = fs::read_to_string(&plan).map_err(|error| PythonError::NotRead(plan, error))?;
        let name = self.inputs().name(&plan)?;
        let not_written = |error| PythonError::NotWritten(component.to_owned(), error);
        if let Some(made) = COMPONENTS.find(&name) {
            fs::copy(made, component).map_err(not_written)?;
            return Ok(());
        }
        self.componentize(component, cancellation)?;
        keep(&name, component)?;
        Ok(())
    }

    /// The component that the author's modules are put into: one that was made before, or a new one.
    fn base(&self, plan: &DraftPlan, cancellation: Option<&Cancellation>) -> Result<PathBuf, BuildError> {
        let name = self.inputs().name(&plan.text)?;
        if let Some(component) = COMPONENTS.find(&name) {
            return Ok(component);
        }
        self.staging.write_plan(&plan.text)?;
        let new = self.place.folder().join("base.wasm");
        self.componentize(&new, cancellation)?;
        let Some(kept) = keep(&name, &new)? else { return Ok(new) };
        fs::remove_file(&new).map_err(|error| PythonError::NotWritten(new, error))?;
        Ok(kept)
    }

    /// What is written at each build is carried, so it counts already.
    fn inputs(&self) -> Inputs<'_> {
        Inputs { world: &self.world, zones: self.staging.zones(), packages: &self.packages }
    }

    fn componentize(&self, component: &Path, cancellation: Option<&Cancellation>) -> Result<(), BuildError> {
        let mut command = Command::new(&self.tools.componentize_py);
        command.arg("--wit-path").arg(self.staging.world());
        command.args(["--world", staging::WORLD, "componentize", staging::ENTRY]);
        for folder in [&self.staging.modules()].into_iter().chain(&self.stand_ins).chain(&self.packages) {
            command.arg("--python-path").arg(folder);
        }
        command.arg("--output").arg(component);
        // Otherwise it also takes the packages that it finds by `VIRTUAL_ENV`, by pipenv, or beside itself.
        command.env("VIRTUAL_ENV", self.staging.no_packages());
        let output = tools::run(&mut command, cancellation)?;
        if output.status.success() {
            return Ok(());
        }
        Err(failure(&String::from_utf8_lossy(&output.stderr)).into())
    }

    /// A folder is watched as a whole. Beside a file there may be anything, so what it imports is watched. Files of
    /// requirements may be elsewhere.
    fn watched(self, path: &Path) -> Vec<PathBuf> {
        let root = self.place.root;
        if path.is_dir() {
            let outside = self.requirement_files.into_iter().filter(|file| !file.starts_with(&root));
            return outside.chain([root.clone()]).collect();
        }
        let named = PACKAGE_FILES.map(|name| root.join(name)).into_iter().filter(|file| file.is_file());
        let mut watched: Vec<PathBuf> =
            self.analysis.files.into_iter().chain(named).chain(self.requirement_files).collect();
        watched.sort();
        watched.dedup();
        watched
    }
}

/// Keeps a component for later builds, if the folder for caches can be written, and returns its place there.
fn keep(name: &str, component: &Path) -> Result<Option<PathBuf>, PythonError> {
    let content = fs::read(component).map_err(|error| PythonError::NotRead(component.to_owned(), error))?;
    match COMPONENTS.keep(name, &content) {
        Ok(kept) => Ok(Some(kept)),
        Err(error) => {
            eprintln!("note: the component is not kept, so the next build takes as long: {error}");
            Ok(None)
        }
    }
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
