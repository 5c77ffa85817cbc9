//! `AWS::ApiGatewayV2::Api`, and the resources that belong to an API:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGatewayV2.html>.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::Value;

use super::{
    admission,
    api::{Api, Mapping, MappingTemplate, ResponseMapping, Stage, Target},
    function::Function,
    known::{self, Known},
    route::{self, Answers},
    target::{self, Named, text_or_reason},
};
use crate::{error::TemplateError, properties::Properties, resolver::Resolver};

/// The properties that say what a response belongs to.
const ROUTE_ID: &str = "RouteId";
const INTEGRATION_ID: &str = "IntegrationId";

/// A resource's properties, with its logical id.
pub struct Resource<'a> {
    id: &'a str,
    properties: Properties<'a>,
}

pub fn read(
    resolver: &Resolver,
    functions: &BTreeMap<String, Function>,
    notes: &mut Vec<String>,
) -> Result<Vec<Api>, TemplateError> {
    let mut apis = Vec::new();
    for Resource { id, properties } in of_type(resolver, "AWS::ApiGatewayV2::Api")? {
        if properties.text("ProtocolType")?.is_none_or(|protocol| protocol != "WEBSOCKET") {
            notes.push(format!("Resources.{id}: {}", known::HTTP_API));
            continue;
        }
        known::API.check(&properties, notes)?;
        let own = Own::of(resolver, id, notes)?;
        let mut admission = admission::Draft::open();
        let routes = own.routes(resolver, &properties, &mut admission, notes)?;
        own.note_stray_responses(&BTreeSet::new(), notes);
        apis.push(Api {
            id: id.to_owned(),
            route_selection_expression: properties.required("RouteSelectionExpression")?,
            stages: own.stages(None, &admission, &routes, functions, notes)?,
        });
    }
    Ok(apis)
}

/// Adds a note for each resource that has an effect on AWS, and none here.
pub fn note_others(resolver: &Resolver, notes: &mut Vec<String>) -> Result<(), TemplateError> {
    for (kind, why) in known::RESOURCES {
        for Resource { id, .. } in of_type(resolver, kind)? {
            notes.push(format!("Resources.{id}: {why}"));
        }
    }
    Ok(())
}

/// The resources that belong to an API.
pub struct Own<'a> {
    stages: Vec<Resource<'a>>,
    routes: Vec<Resource<'a>>,
    /// By the logical ids of their routes.
    route_responses: BTreeMap<String, Vec<Resource<'a>>>,
    integrations: Vec<Resource<'a>>,
    /// By the logical ids of their integrations.
    integration_responses: BTreeMap<String, Vec<Resource<'a>>>,
    authorizers: Vec<Resource<'a>>,
}

impl<'a> Own<'a> {
    pub fn of(resolver: &'a Resolver<'a>, api: &str, notes: &mut Vec<String>) -> Result<Self, TemplateError> {
        let mut own =
            |kind: &str, known: &Known| of_api(resolver, &format!("AWS::ApiGatewayV2::{kind}"), api, known, notes);
        Ok(Self {
            stages: own("Stage", &known::STAGE)?,
            routes: own("Route", &known::ROUTE)?,
            route_responses: by_text(ROUTE_ID, own("RouteResponse", &known::ROUTE_RESPONSE)?)?,
            integrations: own("Integration", &known::INTEGRATION)?,
            integration_responses: by_text(INTEGRATION_ID, own("IntegrationResponse", &known::INTEGRATION_RESPONSE)?)?,
            authorizers: own("Authorizer", &known::AUTHORIZER)?,
        })
    }

    /// Whether a route, by its logical id, has a route response.
    pub fn has_response(&self, route: &str) -> bool {
        self.route_responses.contains_key(route)
    }

    /// Adds a note for each response whose route or integration the API does not have. SAM generates routes that are not
    /// among the resources.
    pub fn note_stray_responses(&self, generated_routes: &BTreeSet<String>, notes: &mut Vec<String>) {
        let routes = self.routes.iter().map(|route| route.id).chain(generated_routes.iter().map(String::as_str));
        let integrations = self.integrations.iter().map(|integration| integration.id);
        note_strays("route", ROUTE_ID, &self.route_responses, &routes.collect(), notes);
        note_strays("integration", INTEGRATION_ID, &self.integration_responses, &integrations.collect(), notes);
    }

