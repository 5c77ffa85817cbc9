//! From what a template's routes name to what the gateway asks: each function is deployed once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use goblet_gateway::{
    admission::{Admission, ApiKeySource, ApiKeys, Authorizer},
    api::Integration,
    invoke::Functions,
    lambda::{Function, FunctionConfig},
    mapping::{Mapping, MappingError, Written},
    parameter::ParameterError,
};
use goblet_template::{self as template, Target, Template};

use super::{
    commands::Commands,
    function::{NotServed, Program},
    place::{DYNAMODB_ENDPOINT, LAMBDA_ENDPOINT, Place},
    start::Start,
    unpacked::Packages,
};

/// Where an API key is if the authorizer says it. AWS has no other place but the header:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>.
const AUTHORIZERS_KEY: &str = "$context.authorizer.usageIdentifierKey";

/// The endpoint of all AWS services, which a function may have of its own.
const ANY_ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// The functions of an API, and what they were made from.
pub struct Targets<'a> {
    template: &'a Template,
    commands: &'a Commands,
    /// The template's folder.
    folder: PathBuf,
    /// The stage that functions are told of.
    stage: String,
    place: &'a Place,
    /// By logical id, or by name if it is not in the template.
    deployed: BTreeMap<String, Integration>,
    pub starts: Vec<Start>,
    pub programs: Vec<Program>,
    pub packages: Packages,
    pub watched: Vec<PathBuf>,
}

impl<'a> Targets<'a> {
    pub fn new(
        template: &'a Template,
        commands: &'a Commands,
        folder: PathBuf,
        stage: String,
        place: &'a Place,
    ) -> Self {
        Self {
            template,
            commands,
            folder,
            stage,
            place,
            deployed: BTreeMap::new(),
            starts: Vec::new(),
            programs: Vec::new(),
            packages: Packages::default(),
            watched: Vec::new(),
        }
    }

    /// What a route's integration is for the gateway. What cannot be served is no error; what cannot be built is.
    pub fn integration(&mut self, route: &template::Route) -> anyhow::Result<Integration> {
        let Some(mapping) = &route.mapping else { return self.target(&route.target) };
        let mapping = match read(mapping) {
            Ok(mapping) => Arc::new(mapping),
            Err(error) => return Ok(Integration::Unserved(error.to_string())),
        };
        Ok(match (&route.target, self.target(&route.target)?) {
            (Target::Mock, _) => Integration::Mock(mapping),
            (_, Integration::Function(function)) => Integration::Mapped(function, mapping),
            (_, other) => other,
        })
    }

    fn target(&mut self, target: &Target) -> anyhow::Result<Integration> {
        let id = match target {
            Target::Function(id) => id,
            Target::Foreign { name, .. } => name,
            Target::Mock => return Ok(Integration::Mock(Arc::default())),
            Target::Unserved(reason) => return Ok(Integration::Unserved(reason.clone())),
        };
        if let Some(integration) = self.deployed.get(id) {
            return Ok(integration.clone());
        }
        let deployed = match target {
            Target::Foreign { name, reason } => self.foreign(name, reason),
            _ => self.own(&self.template.functions[id]),
        };
        let integration = match deployed {
            Ok(function) => Integration::Function(function),
            Err(error) => match error.downcast::<NotServed>() {
                Ok(NotServed(reason)) => Integration::Unserved(reason),
                Err(error) => return Err(error),
            },
        };
        self.deployed.insert(id.clone(), integration.clone());
        Ok(integration)
    }

    /// All functions by their names: those of the template, and those that routes name besides. One without a route that
    /// cannot be built holds up nothing: whoever invokes it hears why.
    pub fn functions(&mut self) -> Functions {
        let template = self.template;
        for id in template.functions.keys() {
            if let Err(error) = self.target(&Target::Function(id.clone())) {
                self.deployed.insert(id.clone(), Integration::Unserved(format!("{error:#}")));
            }
        }
        let invocable = self.deployed.iter().filter_map(|(id, integration)| {
            let name = template.functions.get(id).map_or(id, |function| &function.name);
            match integration {
                Integration::Unserved(reason) => Some((name.clone(), Err(reason.clone()))),
                other => other.function().map(|function| (name.clone(), Ok(Arc::clone(function)))),
            }
        });
        invocable.collect()
    }

    /// What commands may name: the ids of the template's functions, and what routes name besides.
    pub fn ids(&self) -> BTreeSet<&str> {
        self.deployed.keys().map(String::as_str).collect()
    }

