//! What a WebSocket API is made of.

use std::{collections::BTreeMap, str::FromStr, sync::Arc, time::Duration};

use serde_json::Value;

pub use crate::integration::Integration;
use crate::{
    admission::Admission,
    connection::Client,
    lambda::Function,
    region::Region,
    selection::{Scope, Selection, SelectionError},
};

/// The route key of the event when a client asks to connect.
pub const CONNECT: &str = "$connect";
/// The route key of a message that selects no other route.
pub const DEFAULT: &str = "$default";
/// The route key of the event when a connection is closed.
pub const DISCONNECT: &str = "$disconnect";

/// A WebSocket API, deployed to a stage. One that is deployed to several stages is several of these, with the same id.
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
///
/// use goblet_gateway::{
///     Region,
///     activity::Observer,
///     admission::Admission,
///     api::{Api, CONNECT, DEFAULT, Integration, Route, RouteSelection},
///     lambda::{Function, FunctionConfig},
///     limits::INTEGRATION_TIMEOUT,
/// };
///
/// let config = FunctionConfig::new("echo", vec!["./bootstrap".to_owned()], ".".into());
/// let function = Arc::new(Function::new(config, Observer::none()));
/// let integration = Integration::Function(function);
/// let route = Route { integration, is_two_way: false, timeout: INTEGRATION_TIMEOUT };
/// let api = Api {
///     id: "local".to_owned(),
///     region: Region::default(),
///     stage: "dev".to_owned(),
///     stage_variables: BTreeMap::new(),
///     admission: Admission::default(),
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
    /// The region that it is in.
    pub region: Region,
    /// The stage's name: the path that clients connect to.
    pub stage: String,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
    /// How a message selects its route.
    pub route_selection: RouteSelection,
    /// What a client needs to connect.
    pub admission: Admission,
    /// The routes, by route key.
    pub routes: BTreeMap<String, Route>,
}

/// Where a route's events go.
#[derive(Clone)]
pub struct Route {
    /// What answers.
    pub integration: Integration,
    /// Whether the route has a route response: the `body` of the answer is sent to the client.
    pub is_two_way: bool,
    /// How long the gateway waits for the answer.
    pub timeout: Duration,
}

impl Api {
    /// The API's domain name, `domainName` in events. Clients may use another one, such as `localhost`.
    #[must_use]
    pub fn domain_name(&self) -> String {
        self.region.domain_name(&self.id)
    }

    /// All functions that it may invoke. One that has several tasks is there several times.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.routes.values().filter_map(|route| route.integration.function()).chain(self.admission.function())
    }

    /// The route key and the route for a client's message. They are those of `$default` if it selects none.
    pub(crate) fn select(&self, client: &Client, message: &str) -> (String, Option<&Route>) {
        if let Some(route_key) = self.route_selection.evaluate(self, client, message)
            && !route_key.starts_with('$')
            && let Some(route) = self.routes.get(&route_key)
        {
            return (route_key, Some(route));
        }
        (DEFAULT.to_owned(), self.routes.get(DEFAULT))
    }
}

/// A route selection expression: how the route key is made of a message.
///
/// `$request.body.action` and `${request.body.service}-${stageVariables.version}` are such expressions:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html>.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteSelection(Selection);

/// Why a text is no route selection expression.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct RouteSelectionError(SelectionError);

impl FromStr for RouteSelection {
    type Err = RouteSelectionError;

    fn from_str(expression: &str) -> Result<Self, Self::Err> {
        expression.parse().map(Self).map_err(RouteSelectionError)
    }
}

impl Default for RouteSelection {
    /// `$request.body.action`, which AWS's tutorials use.
    fn default() -> Self {
        Self(Selection::of_body("action"))
    }
}

impl RouteSelection {
    /// The route key that a message names, if it is JSON and has what the expression asks for.
    fn evaluate(&self, api: &Api, client: &Client, message: &str) -> Option<String> {
        let body: Value = serde_json::from_str(message).ok()?;
        let context = if self.0.has_context() { client.context(&api.id, &api.region) } else { Value::Null };
        self.0.evaluate(&Scope { body: Some(&body), context: &context, stage_variables: &api.stage_variables })
    }
}
