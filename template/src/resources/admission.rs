//! What a client needs to connect: authorizers, API keys and required parameters.

use std::collections::BTreeMap;

use super::{
    api::{Admission, ApiKeys, Authorizer},
    function::Function,
    target::Named,
};
use crate::{error::TemplateError, properties::Properties, resolver::Resolver};

/// Where AWS looks for an API key unless the API says otherwise:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>.
const DEFAULT_SELECTION: &str = "$request.header.x-api-key";

/// An admission that is read, but for what a stage's variables make of it.
pub struct Draft<'a> {
    authorizer: Option<(Named, Vec<String>, Properties<'a>)>,
    api_keys: Option<ApiKeys>,
    required_parameters: Vec<String>,
}

impl<'a> Draft<'a> {
    /// Everyone may connect.
    pub fn open() -> Self {
        Self { authorizer: None, api_keys: None, required_parameters: Vec::new() }
    }

    /// Sets the authorizer: `uri` is the property that names its function.
    pub fn set_authorizer(&mut self, authorizer: Properties<'a>, uri: &'static str) -> Result<(), TemplateError> {
        let identity_sources = authorizer.list("IdentitySource")?;
        self.authorizer = Some((Named::read(&authorizer, uri)?, identity_sources, authorizer));
        Ok(())
    }

    /// Reads what the `$connect` route itself asks for.
    pub fn read_route(
        &mut self,
        resolver: &Resolver,
        api: &Properties,
        route: &Properties,
        notes: &mut Vec<String>,
    ) -> Result<(), TemplateError> {
        for part in route.parts("RequestParameters")? {
            let (name, parameter) = part?;
            if parameter.flag("Required")? {
                self.required_parameters.push(name.to_owned());
            }
        }
        if route.flag("ApiKeyRequired")? {
            let selection_expression = api.text("ApiKeySelectionExpression")?;
            let values = api_keys(resolver)?;
            if values.is_empty() {
                let place = route.place("ApiKeyRequired");
                notes.push(format!("{place}: the template has no value of an API key, so any key is taken here"));
            }
            let selection_expression = selection_expression.unwrap_or_else(|| DEFAULT_SELECTION.to_owned());
            self.api_keys = Some(ApiKeys { selection_expression, values });
        }
        Ok(())
    }

    /// The admission of a stage with these variables.
    pub fn of_stage(
        &self,
        variables: &BTreeMap<String, String>,
        functions: &BTreeMap<String, Function>,
    ) -> Result<Admission, TemplateError> {
        let authorizer = match &self.authorizer {
            None => None,
            Some((named, identity_sources, properties)) => Some(Authorizer {
                target: named.target(variables, functions, properties)?,
                identity_sources: identity_sources.clone(),
            }),
        };
        let (api_keys, required_parameters) = (self.api_keys.clone(), self.required_parameters.clone());
        Ok(Admission { authorizer, api_keys, required_parameters })
    }
}

/// The values of the template's API keys that are in force. None, if AWS makes one of them up.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-apikey.html>.
fn api_keys(resolver: &Resolver) -> Result<Vec<String>, TemplateError> {
    let mut values = Vec::new();
    for (id, resource) in resolver.resources(&["AWS::ApiGateway::ApiKey"])? {
        let key = Properties::of_resource(resolver, id, resource, &serde_json::Value::Null);
        if key.text("Enabled")?.is_some_and(|enabled| enabled == "false") {
            continue;
        }
        match key.text("Value")? {
            Some(value) => values.push(value),
            None => return Ok(Vec::new()),
        }
    }
    Ok(values)
}
