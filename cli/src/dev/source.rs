//! Where an API comes from: a handler, a command, or a template.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use goblet_build::Project;
use goblet_gateway::{
    admission::Admission,
    api::{Api, CONNECT, DEFAULT, DISCONNECT, Integration, Route, RouteSelection},
    execute_api,
    lambda::Function,
    limits::INTEGRATION_TIMEOUT,
    local,
};
use goblet_host::{
    handler::{Exports, Grants},
    settings::FUNCTION_MEMORY,
};
use goblet_template::{self as template, Template};

use super::{
    api_arguments::ApiArguments,
    commands::{Commands, is_own},
    deployment::Deployment,
    function::Program,
    handler_table::{HANDLER_TABLE, handler_table},
    place::Place,
    start::{Failures, Start},
    targets::Targets,
    unserved,
};
use crate::terminal;

/// What is served if nothing is named: the first of these that exists.
/// SAM looks for the same ones:
/// <https://github.com/aws/aws-sam-cli/blob/develop/samcli/commands/_utils/options.py> (`get_or_default_template_file_name`).
const DEFAULT_TEMPLATES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];
const DEFAULT_HANDLER: &str = "guest/echo";

/// What `sam build` writes: the template, with the places of the built code in it.
const BUILT_TEMPLATE: &str = ".aws-sam/build/template.yaml";

/// The id of an API that no template names.
const LOCAL: &str = "local";

const DEFAULT_STAGE: &str = "api";

const EVERY_ROUTE: [&str; 3] = [CONNECT, DEFAULT, DISCONNECT];

/// What is served, as the arguments name it.
pub enum Source {
    /// The project or the file of a handler. The API has the routes that the handler exports.
    Handler(PathBuf),
    /// A program that is started in this folder. It gets the events of these routes.
    Command {
        command: String,
        route_keys: Vec<String>,
    },
    Template(TemplateSource),
}

/// An API of a template.
pub struct TemplateSource {
    file: PathBuf,
    parameter_overrides: BTreeMap<String, String>,
    api: Option<String>,
    commands: Commands,
}

impl Source {
    /// Finds what the arguments ask for, or else what is in this folder. `None`, if that is nothing.
    pub fn choose(handler: Option<&Path>, arguments: &ApiArguments) -> anyhow::Result<Option<Self>> {
        if let Some(handler) = handler {
            return Ok(Some(Self::Handler(handler.to_owned())));
        }
        if arguments.built && !Path::new(BUILT_TEMPLATE).is_file() {
            bail!(
                "nothing is built: there is no {BUILT_TEMPLATE}; run `sam build` in the folder of the template first"
            );
        }
        let built = arguments.built.then(|| PathBuf::from(BUILT_TEMPLATE));
        let here = DEFAULT_TEMPLATES.iter().map(PathBuf::from).find(|file| file.is_file());
        let here = here.filter(|_| arguments.routes.is_empty());
        if let Some(file) = arguments.template.clone().or(built).or(here) {
            return Ok(Some(Self::Template(TemplateSource {
                file,
                parameter_overrides: arguments.parameter_overrides(),
                api: arguments.api.clone(),
                commands: Commands(arguments.command.clone()),
            })));
        }
        match arguments.command.as_slice() {
            [] => Ok(Path::new(DEFAULT_HANDLER).is_dir().then(|| Self::Handler(DEFAULT_HANDLER.into()))),
            [command] if is_own(command) => bail!(
                "--command {command:?} is for one function of a template, and there is no template: name it with \
                 --template, or give the program alone"
            ),
            [command] => {
                let route_keys = match arguments.routes.as_slice() {
                    [] => EVERY_ROUTE.map(ToOwned::to_owned).to_vec(),
                    route_keys => route_keys.to_vec(),
                };
                Ok(Some(Self::Command { command: command.clone(), route_keys }))
            }
            _ => bail!("several commands are for the functions of a template: name the template with --template"),
        }
    }

