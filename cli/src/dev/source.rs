//! Where an API comes from: a handler, a command, or a template.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use goblet_build::Project;
use goblet_gateway::{
    api::{Api, CONNECT, DEFAULT, DISCONNECT, Route, RouteSelection, domain_name},
    lambda::{Function, FunctionConfig},
    limits::INTEGRATION_TIMEOUT,
    local,
};
use goblet_host::handler::{Exports, Grants};
use goblet_template::{self as template, Template};

use super::{
    arguments::{Arguments, is_logical_id},
    deployment::Deployment,
    function::Program,
    handler_table::{HANDLER_TABLE, handler_table},
    place::{DYNAMODB_ENDPOINT, Place},
    unpacked::Unpacked,
};
use crate::{handler::CompiledHandler, terminal};

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

/// The endpoint of all AWS services, which a function may have of its own.
const ANY_ENDPOINT: &str = "AWS_ENDPOINT_URL";

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
    /// Each is `COMMAND`, or `FUNCTION=COMMAND` for one function.
    commands: Vec<String>,
}

impl Source {
    /// Finds what the arguments ask for.
    pub fn choose(arguments: &Arguments) -> anyhow::Result<Self> {
        if let Some(handler) = &arguments.handler {
            return Ok(Self::Handler(handler.clone()));
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
            return Ok(Self::Template(TemplateSource {
                file,
                parameter_overrides: arguments.parameter_overrides(),
                api: arguments.api.clone(),
                commands: arguments.command.clone(),
            }));
        }
        match arguments.command.as_slice() {
            [] if Path::new(DEFAULT_HANDLER).is_dir() => Ok(Self::Handler(DEFAULT_HANDLER.into())),
            [] => bail!(
                "nothing to serve: give a handler (a crate's folder, a .wasm or a .cwasm), a --template, or a --command; \
                 see `goblet dev --help`"
            ),
            [command] => {
                let route_keys = match arguments.routes.as_slice() {
                    [] => EVERY_ROUTE.map(ToOwned::to_owned).to_vec(),
                    route_keys => route_keys.to_vec(),
                };
                Ok(Self::Command { command: command.clone(), route_keys })
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

    /// Builds it. This takes long: run it on a thread of its own.
    pub fn deploy(&self, place: &Place) -> anyhow::Result<Deployment> {
        match self {
            Self::Handler(path) => {
                let project = Project::detect(path)?;
                let handler = CompiledHandler::prepare(&project, Some(HANDLER_TABLE), &place.cancellation)?;
                of_one(exported(handler.events), Program::Handler(handler), path.clone(), place)
            }
            Self::Command { command, route_keys } => {
                let program = Program::command(command, PathBuf::new(), "handler")?;
                of_one(route_keys.clone(), program, PathBuf::from("."), place)
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
fn of_one(route_keys: Vec<String>, program: Program, code: PathBuf, place: &Place) -> anyhow::Result<Deployment> {
    place.overrides.note_unknown(|_| false);
    let stage = place.stage.clone().unwrap_or_else(|| DEFAULT_STAGE.to_owned());
    place.proxy.stand_for(&domain_name(LOCAL), local(place.address));
    let table = handler_table();
    place.database.make(&table)?;
    let mut config = program.config(&stage, place);
    config.variables.insert(Grants::TABLE.to_owned(), table.name);
    let config = program.complete(place.overrides.apply(config, ""), place);
    let function = Arc::new(Function::new(config, place.observer.clone()));
    let routes = route_keys.into_iter().map(|route_key| {
        let function = Arc::clone(&function);
        (route_key, Route { function, is_two_way: false, timeout: INTEGRATION_TIMEOUT })
    });
    let api = Api {
        id: LOCAL.to_owned(),
        stage,
        stage_variables: BTreeMap::new(),
        route_selection: RouteSelection::default(),
        routes: routes.collect(),
    };
    let watched = [&[code], program.watched()].concat();
    Ok(Deployment { api, watched, _programs: vec![program], _folders: Vec::new() })
}

impl TemplateSource {
    fn deploy(&self, place: &Place) -> anyhow::Result<Deployment> {
        let template = Template::read(&self.file, &self.parameter_overrides)?;
        for note in &template.notes {
            terminal::note(note);
        }
        place.overrides.note_unknown(|id| template.functions.contains_key(id));
        let api = self.choose(&template)?;
        let stage = place.stage.clone().unwrap_or_else(|| api.stage.clone());
        let route_selection = api.route_selection_expression.parse::<RouteSelection>();
        let route_selection =
            route_selection.with_context(|| format!("Resources.{}.Properties.RouteSelectionExpression", api.id))?;

        place.proxy.stand_for(&domain_name(&api.id), local(place.address));
        let mut watched = template.files.clone();
        let mut functions: BTreeMap<&str, Arc<Function>> = BTreeMap::new();
        let (mut programs, mut folders) = (Vec::new(), Vec::new());
        for id in api.routes.values().map(|route| route.function.as_str()) {
            if functions.contains_key(id) {
                continue;
            }
            let function = &template.functions[id];
            let command = self.own_command(id).or(self.common_command());
            if let (template::Code::Elsewhere(reason), None) = (&function.code, command) {
                bail!("{reason}: give a program with --command '{id}=COMMAND'");
            }
            let unpacked = Unpacked::of(function)?;
            let program = Program::of(&unpacked.function, self.own_command(id), self.common_command(), place)?;
            folders.extend(unpacked.folders);
            let config = place.overrides.apply(configured(program.config(&stage, place), function), id);
            let config = program.complete(config, place);
            functions.insert(id, Arc::new(Function::new(config, place.observer.clone())));
            watched.extend(function.code.local().map(Path::to_owned));
            watched.extend(function.layers.iter().chain(program.watched()).cloned());
            programs.push(program);
        }
        let routes = api.routes.iter().map(|(route_key, route)| {
            let function = Arc::clone(&functions[route.function.as_str()]);
            let timeout = route.timeout.unwrap_or(INTEGRATION_TIMEOUT);
            (route_key.clone(), Route { function, is_two_way: route.is_two_way, timeout })
        });
        let api = Api {
            id: api.id.clone(),
            stage_variables: api.stage_variables.clone(),
            routes: routes.collect(),
            stage,
            route_selection,
        };
        // Last, because what is served until now has these tables, and is still served if something fails.
        for table in &template.tables {
            place.database.make(table).with_context(|| format!("Resources.{}.Properties", table.id))?;
        }
        Ok(Deployment { api, watched, _programs: programs, _folders: folders })
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

    fn own_command(&self, function: &str) -> Option<&str> {
        let own = self.commands.iter().filter_map(|command| command.split_once('='));
        own.filter(|(name, _)| *name == function).map(|(_, command)| command).next_back()
    }

    /// The command for all functions that have none of their own.
    fn common_command(&self) -> Option<&str> {
        // `Echo=python3 app.py` is for the function Echo; `env X=1 python3 app.py` is for all functions.
        // A function of a nested application has several ids in its name: App-Fn.
        let is_function = |name: &str| name.split('-').all(is_logical_id);
        let is_own = |command: &&String| command.split_once('=').is_some_and(|(name, _)| is_function(name));
        self.commands.iter().rfind(|command| !is_own(command)).map(String::as_str)
    }
}

/// The configuration of a program, with the function's name, variables and limits from the template. One that has an
/// endpoint for all of AWS, such as another local AWS, has its tables there.
fn configured(config: FunctionConfig, function: &template::Function) -> FunctionConfig {
    let mut variables = config.variables;
    if function.environment.contains_key(ANY_ENDPOINT) {
        variables.remove(DYNAMODB_ENDPOINT);
    }
    variables.extend(function.environment.clone());
    FunctionConfig {
        name: function.name.clone(),
        timeout: function.timeout,
        memory_size: function.memory_size,
        variables,
        ..config
    }
}
