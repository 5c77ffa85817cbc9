//! A WebSocket API, whichever resources describe it.

use std::{collections::BTreeMap, time::Duration};

/// A WebSocket API.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// Its logical id.
    pub id: String,
    /// How a message selects its route, e.g. `$request.body.action`.
    pub route_selection_expression: String,
    /// The stages that it is deployed to, at least one.
    pub stages: Vec<Stage>,
}

/// A stage of an API, with what its variables make of the API's routes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name: the path that clients connect to.
    pub name: String,
    /// Its variables.
    pub variables: BTreeMap<String, String>,
    /// What a client needs to connect, before the `$connect` route is asked.
    pub admission: Admission,
    /// The routes, by route key.
    pub routes: BTreeMap<String, Route>,
}

/// Where a route's events go.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What answers.
    pub target: Target,
    /// The templates between events and what answers. An `AWS_PROXY` integration has none.
    pub mapping: Option<Mapping>,
    /// Whether what comes back is sent to the client.
    pub is_two_way: bool,
    /// How long the integration may take, if the template says it: 50 ms to 29 s.
    pub timeout: Option<Duration>,
}

/// What answers a route's events, or an authorizer's.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A function of the template, by its logical id.
    Function(String),
    /// A function that is not in the template.
    Foreign {
        /// Its name, from its ARN.
        name: String,
        /// The place that names it, and what is wrong with it.
        reason: String,
    },
    /// The templates alone: a `MOCK` integration.
    Mock,
    /// Nothing that can be served here. The text names the place, and says why.
    Unserved(String),
}

/// The templates of an integration, each with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// Which request template is used, e.g. `\$default`.
    pub template_selection: Option<String>,
    /// The request templates, by what selects them.
    pub templates: BTreeMap<String, MappingTemplate>,
    /// The integration responses, by their keys: `$default`, or a pattern such as `/2\d\d/`.
    pub responses: BTreeMap<String, ResponseMapping>,
}

/// The templates of an integration response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseMapping {
    /// Which response template is used.
    pub template_selection: Option<String>,
    /// The response templates, by what selects them.
    pub templates: BTreeMap<String, MappingTemplate>,
}

/// A mapping template, in Velocity's language.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingTemplate {
    /// Where it stands, e.g. `Resources.Ping.Properties.RequestTemplates.200`.
    pub place: String,
    /// The template.
    pub text: String,
}

/// What a client needs to connect, before the `$connect` route is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admission {
    /// The function that decides.
    pub authorizer: Option<Authorizer>,
    /// The API keys, one of which the client has to have.
    pub api_keys: Option<ApiKeys>,
    /// The parameters that have to be there, e.g. `route.request.querystring.token`.
    pub required_parameters: Vec<String>,
}

/// A Lambda authorizer of type `REQUEST`.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorizer {
    /// What answers.
    pub target: Target,
    /// What has to be there before it is asked, e.g. `route.request.header.Auth`.
    pub identity_sources: Vec<String>,
}

/// Which API keys are taken, and where they are looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKeys {
    /// `$request.header.x-api-key` or `$context.authorizer.usageIdentifierKey`.
    pub selection_expression: String,
    /// The keys. If there are none, because AWS makes their values up, any key is taken.
    pub values: Vec<String>,
}
