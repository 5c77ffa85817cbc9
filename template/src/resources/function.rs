//! `AWS::Serverless::Function` and `AWS::Lambda::Function`.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    code::{self, Code, FOLDER},
    known,
};
use crate::{error::TemplateError, place, properties::Properties, resolver::Resolver};

const SERVERLESS: &str = "AWS::Serverless::Function";
const PLAIN: &str = "AWS::Lambda::Function";

/// The types of layers.
const LAYERS: [&str; 2] = ["AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"];

/// How many layers a function may have: <https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html>.
const MAX_LAYERS: usize = 5;

/// AWS's own defaults: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.
const DEFAULT_TIMEOUT: u32 = 3;
const DEFAULT_MEMORY_SIZE: u32 = 128;

/// What AWS allows, in s and MB: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const TIMEOUTS: RangeInclusive<u32> = 1..=900;
const MEMORY_SIZES: RangeInclusive<u32> = 128..=10_240;

/// A function, as the template configures it.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its logical id.
    pub id: String,
    /// `FunctionName`, or else the logical id.
    pub name: String,
    /// `Handler`, e.g. `app.handler`. Each runtime reads it in its own way. Empty if the template has none.
    pub handler_name: String,
    /// `Runtime`, e.g. `provided.al2023` or `python3.13`. Empty if the template has none.
    pub runtime: String,
    /// `Metadata.BuildMethod`, e.g. `makefile` or `rust-cargolambda`: how `sam build` builds the code.
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html>.
    pub build_method: Option<String>,
    /// Its code (`CodeUri`, `InlineCode`, `Code`, or an asset of CDK).
    pub code: Code,
    /// The folders or zips of its layers' content (`ContentUri`, `Content`) that are on this machine, in order.
    pub layers: Vec<PathBuf>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take: 1 to 900 s.
    pub timeout: Duration,
    /// Its memory in MB: 128 to 10,240.
    pub memory_size: u32,
    /// How many invocations there may be at once (`ReservedConcurrentExecutions`).
    pub concurrency: Option<u32>,
}

/// Reads all functions. Variables that cannot be resolved are left out, and a note says so.
pub fn read(
    resolver: &Resolver,
    folder: &Path,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, Function>, TemplateError> {
    let contents = contents(resolver, folder)?;
    let functions = resolver.resources(&[SERVERLESS, PLAIN])?.into_iter().map(|(id, resource)| {
        let (globals, known) = if resource["Type"] == SERVERLESS {
            (resolver.globals("Function"), known::SERVERLESS_FUNCTION)
        } else {
            (&Value::Null, known::FUNCTION)
        };
        let properties = Properties::of_resource(resolver, id, resource, globals);
        known.check(&properties, notes)?;
        known::LOGGING.check(&properties.part("LoggingConfig")?, notes)?;
        let metadata = Properties::of_metadata(resolver, id, resource);
        Ok((id.to_owned(), function(id, &properties, &metadata, start(resource, folder), &contents, notes)?))
    });
    functions.collect()
}

/// The folder where a resource's paths start.
fn start<'a>(resource: &'a Value, folder: &'a Path) -> &'a Path {
    resource[FOLDER].as_str().map_or(folder, Path::new)
}

/// The folders or zips of layers' content, by the layers' ARNs.
fn contents(resolver: &Resolver, folder: &Path) -> Result<BTreeMap<String, Code>, TemplateError> {
    let layers = resolver.resources(&LAYERS)?.into_iter().map(|(id, resource)| {
        let properties = Properties::of_resource(resolver, id, resource, resolver.globals("LayerVersion"));
        let metadata = Properties::of_metadata(resolver, id, resource);
        let place = place::of_resource(id, resource);
        let arn = resolver.text(&json!({"Ref": id}), &place)?.unwrap_or_default();
        Ok((arn, code::read(&properties, &metadata, start(resource, folder))?))
    });
    layers.collect()
}

fn function(
    id: &str,
    properties: &Properties,
    metadata: &Properties,
    folder: &Path,
    contents: &BTreeMap<String, Code>,
    notes: &mut Vec<String>,
) -> Result<Function, TemplateError> {
    let timeout = properties.number("Timeout", &TIMEOUTS, "seconds")?.unwrap_or(DEFAULT_TIMEOUT);
    let memory_size = properties.number("MemorySize", &MEMORY_SIZES, "MB")?;
    Ok(Function {
        id: id.to_owned(),
        name: properties.text("FunctionName")?.unwrap_or_else(|| id.to_owned()),
        handler_name: properties.text("Handler")?.unwrap_or_default(),
        runtime: properties.text("Runtime")?.unwrap_or_default(),
        build_method: metadata.text("BuildMethod")?,
        code: code::read(properties, metadata, folder)?,
        layers: layers(id, properties, contents, notes)?,
        environment: environment(properties, notes)?,
        timeout: Duration::from_secs(timeout.into()),
        memory_size: memory_size.unwrap_or(DEFAULT_MEMORY_SIZE),
        concurrency: properties.number("ReservedConcurrentExecutions", &(0..=u32::MAX), "invocations")?,
    })
}

/// The layers that are on this machine. A note names each that is not.
fn layers(
    id: &str,
    properties: &Properties,
    contents: &BTreeMap<String, Code>,
    notes: &mut Vec<String>,
) -> Result<Vec<PathBuf>, TemplateError> {
    let arns = match properties.list("Layers") {
        Err(error @ TemplateError::Invalid { .. }) => {
            notes.push(format!("{error}; {id} runs without its layers"));
            return Ok(Vec::new());
        }
        arns => arns?,
    };
    if arns.len() > MAX_LAYERS {
        return Err(properties.invalid("Layers", format!("a function may have {MAX_LAYERS} layers, and has more")));
    }
    let mut layers = Vec::new();
    for arn in arns {
        let missing = match contents.get(&arn) {
            Some(Code::Local(path)) => {
                properties.spend("Layers", path.as_os_str().len())?;
                layers.push(path.clone());
                continue;
            }
            Some(Code::Elsewhere(reason)) => reason.clone(),
            Some(Code::Inline(_)) | None => {
                format!("{}: the layer {arn} is not on this machine", properties.place("Layers"))
            }
        };
        properties.spend("Layers", missing.len() + id.len())?;
        notes.push(format!("{missing}; {id} runs without it"));
    }
    Ok(layers)
}

fn environment(properties: &Properties, notes: &mut Vec<String>) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut environment = BTreeMap::new();
    for (name, value) in properties.part("Environment")?.each_text("Variables")? {
        match value {
            Ok(Some(value)) => drop(environment.insert(name.clone(), value)),
            Ok(None) => {}
            Err(error @ TemplateError::Invalid { .. }) => notes.push(format!("{error}; the variable is not set")),
            Err(error) => return Err(error),
        }
    }
    Ok(environment)
}
