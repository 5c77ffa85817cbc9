//! Reads the WebSocket APIs of a SAM or CloudFormation template, the functions behind them, and the tables.
//!
//! Parameters, mappings, conditions and intrinsic functions have the values that they would have in a stack with the
//! name `local`, in the account 000000000000 and a region that is given. Some values exist only in a deployed stack, for
//! example `!GetAtt Table.StreamArn`. A route that needs such a value has no target: see [`Target::Unserved`]. If a
//! function's environment variable needs it, the variable is left out, and a [note](Template::notes) says so.

mod document;
mod error;
mod expansion;
mod extent;
mod globals;
mod ignored;
mod place;
mod properties;
mod resolver;
mod resources;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

pub use self::{
    error::TemplateError,
    resources::{
        api::{Admission, Api, ApiKeys, Authorizer, Mapping, MappingTemplate, ResponseMapping, Route, Stage, Target},
        code::Code,
        function::Function,
        table::{
            AttributeDefinition, AttributeType, Index, KeyElement, KeyType, Projection, ProjectionType, Schema, Table,
        },
    },
};
use self::{
    expansion::Expanded,
    resolver::Resolver,
    resources::{api_gateway, function, serverless, table},
};

/// The WebSocket APIs, the functions and the tables of a template.
///
/// ```
/// use std::{collections::BTreeMap, fs, time::Duration};
///
/// use goblet_template::{Target, Template};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("template.yaml");
/// fs::write(
///     &path,
///     "
/// Parameters:
///   Stage: {Type: String, Default: dev}
/// Resources:
///   Chat:
///     Type: AWS::Serverless::WebSocketApi
///     Properties:
///       StageName: !Ref Stage
///       RouteSelectionExpression: $request.body.action
///       Routes:
///         $default: {FunctionArn: !GetAtt Messages.Arn}
///   Messages:
///     Type: AWS::Serverless::Function
///     Properties: {Handler: app.handler, Runtime: python3.13, CodeUri: messages/, Timeout: 10}
/// ",
/// )?;
///
/// let parameter_overrides = BTreeMap::from([("Stage".to_owned(), "prod".to_owned())]);
/// let template = Template::read(&path, &parameter_overrides, "us-east-1")?;
/// let chat = &template.apis[0];
/// assert_eq!(chat.stages[0].name, "prod");
/// assert_eq!(chat.stages[0].routes["$default"].target, Target::Function("Messages".to_owned()));
/// let messages = &template.functions["Messages"];
/// assert_eq!(messages.timeout, Duration::from_secs(10));
/// assert_eq!(messages.code.local(), Some(folder.path().join("messages/").as_path()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Template {
    /// The WebSocket APIs, in the order of their logical ids.
    pub apis: Vec<Api>,
    /// The functions, by logical id.
    pub functions: BTreeMap<String, Function>,
    /// The tables of DynamoDB, in the order of their names.
    pub tables: Vec<Table>,
    /// What differs from the deployed stack. Each is a sentence that names the place in the template.
    pub notes: Vec<String>,
    /// The files that it was read from: its own, and those that it includes and nests.
    pub files: Vec<PathBuf>,
}

impl Template {
    /// Reads a template's file for a region such as `eu-west-1`. The overrides are values of the template's parameters, by
    /// name; the other parameters have their defaults.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] names the file, or the place in it.
    pub fn read(
        path: &Path,
        parameter_overrides: &BTreeMap<String, String>,
        region: &str,
    ) -> Result<Self, TemplateError> {
        let values =
            parameter_overrides.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let mut notes = Vec::new();
        let Expanded { document, files } = expansion::read(path, &values, region, &mut notes)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let resolver = Resolver::new(path, &document, &values, region);
        let functions = function::read(&resolver, folder, &mut notes)?;
        let mut apis = serverless::read(&resolver, &functions, &mut notes)?;
        apis.extend(api_gateway::read(&resolver, &functions, &mut notes)?);
        api_gateway::note_others(&resolver, &mut notes)?;
        let tables = table::read(&resolver, &mut notes)?;
        Ok(Self { apis, functions, tables, notes, files })
    }
}
