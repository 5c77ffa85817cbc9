//! Where an API comes from: a handler, a command, or a template.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use goblet_gateway::{
    api::{Api, CONNECT, DEFAULT, DISCONNECT, Route, RouteSelection},
    lambda::{Function, FunctionConfig},
    limits::INTEGRATION_TIMEOUT,
};
use goblet_host::handler::Exports;
use goblet_template::{self as template, Template};

use super::{
    Arguments,
    deployment::{Deployment, Place},
    function::Program,
};
use crate::handler::CompiledHandler;

/// What is served where nothing is named, in the order they are looked for.
const DEFAULT_TEMPLATES: [&str; 2] = ["template.yaml", "template.yml"];
const DEFAULT_HANDLER: &str = "guest/echo";

/// What `sam build` writes: a template whose code is built.
const BUILT_TEMPLATE: &str = ".aws-sam/build/template.yaml";

const DEFAULT_STAGE: &str = "api";

const EVERY_ROUTE: Exports = Exports { connect: true, message: true, disconnect: true };

/// What is served, as it was asked for.
pub enum Source {
    /// A handler's crate or file: its routes are those that it exports.
    Handler(PathBuf),
    /// A program, in this folder: it gets every event.
    Command(String),
    Template(TemplateSource),
}

/// An API of a template.
pub struct TemplateSource {
    file: PathBuf,
    parameter_overrides: BTreeMap<String, String>,
    api: Option<String>,
    commands: Vec<String>,
}

impl Source {
    /// What the arguments ask for.
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
        if let Some(file) = arguments.template.clone().or(built).or(here) {
            return Ok(Self::Template(TemplateSource {
                file,
                parameter_overrides: arguments.parameter_overrides.iter().cloned().collect(),
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
            [command] => Ok(Self::Command(command.clone())),
            _ => bail!("several commands are for the functions of a template: give it with --template"),
        }
    }

    /// Builds it for a place.
    pub fn deploy(&self, place: &Place) -> anyhow::Result<Deployment> {
        match self {
            Self::Handler(path) => {
                let handler = CompiledHandler::prepare(path)?;
                Ok(of_one(handler.exports, Program::Handler(handler), path.clone(), place))
            }
            Self::Command(command) => Ok(of_one(
                EVERY_ROUTE,
                Program::command(command, PathBuf::new(), "handler")?,
                PathBuf::from("."),
                place,
            )),
            Self::Template(template) => template.deploy(place),
        }
    }
}

/// An API whose routes are all one function's.
fn of_one(exports: Exports, program: Program, code: PathBuf, place: &Place) -> Deployment {
    let stage = place.stage.clone().unwrap_or_else(|| DEFAULT_STAGE.to_owned());
    let function = Arc::new(Function::new(program.config(&stage, place), place.observer.clone()));
    let routes = [(exports.connect, CONNECT), (exports.message, DEFAULT), (exports.disconnect, DISCONNECT)];
    let routes = routes.into_iter().filter(|(is_served, _)| *is_served).map(|(_, route_key)| {
        let function = Arc::clone(&function);
        (route_key.to_owned(), Route { function, is_two_way: false, timeout: INTEGRATION_TIMEOUT })
    });
    let api = Api {
        id: "local".to_owned(),
        stage,
        stage_variables: BTreeMap::new(),
        route_selection: RouteSelection::default(),
        routes: routes.collect(),
    };
    Deployment { api, code: vec![code], _programs: vec![program] }
}

impl TemplateSource {
    fn deploy(&self, place: &Place) -> anyhow::Result<Deployment> {
        let template = Template::read(&self.file, &self.parameter_overrides)?;
        template.notes.iter().for_each(|note| eprintln!("note: {note}"));
        let api = self.choose(&template)?;
        let stage = place.stage.clone().unwrap_or_else(|| api.stage.clone());
        let route_selection = api.route_selection_expression.parse::<RouteSelection>();
        let route_selection =
            route_selection.with_context(|| format!("Resources.{}.Properties.RouteSelectionExpression", api.id))?;

        let mut code = vec![self.file.clone()];
        let mut functions: BTreeMap<&str, Arc<Function>> = BTreeMap::new();
        let mut programs = Vec::new();
        for id in api.routes.values().map(|route| route.function.as_str()) {
            if functions.contains_key(id) {
                continue;
            }
            let function = &template.functions[id];
            let program = Program::of(function, self.own_command(id), self.common_command())?;
            let config = configured(program.config(&stage, place), function);
            functions.insert(id, Arc::new(Function::new(config, place.observer.clone())));
            programs.push(program);
            code.extend(function.code.iter().chain(&function.layers).cloned());
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
        Ok(Deployment { api, code, _programs: programs })
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

    /// The command for all that have none of their own.
    fn common_command(&self) -> Option<&str> {
        let is_own = |command: &&String| command.split_once('=').is_some_and(|(name, _)| is_logical_id(name));
        self.commands.iter().rfind(|command| !is_own(command)).map(String::as_str)
    }
}

/// So that `A=python3 app.py` is a command for A, and `env X=1 python3 app.py` is one for all.
fn is_logical_id(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric())
}

/// A program's configuration, with what the template says of its function.
fn configured(config: FunctionConfig, function: &template::Function) -> FunctionConfig {
    let mut variables = config.variables;
    variables.extend(function.environment.clone());
    FunctionConfig {
        name: function.name.clone(),
        timeout: function.timeout,
        memory_size: function.memory_size,
        variables,
        ..config
    }
}
