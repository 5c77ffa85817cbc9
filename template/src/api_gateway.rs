//! `AWS::ApiGatewayV2::Api`, with its routes, integrations and stage:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGatewayV2.html>.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::{
    Api, Function, Route, TemplateError,
    api::function_of,
    resolver::Resolver,
    serverless::{required, variables},
};

/// A resource's properties, with its logical id.
struct Resource<'a> {
    id: &'a str,
    properties: &'a Value,
}

impl Resource<'_> {
    fn place(&self, name: &str) -> String {
        format!("Resources.{}.Properties.{name}", self.id)
    }

    fn required(&self, resolver: &Resolver, name: &str) -> Result<String, TemplateError> {
        required(resolver, &self.properties[name], &self.place(name))
    }
}

pub fn read(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Vec<Api>, TemplateError> {
    let mut apis = Vec::new();
    for api in of_type(resolver, "AWS::ApiGatewayV2::Api")? {
        if api.required(resolver, "ProtocolType")? == "WEBSOCKET" {
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
    let [stage] = stages.as_slice() else {
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
    for route in of_api(resolver, "AWS::ApiGatewayV2::Route", api)? {
        let route_key = route.required(resolver, "RouteKey")?;
        if resolver.text(&route.properties["AuthorizationType"], "")?.is_some_and(|kind| kind != "NONE") {
            notes
                .push(format!("{}: there is no authorizer here, everyone is let in", route.place("AuthorizationType")));
        }
        let target = route.required(resolver, "Target")?;
        let id = target.strip_prefix("integrations/").unwrap_or(&target);
        let integration = integrations.iter().find(|integration| integration.id == id);
        let integration = integration.ok_or_else(|| TemplateError::Invalid {
            place: route.place("Target"),
            reason: format!("{target} is no integration of the API"),
        })?;
        if integration.required(resolver, "IntegrationType")? != "AWS_PROXY" {
            let place = integration.place("IntegrationType");
            notes.push(format!("{place}: only AWS_PROXY is served here; the route {route_key} is left out"));
            continue;
        }
        let uri = integration.required(resolver, "IntegrationUri")?;
        let timeout = &integration.properties["TimeoutInMillis"];
        let timeout = resolver.number(timeout, &integration.place("TimeoutInMillis"))?;
        let response = "RouteResponseSelectionExpression";
        let route = Route {
            function: function_of(&uri, functions, &integration.place("IntegrationUri"))?.id.clone(),
            is_two_way: resolver.text(&route.properties[response], &route.place(response))?.is_some(),
            timeout: timeout.map(Duration::from_millis),
        };
        routes.insert(route_key, route);
    }
    Ok(Api {
        id: api.id.to_owned(),
        stage: stage.required(resolver, "StageName")?,
        stage_variables: variables(resolver, &stage.properties["StageVariables"], &stage.place("StageVariables"))?,
        route_selection_expression: api.required(resolver, "RouteSelectionExpression")?,
        routes,
    })
}

fn of_type<'a>(resolver: &Resolver<'a>, kind: &str) -> Result<Vec<Resource<'a>>, TemplateError> {
    let resources = resolver.resources(&[kind])?.into_iter();
    Ok(resources.map(|(id, resource)| Resource { id, properties: &resource["Properties"] }).collect())
}

/// The resources of a type that belong to an API.
fn of_api<'a>(resolver: &Resolver<'a>, kind: &str, api: &Resource) -> Result<Vec<Resource<'a>>, TemplateError> {
    let mut own = Vec::new();
    for resource in of_type(resolver, kind)? {
        if resource.required(resolver, "ApiId")? == api.id {
            own.push(resource);
        }
    }
    Ok(own)
}