    /// What a client needs to connect.
    pub fn admission(&mut self, admission: &template::Admission) -> anyhow::Result<Admission> {
        let parameters =
            |names: &[String]| names.iter().map(|name| name.parse()).collect::<Result<_, ParameterError>>();
        let authorizer = match &admission.authorizer {
            None => None,
            Some(template::Authorizer { target, identity_sources }) => {
                Some(Authorizer { integration: self.target(target)?, identity_sources: parameters(identity_sources)? })
            }
        };
        let api_keys = admission.api_keys.as_ref().map(|keys| ApiKeys {
            source: if keys.selection_expression == AUTHORIZERS_KEY {
                ApiKeySource::Authorizer
            } else {
                ApiKeySource::Header
            },
            values: keys.values.clone(),
        });
        let required_parameters = parameters(&admission.required_parameters)?;
        Ok(Admission { authorizer, api_keys, required_parameters })
    }

    fn own(&mut self, function: &template::Function) -> anyhow::Result<Arc<Function>> {
        self.watched.extend(function.code.local().map(Path::to_owned));
        self.watched.extend(function.layers.iter().cloned());
        let (id, own_command, common_command) = (&function.id, self.commands.of(&function.id), self.commands.common());
        if let (template::Code::Elsewhere(reason), None) = (&function.code, own_command.or(common_command)) {
            return Err(NotServed(format!("{reason}: give a program with --command '{id}=COMMAND'")).into());
        }
        let unpacked = self.packages.unpack(function)?;
        let program = Program::of(&unpacked, own_command, common_command, self.place)?;
        Ok(self.deploy(program, id, format!("Resources.{id}"), |config| configured(config, function)))
    }

    /// A function that is not in the template, if there is a command for it.
    fn foreign(&mut self, name: &str, reason: &str) -> anyhow::Result<Arc<Function>> {
        let command = self.commands.of(name).ok_or_else(|| {
            NotServed(format!("{reason}: put it into the template, or give a program with --command '{name}=COMMAND'"))
        })?;
        let program = Program::command(command, &self.folder, name)?;
        let place = format!("--command {name}=…");
        Ok(self.deploy(program, name, place, |config| FunctionConfig { name: name.to_owned(), ..config }))
    }

    fn deploy(
        &mut self,
        program: Program,
        id: &str,
        place: String,
        configured: impl FnOnce(FunctionConfig) -> FunctionConfig,
    ) -> Arc<Function> {
        let config = configured(program.config(&self.stage, self.place));
        let config = program.complete(self.place.overrides.apply(config, id), self.place);
        self.watched.extend(program.watched().iter().cloned());
        let function = Arc::new(Function::new(config, self.place.observer.clone()));
        self.starts.push(Start { place, help: program.help().cloned(), function: Arc::clone(&function) });
        self.programs.push(program);
        function
    }
}

/// Reads the templates of an integration.
fn read(mapping: &template::Mapping) -> Result<Mapping, MappingError> {
    let responses: Vec<_> = mapping
        .responses
        .iter()
        .map(|(key, response)| (key.as_str(), written(response.template_selection.as_deref(), &response.templates)))
        .collect();
    Mapping::read(&written(mapping.template_selection.as_deref(), &mapping.templates), &responses)
}

fn written<'a>(selection: Option<&'a str>, templates: &'a BTreeMap<String, template::MappingTemplate>) -> Written<'a> {
    let templates =
        templates.iter().map(|(key, template)| (key.as_str(), template.place.as_str(), template.text.as_str()));
    Written { selection, templates: templates.collect() }
}

/// The configuration of a program, with the function's name, variables and limits from the template. One that has an
/// endpoint for all of AWS, such as another local AWS, has its tables there.
fn configured(config: FunctionConfig, function: &template::Function) -> FunctionConfig {
    let mut variables = config.variables;
    if function.environment.contains_key(ANY_ENDPOINT) {
        variables.remove(DYNAMODB_ENDPOINT);
        variables.remove(LAMBDA_ENDPOINT);
    }
    if !function.runtime.is_empty() {
        // Libraries ask it: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
        variables.insert("AWS_EXECUTION_ENV".to_owned(), format!("AWS_Lambda_{}", function.runtime));
    }
    variables.extend(function.environment.clone());
    FunctionConfig {
        name: function.name.clone(),
        timeout: function.timeout,
        memory_size: function.memory_size,
        concurrency: function.concurrency.map_or(config.concurrency, |most| config.concurrency.min(most as usize)),
        variables,
        ..config
    }
}
