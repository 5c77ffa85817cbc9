//! Finds the values of a template: of parameters, mappings, conditions and intrinsic functions.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>.

mod intrinsic;
mod memo;
mod scalar;
mod stack;
mod unknown;
mod work;

use std::{
    cell::Cell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use self::{
    memo::Memo,
    scalar::{list, scalar, text},
    stack::{api_endpoint, function_arn, pseudo_parameter, table_arn, table_name},
    unknown::Unknown,
    work::{MAX_WORK, Work},
};
use crate::{
    error::TemplateError,
    extent::{self, VALUE},
};

/// The types of tables. Their name is their property `TableName`.
pub const TABLES: [&str; 3] = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable"];

/// How deep values may be in values, with the conditions and names that they refer to.
const MAX_DEPTH: usize = 100;

/// The version of a function that is published: the first.
const VERSION: &str = "1";

/// What each resource counts for as work when it is looked at: APIs look at all of them.
const LOOK: usize = 10;

/// A template whose values can be resolved.
pub struct Resolver<'a> {
    file: PathBuf,
    document: &'a Value,
    parameters: BTreeMap<String, Value>,
    conditions: Memo<bool>,
    /// What `Ref` is for resources.
    names: Memo<String>,
    depth: Cell<usize>,
    work: Work,
}

impl<'a> Resolver<'a> {
    /// A template's document, with these values for its parameters, or their defaults.
    pub fn new(file: &Path, document: &'a Value, overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let declared = &document["Parameters"];
        if let Some(name) = overrides.keys().find(|name| declared.get(name.as_str()).is_none()) {
            let reason = format!("the template has no parameter {name}, which is overridden");
            return Err(TemplateError::Invalid { place: "Parameters".to_owned(), reason });
        }
        let parameters = members(declared).filter_map(|(name, parameter)| {
            let value = overrides.get(name).map(|value| Value::from(value.as_str()));
            // The default of such a parameter names where its value is, in AWS.
            let is_known = |_: &Value| !parameter["Type"].as_str().unwrap_or_default().starts_with("AWS::SSM::");
            let value = value.or_else(|| parameter.get("Default").cloned().filter(is_known))?;
            let is_list = parameter["Type"].as_str().is_some_and(|kind| kind.contains("List"));
            Some((name.clone(), if is_list { list(&value) } else { value }))
        });
        Ok(Self {
            file: file.to_owned(),
            document,
            parameters: parameters.collect(),
            conditions: Memo::default(),
            names: Memo::default(),
            depth: Cell::new(0),
            work: Work::default(),
        })
    }

    /// The resources of some types, by logical id, but for those whose condition is false.
    pub fn resources(&self, types: &[&str]) -> Result<Vec<(&'a str, &'a Value)>, TemplateError> {
        let resources = members(&self.document["Resources"]);
        self.spend(LOOK * resources.clone().count(), "Resources")?;
        let of_type = resources.filter(|(_, resource)| resource["Type"].as_str().is_some_and(|t| types.contains(&t)));
        let mut existing = Vec::new();
        for (id, resource) in of_type {
            let exists = match resource["Condition"].as_str() {
                None => true,
                Some(condition) => self
                    .condition(condition)
                    .map_err(|unknown| self.error(unknown, &format!("Resources.{id}.Condition")))?,
            };
            if exists {
                existing.push((id.as_str(), resource));
            }
        }
        Ok(existing)
    }

