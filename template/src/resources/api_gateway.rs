//! `AWS::ApiGatewayV2::Api`, with its routes, integrations and stage:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGatewayV2.html>.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    api::{Api, Route, no_authorizer},
    function::Function,
};
use crate::{error::TemplateError, properties::Properties, resolver::Resolver};

/// A resource's properties, with its logical id.
struct Resource<'a> {
    id: &'a str,
    properties: Properties<'a>,
}

pub fn read(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Vec<Api>, TemplateError> {
    let mut apis = Vec::new();
    for api in of_type(resolver, "AWS::ApiGatewayV2::Api")? {
        if api.properties.required("ProtocolType")? == "WEBSOCKET" {
            apis.push(read_api(resolver, functions, notes, &api)?);
        }
    }
    Ok(apis)
}

fn read_api(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
    api: &Resource,
) -> Result<Api, TemplateError> {
    let stages = of_api(resolver, "AWS::ApiGatewayV2::Stage", api)?;
    let [Resource { properties: stage, .. }] = stages.as_slice() else {
        return Err(TemplateError::Invalid {
            place: format!("Resources.{}", api.id),
            reason: format!(
                "the API has {} resources of type AWS::ApiGatewayV2::Stage; one can be served",
                stages.len()
            ),
        });
    };
    let integrations = of_api(resolver, "AWS::ApiGatewayV2::Integration", api)?;
    let mut routes = BTreeMap::new();
    for Resource { properties: route, .. } in of_api(resolver, "AWS::ApiGatewayV2::Route", api)? {
        let route_key = route.required("RouteKey")?;
        if route.text("AuthorizationType")?.is_some_and(|kind| kind != "NONE") {
            notes.push(no_authorizer(&route, "AuthorizationType"));
        }
        let target = route.required("Target")?;
        let id = target.strip_prefix("integrations/").unwrap_or(&target);
        let integration = integrations.iter().find(|integration| integration.id == id);
        let no_integration = || route.invalid("Target", format!("{target} is no integration of the API"));
        let Resource { properties: integration, .. } = integration.ok_or_else(no_integration)?;
        if integration.required("IntegrationType")? != "AWS_PROXY" {
            let place = integration.place("IntegrationType");
            notes.push(format!("{place}: only AWS_PROXY is served here; the route {route_key} is left out"));
            continue;
        }
        let route = Route::read(&route, (integration, "IntegrationUri", "TimeoutInMillis"), functions)?;
        routes.insert(route_key, route);
    }
    Ok(Api {
        id: api.id.to_owned(),
        stage: stage.required("StageName")?,
        stage_variables: stage.texts("StageVariables")?,
        route_selection_expression: api.properties.required("RouteSelectionExpression")?,
        routes,
    })
}

fn of_type<'a>(resolver: &'a Resolver<'a>, kind: &str) -> Result<Vec<Resource<'a>>, TemplateError> {
    let resources = resolver.resources(&[kind])?.into_iter();
    let resources = resources.map(|(id, resource)| {
        let properties = Properties::of_resource(resolver, id, resource, &Value::Null);
        Resource { id, properties }
    });
    Ok(resources.collect())
}

/// The resources of a type that belong to an API.
fn of_api<'a>(resolver: &'a Resolver<'a>, kind: &str, api: &Resource) -> Result<Vec<Resource<'a>>, TemplateError> {
    let mut own = Vec::new();
    for resource in of_type(resolver, kind)? {
        if resource.properties.required("ApiId")? == api.id {
            own.push(resource);
        }
    }
    Ok(own)
}
