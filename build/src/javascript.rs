//! Handlers in JavaScript and TypeScript: esbuild bundles the modules, and componentize-qjs puts them into a component
//! together with the engine `QuickJS`. `sdk/javascript/build` does both, under the developer's own Node.js.

pub mod error;
mod node;
mod project;
mod tools;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use self::{error::JavaScriptError, project::Project};
use crate::{
    cancellation::Cancellation,
    error::BuildError,
    language::{Built, Detected, Language},
    output,
};

pub const JAVASCRIPT: Language = Language {
    name: "javascript",
    extensions: &project::EXTENSIONS,
    detect,
    build,
    draft: None,
    ignored: &[],
    requirements: tools::requirements,
};

/// A file is what it is said to be: whether it serves a route is for the build to find out, which reads its modules. A
/// folder may also be that of another program, such as a Lambda function.
fn detect(path: &Path) -> Result<Detected, BuildError> {
    // A custom runtime, such as Bun's, is a program, whatever is beside it.
    if path.join("bootstrap").is_file() || (path.is_dir() && !path.join(project::MANIFEST).is_file()) {
        return Ok(Detected::Nothing);
    }
    match Project::at(path) {
        Ok(project) if path.is_dir() && !project.may_serve_routes() => {
            Ok(Detected::NoHandler(JavaScriptError::NoRoute(project.entry).into()))
        }
        Ok(_) => Ok(Detected::Handler),
        Err(error @ BuildError::JavaScript(JavaScriptError::NoEntry(..))) => Ok(Detected::NoHandler(error)),
        Err(error) => Err(error),
    }
}

fn build(path: &Path, cancellation: Option<&Cancellation>) -> Result<Built, BuildError> {
    let project = Project::at(path)?;
    let script = tools::script(&project.root, cancellation)?;
    let component = component(&project)?;
    // Not the script's own: one that is killed leaves what it has made.
    let folder = tempfile::Builder::new().prefix("goblet-").tempdir();
    let folder = folder.map_err(|error| JavaScriptError::NotWritten(env::temp_dir(), error))?;
    let mut command = Command::new("node");
    command.arg(script).args([&project.entry, &project.root, &component]).arg(folder.path()).stdout(Stdio::piped());
    let output = node::start("node", &mut command, cancellation)?.output()?;
    match serde_json::from_slice(&output.stdout) {
        Ok(Report::Built { mut watched }) => {
            // It names the entry.
            watched.extend(project.manifest);
            Ok(Built { component, watched })
        }
        Ok(Report::Wrong { error }) => Err(JavaScriptError::Source(error).into()),
        Err(_) => Err(JavaScriptError::Failed(path.to_owned(), output.status).into()),
    }
}

/// What the script prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum Report {
    Built { watched: Vec<PathBuf> },
    Wrong { error: String },
}

/// The component's file.
fn component(project: &Project) -> Result<PathBuf, JavaScriptError> {
    let folder = project.root.join(output::FOLDER).join(&project.place);
    let not_written = |error| JavaScriptError::NotWritten(folder, error);
    let folder = output::make(&project.root, &project.place).map_err(not_written)?;
    Ok(folder.join(format!("{}.wasm", project.name)))
}