    /// Reads the routes. What a client needs to connect goes to the admission.
    pub fn routes<'b>(
        &'b self,
        resolver: &Resolver,
        api: &Properties,
        admission: &mut admission::Draft<'a>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<route::Draft<'b>>, TemplateError> {
        let mut routes = Vec::new();
        for Resource { id, properties: route } in &self.routes {
            let key = match text_or_reason(route, "RouteKey")? {
                Ok(key) => key,
                Err(reason) => {
                    notes.push(format!("{reason}; the route is left out"));
                    continue;
                }
            };
            if key == "$connect" {
                admission.read_route(resolver, api, route, notes)?;
                self.read_authorizer(route, admission, notes)?;
            } else {
                note_admission(route, &key, notes)?;
            }
            let (answers, mapping, timeout) = self.integration(route)?;
            let is_two_way = route::is_two_way(route, id, self.has_response(id), notes)?;
            routes.push(route::Draft { key, answers, mapping, is_two_way, timeout, properties: route.clone() });
        }
        Ok(routes)
    }

    fn read_authorizer(
        &self,
        route: &Properties,
        admission: &mut admission::Draft<'a>,
        notes: &mut Vec<String>,
    ) -> Result<(), TemplateError> {
        match route.text("AuthorizationType")?.as_deref() {
            None | Some("NONE") => Ok(()),
            Some("CUSTOM") => {
                let id = route.required("AuthorizerId")?;
                let authorizer = self.authorizers.iter().find(|authorizer| authorizer.id == id);
                let none = || route.invalid("AuthorizerId", format!("{id} is no authorizer of the API"));
                let Resource { properties, .. } = authorizer.ok_or_else(none)?;
                admission.set_authorizer(properties.clone(), "AuthorizerUri")
            }
            Some(other) => {
                notes.push(no_authorization(route, "AuthorizationType", other));
                Ok(())
            }
        }
    }

    /// What a route's integration says: what answers, with which templates, and how long it may take.
    fn integration<'b>(
        &'b self,
        route: &Properties,
    ) -> Result<(Answers<'b>, Option<Mapping>, Option<Duration>), TemplateError> {
        let unserved = |reason| Ok((Answers::Always(Target::Unserved(reason)), None, None));
        let target = match text_or_reason(route, "Target")? {
            Ok(target) => target,
            Err(reason) => return unserved(reason),
        };
        let id = target.strip_prefix("integrations/").unwrap_or(&target);
        let Some(Resource { properties, .. }) = self.integrations.iter().find(|integration| integration.id == id)
        else {
            return unserved(format!("{}: {target} is no integration of the API", route.place("Target")));
        };
        let kind = match text_or_reason(properties, "IntegrationType")? {
            Ok(kind) => kind,
            Err(reason) => return unserved(reason),
        };
        let timeout = target::timeout(properties, "TimeoutInMillis")?;
        let named = || Ok(Answers::Named(Named::read(properties, "IntegrationUri")?, properties.clone()));
        match kind.as_str() {
            "AWS_PROXY" => Ok((named()?, None, timeout)),
            "AWS" => Ok((named()?, Some(self.mapping(id, properties)?), timeout)),
            "MOCK" => Ok((Answers::Always(Target::Mock), Some(self.mapping(id, properties)?), timeout)),
            other => unserved(format!(
                "{}: an integration of type {other} is not served here: AWS_PROXY, AWS (with a Lambda function) and MOCK are",
                properties.place("IntegrationType")
            )),
        }
    }

    fn mapping(&self, id: &str, integration: &Properties) -> Result<Mapping, TemplateError> {
        let mut responses = BTreeMap::new();
        for Resource { properties, .. } in self.integration_responses.get(id).into_iter().flatten() {
            let response = ResponseMapping {
                template_selection: properties.text("TemplateSelectionExpression")?,
                templates: templates(properties, "ResponseTemplates")?,
            };
            responses.insert(properties.required("IntegrationResponseKey")?, response);
        }
        Ok(Mapping {
            template_selection: integration.text("TemplateSelectionExpression")?,
            templates: templates(integration, "RequestTemplates")?,
            responses,
        })
    }

    /// Puts the API's stages together: the resources, and before them the one of an API that brings its own.
    pub fn stages(
        &self,
        own: Option<(String, BTreeMap<String, String>)>,
        admission: &admission::Draft,
        routes: &[route::Draft],
        functions: &BTreeMap<String, Function>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Stage>, TemplateError> {
        let mut names: Vec<_> = own.into_iter().collect();
        for Resource { properties, .. } in &self.stages {
            match text_or_reason(properties, "StageName")? {
                Ok(name) => names.push((name, properties.texts("StageVariables")?)),
                Err(reason) => notes.push(format!("{reason}; the stage is left out")),
            }
        }
        let stages = names.into_iter().map(|(name, variables)| {
            let routes = routes.iter().map(|route| Ok((route.key.clone(), route.of_stage(&variables, functions)?)));
            let routes = routes.collect::<Result<_, TemplateError>>()?;
            Ok(Stage { name, admission: admission.of_stage(&variables, functions)?, variables, routes })
        });
        stages.collect()
    }
}

