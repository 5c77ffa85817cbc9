//! Mapping templates of an integration, from an event to what answers, and from its answer to the client:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html>.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;

use crate::{
    selection::{Scope, Selection},
    vtl::{Template, Variables, VtlError},
};

/// The key that stands for whatever else there is.
const DEFAULT: &str = "$default";

/// The templates of an integration.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    request: Templates,
    responses: Vec<Response>,
}

/// Templates, and what selects one.
#[derive(Clone, Debug, Default)]
struct Templates {
    selection: Option<Selection>,
    by_key: BTreeMap<String, Placed>,
}

/// A template, with its place.
#[derive(Clone, Debug)]
struct Placed {
    place: String,
    template: Template,
}

/// An integration response: which statuses it is for, and its templates.
#[derive(Clone, Debug)]
struct Response {
    key: ResponseKey,
    templates: Templates,
}

#[derive(Clone, Debug)]
enum ResponseKey {
    Default,
    /// A pattern such as `/2\d\d/`.
    Pattern(Regex),
    Exactly(String),
}

/// Templates as they are written: what selects one, and each by its key with its place and its text.
pub struct Written<'a> {
    /// E.g. `\$default`.
    pub selection: Option<&'a str>,
    /// Key, place and text.
    pub templates: Vec<(&'a str, &'a str, &'a str)>,
}

/// What is wrong with templates, with the place.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MappingError(String);

impl Mapping {
    /// Reads the request templates, and the templates of each integration response.
    ///
    /// # Errors
    ///
    /// [`MappingError`] names the template's place, and what in it is not known here.
    pub fn read(request: &Written, responses: &[(&str, Written)]) -> Result<Self, MappingError> {
        let responses = responses
            .iter()
            .map(|(key, written)| Ok(Response { key: ResponseKey::read(key)?, templates: Templates::read(written)? }));
        Ok(Self { request: Templates::read(request)?, responses: responses.collect::<Result<_, MappingError>>()? })
    }

    /// What the integration gets of an event. Without a template, that is the message.
    pub(crate) fn request(
        &self,
        event: &Value,
        stage_variables: &BTreeMap<String, String>,
    ) -> Result<String, MappingError> {
        let body = event["body"].as_str().unwrap_or_default();
        let rendered = self.request.render(body, event, stage_variables)?;
        Ok(rendered.unwrap_or_else(|| body.to_owned()))
    }

    /// What the client gets of an integration's answer. None, if the integration response for its status has no template.
    /// That there is an integration response is required:
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html>,
    /// <https://repost.aws/questions/QU5uSB74xLRg2NBJ4MGzQbgw>.
    pub(crate) fn response(
        &self,
        status: u16,
        payload: &str,
        event: &Value,
        stage_variables: &BTreeMap<String, String>,
    ) -> Result<Option<String>, MappingError> {
        let is_for = |response: &&Response| response.key.is_for(status);
        let other = || self.responses.iter().find(|response| matches!(response.key, ResponseKey::Default));
        match self.responses.iter().find(is_for).or_else(other) {
            Some(response) => response.templates.render(payload, event, stage_variables),
            None => Err(MappingError(format!(
                "no integration response is for the status {status}: add an AWS::ApiGatewayV2::IntegrationResponse with \
                 the key $default"
            ))),
        }
    }
}

impl Templates {
    fn read(written: &Written) -> Result<Self, MappingError> {
        let selection = written.selection.map(|text| {
            let place = written.templates.first().map_or("TemplateSelectionExpression", |(_, place, _)| place);
            text.parse().map_err(|error| MappingError(format!("{place}: {error}")))
        });
        let by_key = written.templates.iter().map(|(key, place, text)| {
            let template = Template::parse(text).map_err(|error| failed(place, &error))?;
            Ok(((*key).to_owned(), Placed { place: (*place).to_owned(), template }))
        });
        Ok(Self { selection: selection.transpose()?, by_key: by_key.collect::<Result<_, MappingError>>()? })
    }

    fn render(
        &self,
        payload: &str,
        event: &Value,
        stage_variables: &BTreeMap<String, String>,
    ) -> Result<Option<String>, MappingError> {
        let context = &event["requestContext"];
        let body: Option<Value> = serde_json::from_str(payload).ok();
        let scope = Scope { body: body.as_ref(), context, stage_variables };
        let key = self.selection.as_ref().and_then(|selection| selection.evaluate(&scope));
        let selected = key.and_then(|key| self.by_key.get(&key)).or_else(|| self.by_key.get(DEFAULT));
        let Some(Placed { place, template }) = selected else { return Ok(None) };
        let variables = Variables {
            payload,
            headers: &event["headers"],
            query: &event["queryStringParameters"],
            context,
            stage_variables,
        };
        template.render(&variables).map(Some).map_err(|error| failed(place, &error))
    }
}

fn failed(place: &str, error: &VtlError) -> MappingError {
    MappingError(format!("{place}: {error}"))
}

impl ResponseKey {
    fn read(key: &str) -> Result<Self, MappingError> {
        if key == DEFAULT {
            return Ok(Self::Default);
        }
        match key.strip_prefix('/').and_then(|key| key.strip_suffix('/')) {
            None => Ok(Self::Exactly(key.to_owned())),
            Some(pattern) => match Regex::new(&format!("^(?:{pattern})$")) {
                Ok(pattern) => Ok(Self::Pattern(pattern)),
                Err(error) => Err(MappingError(format!("the integration response {key}: {error}"))),
            },
        }
    }

    fn is_for(&self, status: u16) -> bool {
        match self {
            Self::Default => false,
            Self::Pattern(pattern) => pattern.is_match(&status.to_string()),
            Self::Exactly(key) => *key == status.to_string(),
        }
    }
}
