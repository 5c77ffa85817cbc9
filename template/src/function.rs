//! `AWS::Serverless::Function` and `AWS::Lambda::Function`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use crate::{TemplateError, properties::Properties, resolver::Resolver};

const SERVERLESS: &str = "AWS::Serverless::Function";
const PLAIN: &str = "AWS::Lambda::Function";

/// What a layer's type must be for its content to be on this machine.
const LAYERS: [&str; 2] = ["AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"];

/// AWS's own defaults: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.
const DEFAULT_TIMEOUT: u64 = 3;
const DEFAULT_MEMORY_SIZE: u64 = 128;

/// A function, as it is deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its logical id.
    pub id: String,
    /// Its name: the logical id, unless it is given one.
    pub name: String,
    /// `Handler`: what the runtime makes of it is its own affair.
    pub handler: String,
    /// `Runtime`, e.g. `provided.al2023`, `python3.13`.
    pub runtime: String,
    /// `Metadata.BuildMethod`: how `sam build` builds it, e.g. `makefile`, `rust-cargolambda`.
    pub build_method: Option<String>,
    /// The folder or file of its code (`CodeUri`, `Code`), if it is on this machine.
    pub code: Option<PathBuf>,
    /// The folders of its layers' content (`ContentUri`, `Content`), those that are on this machine, in order.
    pub layers: Vec<PathBuf>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// In MB.
    pub memory_size: u32,
}

/// Reads all functions. Variables that cannot be resolved are left out, and noted.
pub fn read(
    resolver: &Resolver,
    folder: &Path,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, Function>, TemplateError> {
    let contents = contents(resolver, folder)?;
    let functions = resolver.resources(&[SERVERLESS, PLAIN])?.into_iter().map(|(id, resource)| {
        let globals = if resource["Type"] == SERVERLESS { resolver.globals("Function") } else { &Value::Null };
        let properties = Properties::of_resource(resolver, id, resource, globals);
        let build_method = resource["Metadata"]["BuildMethod"].as_str().map(ToOwned::to_owned);
        let function = Function { build_method, ..function(id, &properties, folder, &contents, notes)? };
        Ok((id.to_owned(), function))
    });
    functions.collect()
}

/// The folders of layers' content, by the layers' logical ids.
fn contents<'a>(resolver: &'a Resolver, folder: &Path) -> Result<BTreeMap<&'a str, PathBuf>, TemplateError> {
    let layers = resolver.resources(&LAYERS)?.into_iter().filter_map(|(id, resource)| {
        let properties = Properties::of_resource(resolver, id, resource, resolver.globals("LayerVersion"));
        Some((id, folder.join(local(&properties, &["ContentUri", "Content"])?)))
    });
    Ok(layers.collect())
}

fn function(
    id: &str,
    properties: &Properties,
    folder: &Path,
    contents: &BTreeMap<&str, PathBuf>,
    notes: &mut Vec<String>,
) -> Result<Function, TemplateError> {
    let (timeout, memory_size) = (properties.number("Timeout")?, properties.number("MemorySize")?);
    Ok(Function {
        id: id.to_owned(),
        name: properties.text("FunctionName")?.unwrap_or_else(|| id.to_owned()),
        handler: properties.text("Handler")?.unwrap_or_default(),
        runtime: properties.text("Runtime")?.unwrap_or_default(),
        build_method: None,
        code: local(properties, &["CodeUri", "Code"]).map(|code| folder.join(code)),
        layers: properties.references("Layers").filter_map(|layer| contents.get(layer).cloned()).collect(),
        environment: environment(properties, notes),
        timeout: Duration::from_secs(timeout.unwrap_or(DEFAULT_TIMEOUT)),
        memory_size: u32::try_from(memory_size.unwrap_or(DEFAULT_MEMORY_SIZE)).unwrap_or(u32::MAX),
    })
}

/// What is in a bucket, in the template, or in a place that cannot be resolved is not on this machine.
fn local(properties: &Properties, names: &[&str]) -> Option<String> {
    let place = names.iter().find_map(|name| properties.text(name).ok().flatten());
    place.filter(|place| !place.starts_with("s3://"))
}

fn environment(properties: &Properties, notes: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for (name, value) in properties.layered_texts("Environment", "Variables") {
        match value {
            Ok(Some(value)) => drop(environment.insert(name.clone(), value)),
            Ok(None) => {}
            Err(error) => notes.push(format!("{error}; the variable is not set")),
        }
    }
    environment
}