    /// Its name, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Handler(path) => path.display().to_string(),
            Self::Command { command, .. } => command.clone(),
            Self::Template(template) => template.file.display().to_string(),
        }
    }

    /// The folder of its project.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Handler(path) if path.is_dir() => path,
            Self::Template(TemplateSource { file, .. }) if file == Path::new(BUILT_TEMPLATE) => Path::new(""),
            Self::Handler(file) | Self::Template(TemplateSource { file, .. }) => file.parent().unwrap_or(Path::new("")),
            Self::Command { .. } => Path::new(""),
        }
    }

    /// The folder of a handler that is one source file.
    pub fn folder_of_file(&self) -> Option<PathBuf> {
        let Self::Handler(path) = self else { return None };
        // A file that is built is in a folder that tools write to.
        let is_built = path.extension().is_some_and(|extension| extension == "wasm" || extension == "cwasm");
        let file = path.canonicalize().ok().filter(|file| file.is_file() && !is_built)?;
        file.parent().map(Path::to_owned)
    }

    /// Builds it. This takes long: run it on a thread of its own.
    pub fn deploy(&self, place: &Place) -> anyhow::Result<Deployment> {
        match self {
            Self::Handler(path) => {
                let project = Project::detect(path)?;
                let mut variables = BTreeMap::from([(Grants::TABLE.to_owned(), HANDLER_TABLE.to_owned())]);
                place.overrides.variables.set(&mut variables, "");
                if let Some(memory_size) = place.overrides.memory_size {
                    variables.insert(FUNCTION_MEMORY.to_owned(), memory_size.to_string());
                }
                let handler = place.handlers.prepare(&project, &variables, &place.cancellation)?;
                of_one(
                    exported(handler.events),
                    Program::Handler(handler),
                    path.clone(),
                    path.display().to_string(),
                    place,
                )
            }
            Self::Command { command, route_keys } => {
                let program = Program::command(command, Path::new(""), "handler")?;
                of_one(route_keys.clone(), program, PathBuf::from("."), "--command".to_owned(), place)
            }
            Self::Template(template) => template.deploy(place),
        }
    }
}

/// The keys of the routes that a handler exports.
fn exported(exports: Exports) -> Vec<String> {
    let routes = [(exports.connect, CONNECT), (exports.message, DEFAULT), (exports.disconnect, DISCONNECT)];
    routes.into_iter().filter(|(is_served, _)| *is_served).map(|(_, route_key)| route_key.to_owned()).collect()
}

/// An API whose routes all go to one function, which has a table.
fn of_one(
    route_keys: Vec<String>,
    program: Program,
    code: PathBuf,
    named: String,
    place: &Place,
) -> anyhow::Result<Deployment> {
    place.overrides.note_unknown(|_| false);
    let stage = place.stage.clone().unwrap_or_else(|| DEFAULT_STAGE.to_owned());
    place.proxy.stand_for(&execute_api(LOCAL), local(place.address));
    let table = handler_table();
    place.database.make(&table)?;
    let mut config = program.config(&stage, place);
    config.variables.insert(Grants::TABLE.to_owned(), table.name);
    let config = program.complete(place.overrides.apply(config, ""), place);
    let name = config.name.clone();
    let function = Arc::new(Function::new(config, place.observer.clone()));
    let start = Start { place: named, help: None, function: Arc::clone(&function) };
    let routes = route_keys.into_iter().map(|route_key| {
        let integration = Integration::Function(Arc::clone(&function));
        (route_key, Route { integration, is_two_way: false, timeout: INTEGRATION_TIMEOUT })
    });
    let api = Api {
        id: LOCAL.to_owned(),
        region: place.region.clone(),
        stage,
        stage_variables: BTreeMap::new(),
        admission: Admission::default(),
        route_selection: RouteSelection::default(),
        routes: routes.collect(),
    };
    let watched = [&[code], program.watched()].concat();
    let functions = BTreeMap::from([(name, Ok(function))]);
    Ok(Deployment {
        apis: vec![api],
        functions,
        starts: vec![start],
        watched,
        _programs: vec![program],
        _folders: Vec::new(),
    })
}

