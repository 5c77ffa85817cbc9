//! What a SAM or CloudFormation template says of WebSocket APIs and of the functions behind them.
//!
//! Parameters, mappings, conditions and intrinsic functions are resolved as they would be in a stack of account
//! 000000000000 in us-east-1. What only a deployed stack knows is named: as an error where an API cannot be served
//! without it, and else as a [note](Template::notes).

mod api;
mod api_gateway;
mod document;
mod function;
mod properties;
mod resolver;
mod serverless;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use self::resolver::Resolver;
pub use self::{
    api::{Api, Route},
    function::Function,
};

/// The WebSocket APIs and the functions of a template.
#[derive(Debug)]
pub struct Template {
    /// The WebSocket APIs, in the order of their logical ids.
    pub apis: Vec<Api>,
    /// The functions, by logical id.
    pub functions: BTreeMap<String, Function>,
    /// What is different from the deployed stack: each a sentence that names the place.
    pub notes: Vec<String>,
}

/// Why a template cannot be used. Each text names the file or the place in it.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum TemplateError {
    #[error("cannot read the template {0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("the template {0} is no YAML: {1}")]
    Yaml(PathBuf, String),
    #[error("{place}: {reason}")]
    Invalid { place: String, reason: String },
}

impl Template {
    /// Reads a template, with these values for its parameters, or their defaults.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] names the file or the place in it.
    pub fn read(path: &Path, parameter_overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let text = fs::read_to_string(path).map_err(|error| TemplateError::Unreadable(path.to_owned(), error))?;
        let document =
            document::parse(&text).map_err(|error| TemplateError::Yaml(path.to_owned(), error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let resolver = Resolver::new(&document, parameter_overrides)?;
        let mut notes = Vec::new();
        let functions = function::read(&resolver, folder, &mut notes)?;
        let mut apis = serverless::read(&resolver, &functions, &mut notes)?;
        apis.extend(api_gateway::read(&resolver, &functions, &mut notes)?);
        Ok(Self { apis, functions, notes })
    }
}
