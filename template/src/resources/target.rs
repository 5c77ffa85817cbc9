//! From a text that names a function to the function.

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use super::{api::Target, function::Function};
use crate::{error::TemplateError, properties::Properties};

/// How long an integration may take, in ms:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-integration.html>. SAM passes
/// its `IntegrationTimeout` on:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-websocketapi-routeconfiguration.html>.
const INTEGRATION_TIMEOUTS: RangeInclusive<u32> = 50..=29_000;

/// Reads an integration's timeout.
pub fn timeout(properties: &Properties, name: &str) -> Result<Option<Duration>, TemplateError> {
    let timeout = properties.number(name, &INTEGRATION_TIMEOUTS, "milliseconds")?;
    Ok(timeout.map(u64::from).map(Duration::from_millis))
}

/// A property's text, or why it has none, with its place.
pub fn text_or_reason(properties: &Properties, name: &str) -> Result<Result<String, String>, TemplateError> {
    match properties.required(name) {
        Ok(text) => Ok(Ok(text)),
        Err(error @ TemplateError::Invalid { .. }) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

/// A property that names a function: by its ARN, which may end in a version or an alias, or by an integration's URI with
/// the ARN in it. It is read once, and means a function for each stage.
pub struct Named {
    name: &'static str,
    place: String,
    /// The text, or why there is none.
    text: Result<String, String>,
}

impl Named {
    pub fn read(properties: &Properties, name: &'static str) -> Result<Self, TemplateError> {
        Ok(Self { name, place: properties.place(name), text: text_or_reason(properties, name)? })
    }

    /// The function that it names in a stage with these variables:
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>.
    pub fn target(
        &self,
        variables: &BTreeMap<String, String>,
        functions: &BTreeMap<String, Function>,
        properties: &Properties,
    ) -> Result<Target, TemplateError> {
        let text = match &self.text {
            Ok(text) => text,
            Err(reason) => return Ok(Target::Unserved(format!("{reason}: name a function of the template"))),
        };
        properties.spend(self.name, text.len() + self.place.len())?;
        let arn = match with_variables(text, variables) {
            Ok(arn) => arn,
            Err(name) => return Ok(Target::Unserved(format!("{}: the stage has no variable {name}", self.place))),
        };
        properties.spend(self.name, arn.len())?;
        let Some((_, after)) = arn.split_once(":function:") else {
            return Ok(Target::Unserved(format!(
                "{}: {arn} is no function: name a function of the template",
                self.place
            )));
        };
        let name = after.split([':', '/']).next().unwrap_or_default();
        Ok(match functions.values().find(|function| function.name == name) {
            Some(function) => {
                properties.spend(self.name, function.id.len())?;
                Target::Function(function.id.clone())
            }
            None => Target::Foreign {
                name: name.to_owned(),
                reason: format!("{}: {arn} is no function of the template", self.place),
            },
        })
    }
}

/// A text in which `${stageVariables.name}` stands for a stage's variable. The error is the variable that is missing.
fn with_variables(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    const START: &str = "${stageVariables.";
    let mut rest = text;
    let mut result = String::new();
    while let Some((before, after)) = rest.split_once(START) {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        result.push_str(before);
        result.push_str(variables.get(name).ok_or(name)?);
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_variables_stand_for_their_values() {
        let variables = BTreeMap::from([("fn".to_owned(), "chat".to_owned()), ("alias".to_owned(), "live".to_owned())]);
        let text = "f:${stageVariables.fn}:${stageVariables.alias}/x";
        assert_eq!(with_variables(text, &variables).as_deref(), Ok("f:chat:live/x"));
        assert_eq!(with_variables("plain", &variables).as_deref(), Ok("plain"));
        assert_eq!(with_variables("${stageVariables.no}", &variables), Err("no".to_owned()));
    }
}