impl TemplateSource {
    fn deploy(&self, place: &Place) -> anyhow::Result<Deployment> {
        let template = Template::read(&self.file, &self.parameter_overrides, &place.region.to_string())?;
        for note in &template.notes {
            terminal::note(note);
        }
        place.overrides.note_unknown(|id| template.functions.contains_key(id));
        let api = self.choose(&template)?;
        let route_selection = api.route_selection_expression.parse::<RouteSelection>();
        let route_selection =
            route_selection.with_context(|| format!("Resources.{}.Properties.RouteSelectionExpression", api.id))?;
        place.proxy.stand_for(&execute_api(&api.id), local(place.address));
        let stages = stages(api, place.stage.as_deref())?;
        let folder = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let mut targets = Targets::new(&template, &self.commands, folder, stages[0].0.clone(), place);
        let mut apis = Vec::new();
        for (name, stage) in stages {
            let admission = targets.admission(&stage.admission).with_context(|| format!("Resources.{}", api.id))?;
            let routes = stage.routes.iter().map(|(route_key, route)| {
                let timeout = route.timeout.unwrap_or(INTEGRATION_TIMEOUT);
                let integration = targets.integration(route)?;
                Ok((route_key.clone(), Route { integration, is_two_way: route.is_two_way, timeout }))
            });
            apis.push(Api {
                id: api.id.clone(),
                region: place.region.clone(),
                stage: name,
                stage_variables: stage.variables.clone(),
                admission,
                route_selection: route_selection.clone(),
                routes: routes.collect::<anyhow::Result<_>>()?,
            });
        }
        unserved::check(&apis, &Failures::default())?;
        // Last, because what is served until now has these tables, and is still served if something fails.
        for table in &template.tables {
            place.database.make(table).with_context(|| format!("Resources.{}.Properties", table.id))?;
        }
        let functions = targets.functions();
        self.commands.note_unknown(&targets.ids());
        let watched = [template.files.clone(), targets.watched].concat();
        Ok(Deployment {
            apis,
            functions,
            starts: targets.starts,
            watched,
            _programs: targets.programs,
            _folders: targets.packages.folders,
        })
    }

    fn choose<'a>(&self, template: &'a Template) -> anyhow::Result<&'a template::Api> {
        let ids = || template.apis.iter().map(|api| api.id.as_str()).collect::<Vec<_>>().join(", ");
        match (&self.api, template.apis.as_slice()) {
            (_, []) => bail!(
                "{} describes no WebSocket API: neither AWS::Serverless::WebSocketApi nor AWS::ApiGatewayV2::Api with \
                 ProtocolType WEBSOCKET",
                self.file.display()
            ),
            (None, [api]) => Ok(api),
            (None, _) => {
                bail!("{} describes several WebSocket APIs: choose one with --api: {}", self.file.display(), ids())
            }
            (Some(id), apis) => apis
                .iter()
                .find(|api| api.id == *id)
                .with_context(|| format!("{} describes no WebSocket API {id}; it has: {}", self.file.display(), ids())),
        }
    }
}

/// The stages of an API with their names: first the one that is asked for. The only one may be given another name.
fn stages<'a>(api: &'a template::Api, asked: Option<&str>) -> anyhow::Result<Vec<(String, &'a template::Stage)>> {
    let id = &api.id;
    let mut stages: Vec<_> = api.stages.iter().map(|stage| (stage.name.clone(), stage)).collect();
    match (asked, stages.as_mut_slice()) {
        (_, []) => {
            bail!("Resources.{id}: the API has no stage to serve: add a resource of type AWS::ApiGatewayV2::Stage")
        }
        (None, _) => {}
        (Some(asked), [(name, _)]) => asked.clone_into(name),
        (Some(asked), several) => {
            let names = || several.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let position = several.iter().position(|(name, _)| name == asked);
            let position = position
                .with_context(|| format!("Resources.{id}: the API has no stage {asked}; it has: {}", names()))?;
            several[..=position].rotate_right(1);
        }
    }
    Ok(stages)
}