fn templates(properties: &Properties, name: &str) -> Result<BTreeMap<String, MappingTemplate>, TemplateError> {
    let templates = properties.texts(name)?.into_iter().map(|(key, text)| {
        let place = properties.place(&format!("{name}.{key}"));
        (key, MappingTemplate { place, text })
    });
    Ok(templates.collect())
}

/// Adds a note for what a route other than `$connect` asks of clients: AWS checks it when they connect.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html>.
pub fn note_admission(route: &Properties, key: &str, notes: &mut Vec<String>) -> Result<(), TemplateError> {
    let is_authorized = route.text("AuthorizationType")?.is_some_and(|kind| kind != "NONE");
    for (name, is_there) in [
        ("AuthorizationType", is_authorized),
        ("ApiKeyRequired", route.flag("ApiKeyRequired")?),
        ("RequestParameters", route.has("RequestParameters")),
    ] {
        if is_there {
            notes.push(format!("{}: only the route $connect is checked here, not {key}", route.place(name)));
        }
    }
    Ok(())
}

/// The note for an API whose authorization is not checked.
pub fn no_authorization(properties: &Properties, name: &str, kind: &str) -> String {
    format!("{}: {kind} is not checked here, every client is let in", properties.place(name))
}

/// Resources by the text of a property.
fn by_text<'a>(name: &str, resources: Vec<Resource<'a>>) -> Result<BTreeMap<String, Vec<Resource<'a>>>, TemplateError> {
    let mut by_text: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for resource in resources {
        by_text.entry(resource.properties.text(name)?.unwrap_or_default()).or_default().push(resource);
    }
    Ok(by_text)
}

/// Adds a note for each response whose property names nothing of the API.
fn note_strays(
    kind: &str,
    name: &str,
    responses: &BTreeMap<String, Vec<Resource>>,
    ids: &BTreeSet<&str>,
    notes: &mut Vec<String>,
) {
    for (id, responses) in responses.iter().filter(|(id, _)| !ids.contains(id.as_str())) {
        let places = responses.iter().map(|response| response.properties.place(name));
        notes.extend(
            places.map(|place| format!("{place}: {id:?} is no {kind} of the API, so this response has no effect")),
        );
    }
}

fn of_type<'a>(resolver: &'a Resolver<'a>, kind: &str) -> Result<Vec<Resource<'a>>, TemplateError> {
    let resources = resolver.resources(&[kind])?.into_iter();
    let resources = resources.map(|(id, resource)| {
        let properties = Properties::of_resource(resolver, id, resource, &Value::Null);
        Resource { id, properties }
    });
    Ok(resources.collect())
}

/// The resources of a type that belong to an API. One whose API cannot be told is not of the template's own.
fn of_api<'a>(
    resolver: &'a Resolver<'a>,
    kind: &str,
    api: &str,
    known: &Known,
    notes: &mut Vec<String>,
) -> Result<Vec<Resource<'a>>, TemplateError> {
    let mut own = Vec::new();
    for resource in of_type(resolver, kind)? {
        if text_or_reason(&resource.properties, "ApiId")?.is_ok_and(|id| id == api) {
            known.check(&resource.properties, notes)?;
            own.push(resource);
        }
    }
    Ok(own)
}
