//! `AWS::Serverless::WebSocketApi`:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html>.

use std::collections::BTreeMap;

use super::{
    api::{Api, Route, no_authorizer},
    function::Function,
};
use crate::{error::TemplateError, properties::Properties, resolver::Resolver};

const TYPE: &str = "AWS::Serverless::WebSocketApi";

/// SAM's own default.
const DEFAULT_STAGE: &str = "default";

pub fn read(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Vec<Api>, TemplateError> {
    let apis = resolver.resources(&[TYPE])?.into_iter().map(|(id, resource)| {
        let properties = Properties::of_resource(resolver, id, resource, resolver.globals("WebSocketApi"));
        api(id, &properties, functions, notes)
    });
    apis.collect()
}

fn api(
    id: &str,
    properties: &Properties,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Api, TemplateError> {
    if properties.has("Auth") {
        notes.push(no_authorizer(properties, "Auth"));
    }
    let routes = properties.parts("Routes").map(|(route_key, route)| {
        Ok((route_key.to_owned(), Route::read(&route, (&route, "FunctionArn", "IntegrationTimeout"), functions)?))
    });
    Ok(Api {
        id: id.to_owned(),
        routes: routes.collect::<Result<_, TemplateError>>()?,
        stage: properties.text("StageName")?.unwrap_or_else(|| DEFAULT_STAGE.to_owned()),
        stage_variables: properties.texts("StageVariables")?,
        route_selection_expression: properties.required("RouteSelectionExpression")?,
    })
}
