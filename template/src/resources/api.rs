//! A WebSocket API, whichever resources describe it.

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use super::function::Function;
use crate::{error::TemplateError, properties::Properties};

/// How long an integration may take, in ms:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-integration.html>. SAM passes
/// its `IntegrationTimeout` on:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-websocketapi-routeconfiguration.html>.
const INTEGRATION_TIMEOUTS: RangeInclusive<u32> = 50..=29_000;

/// A WebSocket API, deployed to a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// Its logical id.
    pub id: String,
    /// The stage's name.
    pub stage: String,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
    /// How a message selects its route, e.g. `$request.body.action`.
    pub route_selection_expression: String,
    /// The routes, by route key.
    pub routes: BTreeMap<String, Route>,
}

/// Where a route's events go.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The function's logical id.
    pub function: String,
    /// Whether the body of the function's response is sent to the client.
    pub is_two_way: bool,
    /// How long the integration may take, if the template says it: 50 ms to 29 s.
    pub timeout: Option<Duration>,
}

/// The property of a route, in both kinds of resources, that makes it two-way.
const RESPONSE: &str = "RouteResponseSelectionExpression";

impl Route {
    /// Reads a route's properties, and of its integration's properties those that name the function and the timeout.
    pub(crate) fn read(
        route: &Properties,
        (integration, function, timeout): (&Properties, &str, &str),
        functions: &BTreeMap<String, Function>,
    ) -> Result<Self, TemplateError> {
        let timeout = integration.number(timeout, &INTEGRATION_TIMEOUTS, "milliseconds")?;
        let id = &function_of(integration, function, functions)?.id;
        integration.spend(function, id.len())?;
        Ok(Self {
            function: id.clone(),
            is_two_way: route.text(RESPONSE)?.is_some(),
            timeout: timeout.map(u64::from).map(Duration::from_millis),
        })
    }
}

/// The function that a property names: by its ARN, which may end in a version or an alias, or by an integration's URI
/// with the ARN in it.
fn function_of<'a>(
    properties: &Properties,
    name: &str,
    functions: &'a BTreeMap<String, Function>,
) -> Result<&'a Function, TemplateError> {
    let arn = properties.required(name)?;
    let after = arn.split_once(":function:").map_or("", |(_, after)| after);
    let function_name = after.split([':', '/']).next().unwrap_or_default();
    let function = functions.values().find(|function| function.name == function_name);
    function.ok_or_else(|| properties.invalid(name, format!("{arn} is no function of the template")))
}

/// The note for an API or a route that has an authorizer.
pub fn no_authorizer(properties: &Properties, name: &str) -> String {
    format!("{}: there is no authorizer here, everyone is let in", properties.place(name))
}
