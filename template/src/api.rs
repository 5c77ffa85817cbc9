//! A WebSocket API, whichever resources describe it.

use std::{collections::BTreeMap, time::Duration};

use crate::{Function, TemplateError, properties::Properties};

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
    /// How long the integration may take, if the route says it.
    pub timeout: Option<Duration>,
}

/// The property of a route, in both kinds of resources, that makes it two-way.
const RESPONSE: &str = "RouteResponseSelectionExpression";

impl Route {
    /// A route of these properties, whose integration has its function and its timeout in these.
    pub(crate) fn read(
        route: &Properties,
        (integration, function, timeout): (&Properties, &str, &str),
        functions: &BTreeMap<String, Function>,
    ) -> Result<Self, TemplateError> {
        Ok(Self {
            function: function_of(integration, function, functions)?.id.clone(),
            is_two_way: route.text(RESPONSE)?.is_some(),
            timeout: integration.number(timeout)?.map(Duration::from_millis),
        })
    }
}

/// The function of a property: its ARN, with a version or an alias behind it or not, or an integration's URI with the
/// ARN in it.
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

/// What is said of an API or a route with an authorizer.
pub fn no_authorizer(properties: &Properties, name: &str) -> String {
    format!("{}: there is no authorizer here, everyone is let in", properties.place(name))
}
