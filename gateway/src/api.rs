//! What a WebSocket API is made of.

use std::{collections::BTreeMap, str::FromStr, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{credentials::REGION, lambda::Function};

/// The route key of the event when a client asks to connect.
pub const CONNECT: &str = "$connect";
/// The route key of a message that selects no other route.
pub const DEFAULT: &str = "$default";
/// The route key of the event when a connection is closed.
pub const DISCONNECT: &str = "$disconnect";

/// A WebSocket API, deployed to a stage.
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
///
/// use goblet_gateway::{
///     activity::Observer,
///     api::{Api, CONNECT, DEFAULT, Route, RouteSelection},
///     lambda::{Function, FunctionConfig},
///     limits::INTEGRATION_TIMEOUT,
/// };
///
/// let config = FunctionConfig::new("echo", vec!["./bootstrap".to_owned()], ".".into());
/// let function = Arc::new(Function::new(config, Observer::none()));
/// let route = Route { function, is_two_way: false, timeout: INTEGRATION_TIMEOUT };
/// let api = Api {
///     id: "local".to_owned(),
///     stage: "dev".to_owned(),
///     stage_variables: BTreeMap::new(),
///     route_selection: "$request.body.action".parse::<RouteSelection>()?,
///     routes: BTreeMap::from([(CONNECT.to_owned(), route.clone()), (DEFAULT.to_owned(), route)]),
/// };
/// # drop(api);
/// # Ok::<(), goblet_gateway::api::RouteSelectionError>(())
/// ```
#[derive(Clone)]
pub struct Api {
    /// The API's id, `apiId` in events.
    pub id: String,
    /// The stage's name: the path that clients connect to.
    pub stage: String,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
    /// How a message selects its route.
    pub route_selection: RouteSelection,
    /// The routes, by route key.
    pub routes: BTreeMap<String, Route>,
}

/// Where a route's events go (an `AWS_PROXY` integration).
#[derive(Clone)]
pub struct Route {
    /// The function that answers.
    pub function: Arc<Function>,
    /// Whether the route has a route response: the `body` of the function's answer is sent to the client.
    pub is_two_way: bool,
    /// How long the gateway waits for the function's answer.
    pub timeout: Duration,
}

/// The domain name that AWS gives to the API with an id. AWS's ids are lowercase, and so are host names in URLs.
#[must_use]
pub fn domain_name(api_id: &str) -> String {
    format!("{}.execute-api.{REGION}.amazonaws.com", api_id.to_ascii_lowercase())
}

impl Api {
    /// The API's domain name, `domainName` in events. Clients may use another one, such as `localhost`.
    #[must_use]
    pub fn domain_name(&self) -> String {
        domain_name(&self.id)
    }

    /// The route key and the route for a message. They are those of `$default` if it selects none.
    pub(crate) fn select(&self, message: &str) -> (String, Option<&Route>) {
        if let Some(route_key) = self.route_selection.evaluate(message)
            && !route_key.starts_with('$')
            && let Some(route) = self.routes.get(&route_key)
        {
            return (route_key, Some(route));
        }
        (DEFAULT.to_owned(), self.routes.get(DEFAULT))
    }
}

/// A route selection expression: the path of the message's field that holds the route key.
///
/// `$request.body.action` and `${request.body.service.action}` are such expressions:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html>.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteSelection {
    path: Vec<String>,
}

/// Why a text is no route selection expression.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("`{0}` is no route selection expression: write the path of a message's field, e.g. $request.body.action")]
pub struct RouteSelectionError(String);

impl FromStr for RouteSelection {
    type Err = RouteSelectionError;

    fn from_str(expression: &str) -> Result<Self, Self::Err> {
        let error = || RouteSelectionError(expression.to_owned());
        let path = expression.strip_prefix('$').ok_or_else(error)?;
        let path = path.strip_prefix('{').and_then(|path| path.strip_suffix('}')).unwrap_or(path);
        let path = path.strip_prefix("request.body.").ok_or_else(error)?;
        if path.split('.').any(str::is_empty) {
            return Err(error());
        }
        Ok(Self { path: path.split('.').map(ToOwned::to_owned).collect() })
    }
}

impl Default for RouteSelection {
    /// `$request.body.action`, which AWS's tutorials use.
    fn default() -> Self {
        Self { path: vec!["action".to_owned()] }
    }
}

impl RouteSelection {
    /// The route key that a message names, if it is JSON and has the field.
    fn evaluate(&self, message: &str) -> Option<String> {
        let message: Value = serde_json::from_str(message).ok()?;
        let field = self.path.iter().try_fold(&message, |value, name| value.get(name))?;
        field.as_str().map(ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(expression: &str, message: &str) -> Option<String> {
        expression.parse::<RouteSelection>().expect("valid").evaluate(message)
    }

    #[test]
    fn the_field_names_the_route() {
        let nested = r#"{"service": {"do": "join"}}"#;
        assert_eq!(evaluate("$request.body.action", r#"{"action": "join"}"#).as_deref(), Some("join"));
        assert_eq!(evaluate("${request.body.service.do}", nested).as_deref(), Some("join"));
        assert_eq!(evaluate("$request.body.service.do", nested).as_deref(), Some("join"));
    }

    #[test]
    fn other_messages_name_none() {
        for message in ["foo", "", "[]", "3", "null", r#"{"other": "join"}"#, r#"{"action": null}"#] {
            assert_eq!(evaluate("$request.body.action", message), None, "{message}");
        }
    }

    #[test]
    fn other_expressions_are_refused() {
        for expression in ["", "action", "$request.header.x", "$request.body", "$request.body.", "$request.body.a..b"] {
            assert!(expression.parse::<RouteSelection>().is_err(), "{expression}");
        }
    }
}