    /// What all resources of a type have (`Globals`, by the type's last word).
    pub fn globals(&self, kind: &str) -> &'a Value {
        &self.document["Globals"][kind]
    }

    /// A value that is text, or a number or boolean that is used as text. Nothing, if it is not there or `AWS::NoValue`.
    ///
    /// Its place counts as work: it has the names in it, e.g. a variable's, and callers copy them.
    pub fn text(&self, value: &Value, place: &str) -> Result<Option<String>, TemplateError> {
        self.spend(place.len(), place)?;
        match self.value(value).map_err(|unknown| self.error(unknown, place))? {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match scalar(&value) {
                Some(text) => Ok(Some(text)),
                None => Err(self.error(format!("{value} is no text").into(), place)),
            },
        }
    }

    /// A value of any shape. Nothing, if it is `AWS::NoValue`.
    pub fn resolve(&self, value: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        self.value(value).map_err(|unknown| self.error(unknown, place))
    }

    /// Counts so many bytes as work, which a caller copies for a place.
    pub fn spend(&self, bytes: usize, place: &str) -> Result<(), TemplateError> {
        self.work.spend(bytes).map_err(|unknown| self.error(unknown, place))
    }

    fn error(&self, unknown: Unknown, place: &str) -> TemplateError {
        match unknown {
            Unknown::Because(reason) => TemplateError::Invalid { place: place.to_owned(), reason },
            Unknown::TooMuchWork => TemplateError::TooLarge(
                self.file.clone(),
                format!(
                    "up to {place} its values come to more than {} MB; does one repeat another many times?",
                    MAX_WORK / 1_000_000
                ),
            ),
        }
    }

    fn value(&self, value: &Value) -> Result<Option<Value>, Unknown> {
        if self.depth.get() == MAX_DEPTH {
            return Err(format!("it is nested more than {MAX_DEPTH} deep, with the values that it refers to").into());
        }
        self.work.spend(VALUE)?;
        self.depth.set(self.depth.get() + 1);
        let value = match value {
            Value::Object(members) => match members.iter().next() {
                Some((name, argument)) if members.len() == 1 && is_function(name) => self.function(name, argument),
                _ => self.members(members).map(|members| Some(members.into())),
            },
            Value::Array(items) => self.items(items).map(|items| Some(items.into())),
            other => self.work.copy(other).map(Some),
        };
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn members(&self, members: &Map<String, Value>) -> Result<Map<String, Value>, Unknown> {
        let members = members.iter().map(|(name, value)| {
            self.work.spend(name.len())?;
            Ok(self.value(value)?.map(|value| (name.clone(), value)))
        });
        members.filter_map(Result::transpose).collect()
    }

    fn items(&self, items: &[Value]) -> Result<Vec<Value>, Unknown> {
        items.iter().map(|item| self.value(item)).filter_map(Result::transpose).collect()
    }

    fn function(&self, name: &str, argument: &Value) -> Result<Option<Value>, Unknown> {
        let work = &self.work;
        work.spend(name.len())?;
        let known = match name {
            "Ref" => return self.reference(argument.as_str().ok_or("Ref takes a name")?),
            "Fn::If" => return self.if_else(argument),
            "Fn::GetAtt" => self.attribute(argument)?,
            "Fn::Sub" => self.substitute(argument)?,
            "Fn::Join" => intrinsic::join(&self.arguments(name, argument)?, work)?,
            "Fn::Split" => intrinsic::split(&self.arguments(name, argument)?, work)?,
            "Fn::Select" => intrinsic::select(&self.arguments(name, argument)?, work)?,
            "Fn::FindInMap" => {
                intrinsic::find_in_map(&self.arguments(name, argument)?, &self.document["Mappings"], work)?
            }
            "Fn::Base64" => intrinsic::base64(&self.value(argument)?.unwrap_or_default(), work)?,
            "Condition" => self.condition(argument.as_str().ok_or("Condition takes a name")?)?.into(),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                intrinsic::condition(name, &self.items(array(name, argument)?)?)?.into()
            }
            other => return Err(format!("{other} exists only in a deployed stack").into()),
        };
        Ok(Some(known))
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, Unknown> {
        self.work.spend(name.len())?;
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = pseudo_parameter(name) {
            return Ok(Some(value.into()));
        }
        if let Some(value) = self.parameters.get(name) {
            return self.work.copy(value).map(Some);
        }
        if self.document["Parameters"].get(name).is_some() {
            let reason = format!("the parameter {name} has no value: give it with --parameter-overrides {name}=VALUE");
            return Err(reason.into());
        }
        if let Some(function) = name.strip_suffix(".Alias") {
            return self.published_alias(function).map(Some);
        }
        if let Some(function) = name.strip_suffix(".Version") {
            // Fails where SAM publishes none.
            self.published_alias(function)?;
            return Ok(Some(format!("{}:{VERSION}", text(&self.attribute_of(function, "Arn")?)).into()));
        }
        match self.document["Resources"].get(name) {
            Some(resource) => self.name_of(name, resource).map(|name| Some(name.into())),
            None => self.generated(name).map(Some),
        }
    }

    /// What `Ref` is for a resource that SAM generates: the alias of a function, or the route of a WebSocket API.
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>.
    fn generated(&self, name: &str) -> Result<Value, Unknown> {
        let is_of = |id: &str, kind: &str| self.document["Resources"][id]["Type"] == kind;
        if let Some((function, alias)) = name.split_once("Alias")
            && is_of(function, "AWS::Serverless::Function")
        {
            let arn = self.published_alias(function)?;
            if text(&arn).ends_with(&format!(":{alias}")) {
                return Ok(arn);
            }
        }
        self.work.spend(LOOK * members(&self.document["Resources"]).count())?;
        let api = members(&self.document["Resources"])
            .map(|(id, _)| id)
            .find(|id| name.starts_with(id.as_str()) && is_of(id, "AWS::Serverless::WebSocketApi"));
        if api.is_some() && name.ends_with("Route") {
            return Ok(name.into());
        }
        Err(format!("the template has neither a parameter nor a resource {name}").into())
    }

    /// The ARN of the alias that SAM publishes a function under (`AutoPublishAlias`):
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html>.
    fn published_alias(&self, function: &str) -> Result<Value, Unknown> {
        let own = &self.document["Resources"][function]["Properties"]["AutoPublishAlias"];
        let alias = if own.is_null() { &self.globals("Function")["AutoPublishAlias"] } else { own };
        let alias = self.value(alias)?.as_ref().and_then(scalar);
        let alias =
            alias.ok_or_else(|| format!("{function} has no AutoPublishAlias, so it has no {function}.Alias"))?;
        Ok(format!("{}:{alias}", text(&self.attribute_of(function, "Arn")?)).into())
    }

    /// What `Ref` is for a resource: its name if it is given one, or else the logical id, where AWS makes one up. A
    /// logical id alone may be too short for a table's name.
    fn name_of(&self, id: &str, resource: &Value) -> Result<String, Unknown> {
        let name = self.names.get(id, || self.find_name(id, resource))?;
        self.work.spend(name.len())?;
        Ok(name)
    }

    fn find_name(&self, id: &str, resource: &Value) -> Result<String, Unknown> {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let properties = &resource["Properties"];
        if kind == "AWS::Lambda::Alias" || kind == "AWS::Lambda::Version" {
            let function = self.value(&properties["FunctionName"])?.unwrap_or_default();
            let name = self.value(&properties["Name"])?.map_or_else(|| VERSION.to_owned(), |name| text(&name));
            return Ok(format!("{}:{name}", function_arn(&text(&function))));
        }
        if TABLES.contains(&kind) {
            let name = self.value(&properties["TableName"])?;
            return Ok(name.as_ref().and_then(scalar).unwrap_or_else(|| table_name(id)));
        }
        let last_word = kind.rsplit("::").next().unwrap_or_default();
        let name = self.value(&properties[format!("{last_word}Name")])?;
        Ok(name.as_ref().and_then(scalar).unwrap_or_else(|| id.to_owned()))
    }

    fn attribute(&self, argument: &Value) -> Result<Value, Unknown> {
        let [resource, attribute] = self.arguments("Fn::GetAtt", argument)?;
        self.attribute_of(&text(&resource), &text(&attribute))
    }

    fn attribute_of(&self, id: &str, attribute: &str) -> Result<Value, Unknown> {
        let Some(resource) = self.document["Resources"].get(id) else {
            return Err(format!("the template has no resource {id}").into());
        };
        match (resource["Type"].as_str().unwrap_or_default(), attribute) {
            (kind, "Arn") if TABLES.contains(&kind) => Ok(table_arn(&self.name_of(id, resource)?).into()),
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => {
                Ok(function_arn(&self.name_of(id, resource)?).into())
            }
            ("AWS::Lambda::Alias", "AliasArn") | ("AWS::Lambda::Version", "FunctionArn") => {
                Ok(self.name_of(id, resource)?.into())
            }
            ("AWS::Lambda::Version", "Version") => Ok(VERSION.into()),
            ("AWS::Serverless::WebSocketApi" | "AWS::ApiGatewayV2::Api", "ApiId") => Ok(id.into()),
            ("AWS::Serverless::WebSocketApi" | "AWS::ApiGatewayV2::Api", "ApiEndpoint") => Ok(api_endpoint(id).into()),
            _ => Err(format!("{id}.{attribute} exists only in a deployed stack").into()),
        }
    }

    fn substitute(&self, argument: &Value) -> Result<Value, Unknown> {
        let (template, variables) = match argument {
            Value::Array(items) => (items.first(), items.get(1)),
            text => (Some(text), None),
        };
        let mut rest = template.and_then(Value::as_str).ok_or("Fn::Sub takes a text")?;
        let mut result = String::new();
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            self.work.spend(before.len())?;
            result.push_str(before);
            let (name, after) = after[2..].split_once('}').ok_or("Fn::Sub: a ${ without its }")?;
            rest = after;
            self.work.spend("${}".len() + name.len())?;
            if let Some(literal) = name.strip_prefix('!') {
                result.extend(["${", literal, "}"]);
            } else {
                let value = self.variable(name, variables)?;
                self.work.spend(extent::of(&value).size)?;
                result.push_str(&text(&value));
            }
        }
        self.work.spend(rest.len())?;
        result.push_str(rest);
        Ok(result.into())
    }

    fn variable(&self, name: &str, variables: Option<&Value>) -> Result<Value, Unknown> {
        if let Some(value) = variables.and_then(|variables| variables.get(name)) {
            return Ok(self.value(value)?.unwrap_or_default());
        }
        match name.split_once('.') {
            Some((resource, attribute)) => self.attribute_of(resource, attribute),
            None => Ok(self.reference(name)?.unwrap_or_default()),
        }
    }

    fn if_else(&self, argument: &Value) -> Result<Option<Value>, Unknown> {
        let [condition, then, otherwise] = argument.as_array().map_or(&[][..], Vec::as_slice) else {
            return Err("Fn::If takes a condition and two values".into());
        };
        let condition = condition.as_str().ok_or("Fn::If takes a condition's name")?;
        self.value(if self.condition(condition)? { then } else { otherwise })
    }

    fn condition(&self, name: &str) -> Result<bool, Unknown> {
        self.work.spend(name.len())?;
        let condition = self.document["Conditions"].get(name);
        let condition = condition.ok_or_else(|| format!("the template has no condition {name}"))?;
        self.conditions.get(name, || {
            let value = self.value(condition)?;
            value.as_ref().and_then(Value::as_bool).ok_or_else(|| format!("{name} is no condition").into())
        })
    }

    fn arguments<const N: usize>(&self, name: &str, argument: &Value) -> Result<[Value; N], Unknown> {
        let arguments = self.items(array(name, argument)?)?;
        arguments.try_into().map_err(|_| format!("{name} takes a list of {N}").into())
    }
}

fn array<'a>(name: &str, argument: &'a Value) -> Result<&'a Vec<Value>, Unknown> {
    argument.as_array().ok_or_else(|| format!("{name} takes a list").into())
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name == "Condition" || name.starts_with("Fn::")
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> + Clone {
    value.as_object().into_iter().flatten()
}
