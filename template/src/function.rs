//! `AWS::Serverless::Function` and `AWS::Lambda::Function`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use crate::{TemplateError, resolver::Resolver};

const SERVERLESS: &str = "AWS::Serverless::Function";
const PLAIN: &str = "AWS::Lambda::Function";

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
    /// The folder or file of its code (`CodeUri`, `Code`), if it is on this machine.
    pub code: Option<PathBuf>,
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
    let functions = resolver.resources(&[SERVERLESS, PLAIN])?.into_iter().map(|(id, resource)| {
        let globals = if resource["Type"] == SERVERLESS { resolver.globals("Function") } else { &Value::Null };
        let properties = Properties { resolver, id, own: &resource["Properties"], globals };
        Ok((id.to_owned(), properties.function(folder, notes)?))
    });
    functions.collect()
}

/// A function's properties; those of `Globals` stand in for what it does not have itself.
struct Properties<'a> {
    resolver: &'a Resolver<'a>,
    id: &'a str,
    own: &'a Value,
    globals: &'a Value,
}

impl Properties<'_> {
    fn function(&self, folder: &Path, notes: &mut Vec<String>) -> Result<Function, TemplateError> {
        let (timeout, memory_size) = (self.number("Timeout")?, self.number("MemorySize")?);
        Ok(Function {
            id: self.id.to_owned(),
            name: self.text("FunctionName")?.unwrap_or_else(|| self.id.to_owned()),
            handler: self.text("Handler")?.unwrap_or_default(),
            runtime: self.text("Runtime")?.unwrap_or_default(),
            code: self.code().map(|code| folder.join(code)),
            environment: self.environment(notes)?,
            timeout: Duration::from_secs(timeout.unwrap_or(DEFAULT_TIMEOUT)),
            memory_size: u32::try_from(memory_size.unwrap_or(DEFAULT_MEMORY_SIZE)).unwrap_or(u32::MAX),
        })
    }

    fn get(&self, name: &str) -> &Value {
        self.own.get(name).unwrap_or(&self.globals[name])
    }

    fn place(&self, name: &str) -> String {
        format!("Resources.{}.Properties.{name}", self.id)
    }

    fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        self.resolver.text(self.get(name), &self.place(name))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, TemplateError> {
        self.resolver.number(self.get(name), &self.place(name))
    }

    /// Code in a bucket, in the template, or in a place that cannot be resolved is not on this machine.
    fn code(&self) -> Option<String> {
        let code = ["CodeUri", "Code"].iter().map(|name| self.get(name)).find(|code| !code.is_null())?;
        let code = self.resolver.resolve(code, "").ok()??;
        code.as_str().filter(|code| !code.starts_with("s3://")).map(ToOwned::to_owned)
    }

    fn environment(&self, notes: &mut Vec<String>) -> Result<BTreeMap<String, String>, TemplateError> {
        let mut environment = BTreeMap::new();
        for properties in [self.globals, self.own] {
            for (name, value) in properties["Environment"]["Variables"].as_object().into_iter().flatten() {
                let place = self.place(&format!("Environment.Variables.{name}"));
                match self.resolver.text(value, &place) {
                    Ok(Some(value)) => drop(environment.insert(name.clone(), value)),
                    Ok(None) => {}
                    Err(error @ TemplateError::Invalid { .. }) => {
                        notes.push(format!("{error}; the variable is not set"));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(environment)
    }
}
