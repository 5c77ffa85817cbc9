//! `AWS::Serverless::WebSocketApi`:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html>.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    admission,
    api::Api,
    api_gateway::{Own, no_authorization, note_admission},
    function::Function,
    known,
    route::{self, Answers},
    target::{self, Named},
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
        api(resolver, id, &properties, functions, notes)
    });
    apis.collect()
}

fn api(
    resolver: &Resolver,
    id: &str,
    properties: &Properties,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Api, TemplateError> {
    known::SERVERLESS_API.check(properties, notes)?;
    let own = Own::of(resolver, id, notes)?;
    let mut admission = admission::Draft::open();
    read_authorizer(properties, &mut admission, notes)?;
    let mut routes = Vec::new();
    let mut route_ids = BTreeSet::new();
    for part in properties.parts("Routes")? {
        let (key, route) = part?;
        known::SERVERLESS_ROUTE.check(&route, notes)?;
        if key == "$connect" {
            admission.read_route(resolver, properties, &route, notes)?;
        } else {
            note_admission(&route, key, notes)?;
        }
        let route_id = route_id(id, key);
        routes.push(route::Draft {
            key: key.to_owned(),
            is_two_way: route::is_two_way(&route, &route_id, own.has_response(&route_id), notes)?,
            mapping: None,
            timeout: target::timeout(&route, "IntegrationTimeout")?,
            answers: Answers::Named(Named::read(&route, "FunctionArn")?, route.clone()),
            properties: route,
        });
        route_ids.insert(route_id);
    }
    own.note_stray_responses(&route_ids, notes);
    routes.extend(own.routes(resolver, properties, &mut admission, notes)?);
    let stage = properties.text("StageName")?.unwrap_or_else(|| DEFAULT_STAGE.to_owned());
    let variables = properties.texts("StageVariables")?;
    Ok(Api {
        id: id.to_owned(),
        route_selection_expression: properties.required("RouteSelectionExpression")?,
        stages: own.stages(Some((stage, variables)), &admission, &routes, functions, notes)?,
    })
}

/// The logical id of the route that SAM makes:
/// <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/model/api/websocket_api_generator.py>.
fn route_id(api: &str, key: &str) -> String {
    let key = key.trim_start_matches('$');
    let (first, rest) = key.split_at(key.chars().next().map_or(0, char::len_utf8));
    format!("{api}{}{}Route", first.to_uppercase(), rest.to_lowercase())
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-websocketapi-websocketapiauth.html>.
fn read_authorizer<'a>(
    api: &Properties<'a>,
    admission: &mut admission::Draft<'a>,
    notes: &mut Vec<String>,
) -> Result<(), TemplateError> {
    let auth = api.part("Auth")?;
    known::SERVERLESS_AUTH.check(&auth, notes)?;
    match auth.text("AuthType")?.as_deref() {
        None | Some("NONE") => Ok(()),
        Some("CUSTOM") => admission.set_authorizer(auth, "AuthArn"),
        Some(other) => {
            notes.push(no_authorization(&auth, "AuthType", other));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_the_logical_ids_that_sam_gives_them() {
        assert_eq!(route_id("Chat", "$connect"), "ChatConnectRoute");
        assert_eq!(route_id("Chat", "sendMessage"), "ChatSendmessageRoute");
    }
}
