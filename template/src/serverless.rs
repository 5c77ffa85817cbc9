//! `AWS::Serverless::WebSocketApi`:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html>.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::{Api, Function, Route, TemplateError, api::function_of, resolver::Resolver};

const TYPE: &str = "AWS::Serverless::WebSocketApi";

/// SAM's own default.
const DEFAULT_STAGE: &str = "default";

pub fn read(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Vec<Api>, TemplateError> {
    let apis = resolver.resources(&[TYPE])?.into_iter();
    apis.map(|(id, resource)| api(resolver, functions, notes, id, &resource["Properties"])).collect()
}

fn api(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
    id: &str,
    own: &Value,
) -> Result<Api, TemplateError> {
    let globals = resolver.globals("WebSocketApi");
    let get = |name: &str| own.get(name).unwrap_or(&globals[name]);
    let place = |name: &str| format!("Resources.{id}.Properties.{name}");
    if own.get("Auth").is_some() {
        notes.push(format!("{}: there is no authorizer here, everyone is let in", place("Auth")));
    }
    let mut routes = BTreeMap::new();
    for (route_key, route) in own["Routes"].as_object().into_iter().flatten() {
        let place = |name: &str| place(&format!("Routes.{route_key}.{name}"));
        let arn = required(resolver, &route["FunctionArn"], &place("FunctionArn"))?;
        let response = &route["RouteResponseSelectionExpression"];
        let timeout = resolver.number(&route["IntegrationTimeout"], &place("IntegrationTimeout"))?;
        let route = Route {
            function: function_of(&arn, functions, &place("FunctionArn"))?.id.clone(),
            is_two_way: resolver.text(response, &place("RouteResponseSelectionExpression"))?.is_some(),
            timeout: timeout.map(Duration::from_millis),
        };
        routes.insert(route_key.clone(), route);
    }
    let expression = place("RouteSelectionExpression");
    Ok(Api {
        id: id.to_owned(),
        stage: resolver.text(get("StageName"), &place("StageName"))?.unwrap_or_else(|| DEFAULT_STAGE.to_owned()),
        stage_variables: variables(resolver, get("StageVariables"), &place("StageVariables"))?,
        route_selection_expression: required(resolver, get("RouteSelectionExpression"), &expression)?,
        routes,
    })
}

/// A text that has to be there.
pub fn required(resolver: &Resolver, value: &Value, place: &str) -> Result<String, TemplateError> {
    resolver.text(value, place)?.ok_or_else(|| TemplateError::Invalid {
        place: place.to_owned(),
        reason: "this property is missing".to_owned(),
    })
}

/// A stage's variables.
pub fn variables(
    resolver: &Resolver,
    variables: &Value,
    place: &str,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let variables = variables.as_object().into_iter().flatten();
    let variables = variables.map(|(name, value)| {
        let value = resolver.text(value, &format!("{place}.{name}"))?;
        Ok(value.map(|value| (name.clone(), value)))
    });
    variables.filter_map(Result::transpose).collect()
}
