//! A route that is read, but for what a stage's variables make of it.

use std::{collections::BTreeMap, time::Duration};

use super::{
    api::{Mapping, Route, Target},
    function::Function,
    target::Named,
};
use crate::{error::TemplateError, properties::Properties};

/// The property of a route that selects its route response.
const RESPONSE: &str = "RouteResponseSelectionExpression";

pub struct Draft<'a> {
    pub key: String,
    pub answers: Answers<'a>,
    pub mapping: Option<Mapping>,
    pub is_two_way: bool,
    pub timeout: Option<Duration>,
    /// Where it is described.
    pub properties: Properties<'a>,
}

/// What answers, in each stage.
pub enum Answers<'a> {
    /// The function that a property names.
    Named(Named, Properties<'a>),
    /// The same in all stages.
    Always(Target),
}

impl Draft<'_> {
    /// The route of a stage with these variables.
    pub fn of_stage(
        &self,
        variables: &BTreeMap<String, String>,
        functions: &BTreeMap<String, Function>,
    ) -> Result<Route, TemplateError> {
        self.properties.spend("", size_of::<Route>() + self.key.len() + self.mapping.as_ref().map_or(0, size))?;
        let target = match &self.answers {
            Answers::Named(named, properties) => named.target(variables, functions, properties)?,
            Answers::Always(target) => {
                if let Target::Unserved(reason) = target {
                    self.properties.spend("", reason.len())?;
                }
                target.clone()
            }
        };
        Ok(Route { target, mapping: self.mapping.clone(), is_two_way: self.is_two_way, timeout: self.timeout })
    }
}

/// About how much memory templates take, in bytes.
fn size(mapping: &Mapping) -> usize {
    let responses = mapping.responses.values().flat_map(|response| response.templates.values());
    mapping.templates.values().chain(responses).map(|template| template.text.len() + template.place.len()).sum()
}

/// Whether a route sends what comes back to the client: it has a route response, and says what selects it.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html>. Either of
/// them alone does nothing: <https://github.com/hashicorp/terraform-provider-aws/issues/36711>.
pub fn is_two_way(
    route: &Properties,
    id: &str,
    has_response: bool,
    notes: &mut Vec<String>,
) -> Result<bool, TemplateError> {
    let has_expression = route.text(RESPONSE)?.is_some();
    let place = route.place(RESPONSE);
    match (has_expression, has_response) {
        (true, false) => notes.push(format!(
            "{place}: this route sends no answers, as on AWS: it also needs a resource of type \
             AWS::ApiGatewayV2::RouteResponse, with RouteId: !Ref {id} and RouteResponseKey: $default"
        )),
        (false, true) => notes.push(format!(
            "{place}: this property is missing, so that the route response has no effect, as on AWS: it should be $default"
        )),
        _ => {}
    }
    Ok(has_expression && has_response)
}
