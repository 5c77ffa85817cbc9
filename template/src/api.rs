//! A WebSocket API, whichever resources describe it.

use std::{collections::BTreeMap, time::Duration};

use crate::{Function, TemplateError};

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

/// The function that an ARN names, with a version or an alias behind it or not; or an integration's URI with one in it.
pub fn function_of<'a>(
    arn: &str,
    functions: &'a BTreeMap<String, Function>,
    place: &str,
) -> Result<&'a Function, TemplateError> {
    let after = arn.split_once(":function:").map_or("", |(_, after)| after);
    let name = after.split([':', '/']).next().unwrap_or_default();
    functions.values().find(|function| function.name == name).ok_or_else(|| TemplateError::Invalid {
        place: place.to_owned(),
        reason: format!("{arn} is no function of the template"),
    })
}
