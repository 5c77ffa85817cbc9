//! From what a function is to the program that stands for it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use goblet_gateway::{endpoint_variables, lambda::FunctionConfig};
use goblet_template as template;

use super::{deployment::Place, package::Package};
use crate::handler::CompiledHandler;

/// What starts in a function's execution environments.
pub enum Program {
    /// The host, with a handler.
    Handler(CompiledHandler),
    /// A program that comes with the function, in its package or in a layer.
    Package { package: Package, handler: String },
    /// Any program, started in a folder, with `_HANDLER` set.
    Command { command: Vec<String>, folder: PathBuf, handler: String },
}

impl Program {
    /// A function of a template: by its own command if it has one, by its layers' program, as a handler, by the command
    /// for all others, or by its runtime.
    pub fn of(function: &template::Function, own: Option<&str>, common: Option<&str>) -> anyhow::Result<Self> {
        let handler = function.handler.clone();
        let code = function.code.clone();
        let folder = code.clone().unwrap_or_default();
        let folder = if folder.is_file() { folder.parent().unwrap_or(Path::new("")).to_owned() } else { folder };
        if let Some(command) = own {
            return Self::command(command, folder, &handler);
        }
        if function.layers.iter().any(|layer| layer.join("bootstrap").is_file()) {
            return Self::package(function, &folder);
        }
        if let Some(file) = code.as_deref().and_then(|code| handler_in(code, &handler)) {
            return Ok(Self::Handler(CompiledHandler::prepare(&file)?));
        }
        if let Some(command) = common {
            return Self::command(command, folder, &handler);
        }
        let runtime = function.runtime.as_str();
        if runtime.starts_with("python") {
            return Self::command("python3 -m awslambdaric {handler}", folder, &handler);
        }
        if runtime.starts_with("nodejs") {
            return Self::command("npx aws-lambda-ric {handler}", folder, &handler);
        }
        if folder.join("bootstrap").is_file() {
            return Self::package(function, &folder);
        }
        bail!(
            "Resources.{id}: there is no handler {handler}.wasm, no crate and no bootstrap in {folder}, and no program is \
             known for the runtime {runtime:?}: give one with --command '{id}=COMMAND'",
            id = function.id,
            folder = folder.display()
        )
    }

    fn package(function: &template::Function, folder: &Path) -> anyhow::Result<Self> {
        let package = Package::lay_out(folder, &function.layers)?;
        if let Some(architecture) = package.other_architecture() {
            eprintln!(
                "note: {} is built for {architecture}, which this machine runs with an emulator alone: build it for this \
                 one, e.g. with `sam build --parameter-overrides Architecture=...`",
                function.id
            );
        }
        Ok(Self::Package { package, handler: function.handler.clone() })
    }

    /// A program by its command line, in which `{handler}` stands for the function's handler.
    pub fn command(command: &str, folder: PathBuf, handler: &str) -> anyhow::Result<Self> {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.with_context(|| format!("cannot read the command {command:?}: is a quote not closed?"))?;
        let command = words.into_iter().map(|word| word.replace("{handler}", handler)).collect();
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let folder = folder.canonicalize().with_context(|| format!("cannot find the folder {}", folder.display()))?;
        Ok(Self::Command { command, folder, handler: handler.to_owned() })
    }

    /// The configuration of a function that is invoked at a place, with AWS's defaults.
    pub fn config(&self, stage: &str, place: &Place) -> FunctionConfig {
        let (name, command, folder) = match self {
            Self::Handler(handler) => (&handler.name, place.host.clone(), handler.task_root.clone()),
            Self::Package { package, handler } => {
                (handler, vec![package.bootstrap().display().to_string()], package.task_root())
            }
            Self::Command { command, folder, handler } => (handler, command.clone(), folder.clone()),
        };
        FunctionConfig {
            variables: endpoint_variables(place.address, stage),
            concurrency: place.concurrency,
            is_always_cold: place.is_always_cold,
            ..FunctionConfig::new(name, command, folder)
        }
    }
}

/// The crate or the file that a function's code has for its handler, if that is one for the host.
fn handler_in(code: &Path, handler: &str) -> Option<PathBuf> {
    let is_handler =
        |path: &Path| path.extension().is_some_and(|extension| extension == "wasm" || extension == "cwasm");
    if is_handler(code) || code.join("Cargo.toml").is_file() {
        return Some(code.to_owned());
    }
    let files = ["cwasm", "wasm"].map(|extension| code.join(format!("{handler}.{extension}")));
    files.into_iter().find(|file| file.is_file())
}
