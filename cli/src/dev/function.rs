//! Which program stands for a function.

use std::{
    env::consts::ARCH,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use goblet_build::{BuildError, Cancellation, Project};
use goblet_gateway::lambda::FunctionConfig;
use goblet_template as template;

use super::{
    layout::Layout,
    place::Place,
    runtime::{self, Help, Launch},
    search_paths::SearchPaths,
};
use crate::{architecture::Architecture, handler::CompiledHandler};

/// The build method of SAM that makes a native program from a Rust crate:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-rust.html>.
const NATIVE_RUST: &str = "rust-cargolambda";

/// Why a function cannot be served here. Others can be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotServed(pub String);

impl NotServed {
    fn because(error: &anyhow::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

/// What starts in a function's execution environments.
pub enum Program {
    /// The host, with a handler.
    Handler(Arc<CompiledHandler>),
    /// The `bootstrap` of the function's package or of one of its layers.
    Package { layout: Layout, handler_name: String, paths: SearchPaths },
    /// Any program, started in a folder.
    Command { command: Vec<String>, folder: PathBuf, handler_name: String, paths: SearchPaths, help: Option<Help> },
}

impl Program {
    /// Finds the program for a function of a template. The first of these is taken: the function's own command, the
    /// `bootstrap` of a layer, a handler, the common command, the runtime's own program, the package's `bootstrap`.
    pub fn of(
        function: &template::Function,
        own_command: Option<&str>,
        common_command: Option<&str>,
        place: &Place,
    ) -> anyhow::Result<Self> {
        let folder = folder(function);
        let paths = SearchPaths::of(function, &folder);
        let handler_name = function.handler_name.as_str();
        let command =
            |command: &str, paths| Self::in_folder(words(command, handler_name)?, &folder, handler_name, paths, None);
        if let Some(own) = own_command {
            return command(own, paths);
        }
        if function.layers.iter().any(|layer| layer.join("bootstrap").is_file()) {
            return Self::package(function, &folder, &place.cancellation);
        }
        let code = Code::of(function)?;
        if let Code::Handler(project) = &code {
            let variables = place.variables(function, &paths);
            let handler = place.handlers.prepare(project, &variables, &place.cancellation);
            return handler.map(Self::Handler).with_context(|| format!("Resources.{}", function.id));
        }
        if let Some(common) = common_command {
            return command(common, paths);
        }
        runtime::check_is_built(function, &folder).map_err(|error| NotServed::because(&error))?;
        let variables = place.variables(function, &paths);
        let launch = runtime::launch(function, &folder, &variables, &place.clients);
        if let Some(Launch { command, help }) = launch.map_err(|error| NotServed::because(&error))? {
            return Self::in_folder(command, &folder, handler_name, paths, Some(help));
        }
        let runtime = function.runtime.as_str();
        if folder.join("bootstrap").is_file() {
            return Self::package(function, &folder, &place.cancellation);
        }
        let (id, folder) = (&function.id, folder.display());
        if let Code::NativeRust(reason) = code {
            bail!(NotServed(format!(
                "Resources.{id}: {folder} is a native Rust function ({reason}): build it with `sam build` and run \
                 `goblet dev --built`, or give a program with --command '{id}=cargo run'"
            )));
        }
        if !may_be_handler(runtime) {
            bail!(NotServed(format!(
                "Resources.{id}: the runtime {runtime} is not run here: give a program with --command '{id}=COMMAND'"
            )));
        }
        bail!(NotServed(format!(
            "Resources.{id}: there is no handler {handler_name}.wasm, no crate, no app.py with goblet and no bootstrap in {folder}: put one \
             there, or give a program with --command '{id}=COMMAND'"
        )))
    }

    fn package(function: &template::Function, folder: &Path, cancellation: &Cancellation) -> anyhow::Result<Self> {
        let layout =
            Layout::of(folder, &function.layers, cancellation).with_context(|| format!("Resources.{}", function.id))?;
        if let Some(architecture) = layout.other_architecture() {
            bail!(NotServed(format!(
                "Resources.{id}: the function is built for {architecture}, but this machine is {own}: build it for \
                 this machine, e.g. with `sam build --parameter-overrides Architecture={own}` if the template has such a \
                 parameter; or give an emulator with --command '{id}=COMMAND'",
                id = function.id,
                own = Architecture::of_this_machine().map_or(ARCH, Architecture::name),
            )));
        }
        let paths = SearchPaths::in_layout(function, &layout);
        Ok(Self::Package { layout, handler_name: function.handler_name.clone(), paths })
    }

    /// A program given as a command line, in which `{handler}` stands for the function's handler name.
    pub fn command(command: &str, folder: &Path, handler_name: &str) -> anyhow::Result<Self> {
        Self::in_folder(words(command, handler_name)?, folder, handler_name, SearchPaths::default(), None)
    }

    fn in_folder(
        command: Vec<String>,
        folder: &Path,
        handler_name: &str,
        paths: SearchPaths,
        help: Option<Help>,
    ) -> anyhow::Result<Self> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = folder.canonicalize().with_context(|| format!("cannot find the folder {}", folder.display()))?;
        Ok(Self::Command { command, folder, handler_name: handler_name.to_owned(), paths, help })
    }

    /// The configuration of a function that runs this program, with AWS's defaults.
    pub fn config(&self, stage: &str, place: &Place) -> FunctionConfig {
        let (handler_name, command, folder) = match self {
            Self::Handler(handler) => (&handler.name, place.host.clone(), handler.task_root.clone()),
            Self::Package { layout, handler_name, .. } => {
                (handler_name, vec![layout.bootstrap().display().to_string()], layout.task_root())
            }
            Self::Command { command, folder, handler_name, .. } => (handler_name, command.clone(), folder.clone()),
        };
        let mut variables = place.endpoint_variables(stage);
        if let Some(paths) = self.paths() {
            variables.extend(place.proxy.variables());
            variables.extend(paths.defaults());
        }
        FunctionConfig {
            variables,
            region: place.region.clone(),
            concurrency: place.concurrency,
            is_always_cold: place.is_always_cold,
            ..FunctionConfig::new(handler_name, command, folder)
        }
    }

    /// Adds what has to come after everything that the function's template and the command line say.
    pub fn complete(&self, mut config: FunctionConfig, place: &Place) -> FunctionConfig {
        if let Some(paths) = self.paths() {
            paths.resolve(&mut config.variables);
            place.clients.redirect_node(&mut config.variables);
        }
        config
    }

    /// Where a program of another language finds what its layers have.
    fn paths(&self) -> Option<&SearchPaths> {
        match self {
            Self::Handler(_) => None,
            Self::Package { paths, .. } | Self::Command { paths, .. } => Some(paths),
        }
    }

    /// What is known of the function's language.
    pub fn help(&self) -> Option<&Help> {
        match self {
            Self::Command { help, .. } => help.as_ref(),
            Self::Handler(_) | Self::Package { .. } => None,
        }
    }

    /// The files and folders that the program was built from.
    pub fn watched(&self) -> &[PathBuf] {
        match self {
            Self::Handler(handler) => &handler.watched,
            Self::Package { .. } | Self::Command { .. } => &[],
        }
    }
}

/// The words of a command line, in which `{handler}` stands for the function's handler name.
fn words(command: &str, handler_name: &str) -> anyhow::Result<Vec<String>> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    let words = words.with_context(|| format!("cannot read the command {command:?}: is a quote not closed?"))?;
    Ok(words.into_iter().map(|word| word.replace("{handler}", handler_name)).collect())
}

/// What a function's code is.
enum Code {
    Handler(Project),
    /// A native Rust function. The text says how that is known.
    NativeRust(String),
    /// Code in another language, or code that is not on this machine.
    Other,
}

impl Code {
    fn of(function: &template::Function) -> anyhow::Result<Self> {
        if let Some(method) = function.build_method.as_deref().filter(|method| *method == NATIVE_RUST) {
            return Ok(Self::NativeRust(format!("BuildMethod: {method}")));
        }
        let Some(code) = function.code.local().filter(|_| may_be_handler(&function.runtime)) else {
            return Ok(Self::Other);
        };
        match Project::in_code(code, &function.handler_name) {
            Ok(project) => Ok(project.map_or(Self::Other, Self::Handler)),
            Err(BuildError::NativeRust(_)) => Ok(Self::NativeRust("no cdylib".to_owned())),
            Err(error) => Err(error).with_context(|| format!("Resources.{}", function.id)),
        }
    }
}

/// Whether a function with this runtime, or with none, may be a handler. Other runtimes load code in their own language,
/// even from a crate: Python's and Node.js' extension modules are `cdylib`s as handlers are.
fn may_be_handler(runtime: &str) -> bool {
    runtime.is_empty() || runtime.starts_with("provided")
}

/// The folder of a function's code, in which its program starts.
fn folder(function: &template::Function) -> PathBuf {
    let code = function.code.local().unwrap_or(Path::new(""));
    if code.is_file() { code.parent().unwrap_or(Path::new("")).to_owned() } else { code.to_owned() }
}
