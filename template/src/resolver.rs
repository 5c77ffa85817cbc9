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
    stack::{Stack, table_name},
    unknown::Unknown,
    work::{MAX_WORK, Work},
};
use crate::{
    error::TemplateError,
    extent::{self, VALUE},
    ignored, place,
};

/// The types of tables. Their name is their property `TableName`.
pub const TABLES: [&str; 3] = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable"];

/// The type of functions whose alias SAM publishes.
const SERVERLESS_FUNCTION: &str = "AWS::Serverless::Function";

/// The property that publishes it.
const ALIAS: &str = "AutoPublishAlias";

/// How deep values may be in values, with the conditions and names that they refer to.
const MAX_DEPTH: usize = 100;

/// The version of a function that is published: the first.
const VERSION: &str = "1";

/// What each resource counts for as work when it is looked at: APIs look at all of them.
const LOOK: usize = 10;

/// The section of a document with the parameters and outputs of nested applications, each with its type and its value:
/// an expression.
pub const LOCALS: &str = "Locals";

/// The transform that brings further functions, and the argument of `Fn::FindInMap` that it brings.
const EXTENSIONS: &str = "AWS::LanguageExtensions";
const DEFAULT_VALUE: &str = "DefaultValue";

/// The beginning of a text that AWS replaces by what is in a store of its own:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>.
const DYNAMIC: &str = "{{resolve:";

/// A template whose values can be resolved.
pub struct Resolver<'a> {
    file: PathBuf,
    document: &'a Value,
    stack: Stack,
    parameters: BTreeMap<String, Value>,
    conditions: Memo<bool>,
    /// What `Ref` is for resources.
    names: Memo<String>,
    /// What nested applications are given and give.
    locals: Memo<Value>,
    depth: Cell<usize>,
    work: Work,
}

impl<'a> Resolver<'a> {
    /// A template's document in a region, with these values for its parameters, or their defaults. A value that is null is
    /// not known.
    pub fn new(file: &Path, document: &'a Value, values: &BTreeMap<String, Value>, region: &str) -> Self {
        let declared = &document["Parameters"];
        let parameters = members(declared).filter_map(|(name, parameter)| {
            let value = values.get(name).cloned();
            // The default of such a parameter names where its value is, in AWS.
            let is_known = |_: &Value| !is_in_store(parameter);
            let value =
                value.or_else(|| parameter.get("Default").cloned().filter(is_known)).filter(|it| !it.is_null())?;
            Some((name.clone(), if is_list(parameter) { list(&value) } else { value }))
        });
        Self {
            file: file.to_owned(),
            document,
            stack: Stack::new(region),
            parameters: parameters.collect(),
            conditions: Memo::default(),
            names: Memo::default(),
            locals: Memo::default(),
            depth: Cell::new(0),
            work: Work::default(),
        }
    }

    /// A value, if it is known.
    pub fn known(&self, value: &Value) -> Option<Value> {
        self.value(value).ok().flatten()
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
                Some(condition) => self.condition(condition).map_err(|unknown| {
                    self.error(unknown, &format!("{}.Condition", place::of_resource(id, resource)))
                })?,
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
            Some(value) => self.scalar(&value, place).map(Some),
        }
    }

    /// A value of any shape. Nothing, if it is `AWS::NoValue`.
    pub fn resolve(&self, value: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        self.value(value).map_err(|unknown| self.error(unknown, place))
    }

    /// The texts in a value that is a list, or one text.
    pub fn list(&self, value: &Value, place: &str) -> Result<Vec<String>, TemplateError> {
        self.spend(place.len(), place)?;
        let value = self.value(value).map_err(|unknown| self.error(unknown, place))?.unwrap_or_default();
        let items = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
        items.iter().filter(|item| !item.is_null()).map(|item| self.scalar(item, place)).collect()
    }

    /// The text that a resolved value is.
    fn scalar(&self, value: &Value, place: &str) -> Result<String, TemplateError> {
        match scalar(value) {
            Some(text) if text.contains(DYNAMIC) => {
                Err(self.error(format!("{text} has its value in AWS alone").into(), place))
            }
            Some(text) => Ok(text),
            None => Err(self.error(format!("{value} is no text").into(), place)),
        }
    }

    /// A value, or the one that its `Fn::If` chooses. Nothing, if it is not there or `AWS::NoValue`.
    pub fn chosen(&self, value: &'a Value, place: &str) -> Result<Option<&'a Value>, TemplateError> {
        let mut value = value;
        while let Some(("Fn::If", argument)) = as_function(value) {
            self.spend(VALUE, place)?;
            value = self.branch(argument).map_err(|unknown| self.error(unknown, place))?;
        }
        let is_there = !value.is_null() && as_function(value) != Some(("Ref", &Value::from("AWS::NoValue")));
        Ok(is_there.then_some(value))
    }

    /// Checks that the template asks for what exists only with a transform.
    pub fn need_extension(&self, name: &str, place: &str) -> Result<(), TemplateError> {
        self.check_extension(name).map_err(|unknown| self.error(unknown, place))
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
            Value::Object(members) => match as_function(value) {
                Some((name, argument)) => self.function(name, argument),
                None => self.members(members).map(|members| Some(members.into())),
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
            "Fn::If" => return self.value(self.branch(argument)?),
            "Fn::GetAtt" => self.attribute(argument)?,
            "Fn::Sub" => self.substitute(argument)?,
            "Fn::Join" => intrinsic::join(&self.arguments(name, argument)?, work)?,
            "Fn::Split" => intrinsic::split(&self.arguments(name, argument)?, work)?,
            "Fn::Select" => intrinsic::select(&self.arguments(name, argument)?, work)?,
            "Fn::FindInMap" => return self.find_in_map(argument),
            "Fn::Length" => {
                self.check_extension(name)?;
                intrinsic::length(&self.value(argument)?.unwrap_or_default())?
            }
            "Fn::ToJsonString" => {
                self.check_extension(name)?;
                intrinsic::to_json_string(&self.value(argument)?.unwrap_or_default(), work)?
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

    /// Looks a value up in `Mappings`. What is not there has the default value, if the last argument gives one:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-findinmap-enhancements.html>.
    fn find_in_map(&self, argument: &Value) -> Result<Option<Value>, Unknown> {
        let name = "Fn::FindInMap";
        let arguments = array(name, argument)?;
        let (keys, default) = match arguments.as_slice() {
            [keys @ .., options] if options.get(DEFAULT_VALUE).is_some() => {
                self.check_extension(DEFAULT_VALUE)?;
                (keys, options.get(DEFAULT_VALUE))
            }
            keys => (keys, None),
        };
        let keys = self.items(keys)?.try_into().map_err(|_| format!("{name} takes a list of 3"))?;
        match (intrinsic::find_in_map(&keys, &self.document["Mappings"], &self.work), default) {
            (Err(Unknown::Because(_)), Some(default)) => self.value(default),
            (found, _) => found.map(Some),
        }
    }

    /// Some functions exist on AWS only in a template that asks for them:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html>.
    fn check_extension(&self, name: &str) -> Result<(), Unknown> {
        let transform = &self.document["Transform"];
        let mut transforms = transform.as_array().map_or(std::slice::from_ref(transform), Vec::as_slice).iter();
        if transforms.any(|transform| transform == EXTENSIONS) {
            return Ok(());
        }
        Err(format!("{name} needs `Transform: {EXTENSIONS}` in the template, as on AWS").into())
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, Unknown> {
        self.work.spend(name.len())?;
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if name == "AWS::NotificationARNs" {
            return Ok(Some(Value::Array(Vec::new())));
        }
        if let Some(value) = self.stack.pseudo_parameter(name) {
            return Ok(Some(value.into()));
        }
        if let Some(value) = self.parameters.get(name) {
            return self.work.copy(value).map(Some);
        }
        if let Some(parameter) = self.document["Parameters"].get(name) {
            let where_it_is = if is_in_store(parameter) { "has its value in AWS alone" } else { "has no value" };
            return Err(
                format!("the parameter {name} {where_it_is}: give it with --parameter-overrides {name}=VALUE").into()
            );
        }
        if let Some(local) = self.document[LOCALS].get(name) {
            return self.local(name, local).map(Some);
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
        if let Some(alias) = self.generated_alias(name)? {
            return Ok(alias);
        }
        self.work.spend(LOOK * members(&self.document["Resources"]).count())?;
        let api = members(&self.document["Resources"])
            .map(|(id, _)| id)
            .find(|id| name.starts_with(id.as_str()) && self.is_of(id, "AWS::Serverless::WebSocketApi"));
        if api.is_some() && name.ends_with("Route") {
            return Ok(name.into());
        }
        Err(format!("the template has neither a parameter nor a resource {name}").into())
    }

    /// The ARN of an alias that SAM generates, if a name is that of one: `FunctionAliaslive`.
    fn generated_alias(&self, name: &str) -> Result<Option<Value>, Unknown> {
        // A function's own name may have the word in it.
        let mut parts = name.match_indices("Alias").map(|(start, word)| (&name[..start], &name[start + word.len()..]));
        let Some((function, alias)) = parts.find(|(function, _)| self.is_of(function, SERVERLESS_FUNCTION)) else {
            return Ok(None);
        };
        let arn = self.published_alias(function)?;
        Ok(text(&arn).ends_with(&format!(":{alias}")).then_some(arn))
    }

    /// An attribute of the alias or the version that SAM publishes a function under: `Alias.AliasArn`. SAM puts the names of
    /// what it generates in their place:
    /// <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/intrinsics/actions.py>.
    fn published_attribute(&self, function: &str, attribute: &str) -> Result<Option<Value>, Unknown> {
        match attribute {
            _ if !self.is_of(function, SERVERLESS_FUNCTION) => Ok(None),
            "Alias.AliasArn" | "Version.FunctionArn" => {
                let (published, _) = attribute.split_once('.').unwrap_or_default();
                self.reference(&format!("{function}.{published}"))
            }
            "Version.Version" => {
                // Fails where SAM publishes none.
                self.published_alias(function)?;
                Ok(Some(VERSION.into()))
            }
            _ => Ok(None),
        }
    }

    fn is_of(&self, id: &str, kind: &str) -> bool {
        self.document["Resources"][id]["Type"] == kind
    }

    /// The ARN of the alias that SAM publishes a function under (`AutoPublishAlias`):
    /// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html>.
    fn published_alias(&self, function: &str) -> Result<Value, Unknown> {
        let resource = &self.document["Resources"][function];
        let own = &resource["Properties"][ALIAS];
        let is_global = own.is_null() && !ignored::has(&resource[ignored::ATTRIBUTE], ALIAS);
        let alias = if is_global { &self.globals("Function")[ALIAS] } else { own };
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
            return Ok(format!("{}:{name}", self.stack.function_arn(&text(&function))));
        }
        if TABLES.contains(&kind) {
            let name = self.value(&properties["TableName"])?;
            return Ok(name.as_ref().and_then(scalar).unwrap_or_else(|| table_name(id)));
        }
        let last_word = kind.rsplit("::").next().unwrap_or_default();
        let own_name = if last_word == "LayerVersion" { "LayerName".to_owned() } else { format!("{last_word}Name") };
        let name = self.value(&properties[own_name])?.as_ref().and_then(scalar).unwrap_or_else(|| id.to_owned());
        Ok(if last_word == "LayerVersion" { self.stack.layer_arn(&name) } else { name })
    }

    fn attribute(&self, argument: &Value) -> Result<Value, Unknown> {
        let [resource, attribute] = self.arguments("Fn::GetAtt", argument)?;
        let path = format!("{}.{}", text(&resource), text(&attribute));
        // A dot may be in either: `[Fn.Version, Version]`.
        let (resource, attribute) = path.split_once('.').unwrap_or_default();
        self.attribute_of(resource, attribute)
    }

    fn attribute_of(&self, id: &str, attribute: &str) -> Result<Value, Unknown> {
        let Some(resource) = self.document["Resources"].get(id) else {
            if attribute == "AliasArn"
                && let Some(arn) = self.generated_alias(id)?
            {
                return Ok(arn);
            }
            return Err(format!("the template has no resource {id}").into());
        };
        if let Some(published) = self.published_attribute(id, attribute)? {
            return Ok(published);
        }
        if attribute.starts_with("Outputs.") {
            self.work.spend(id.len() + attribute.len())?;
            let name = format!("{id}.{attribute}");
            if let Some(local) = self.document[LOCALS].get(&name) {
                return self.local(&name, local);
            }
        }
        match (resource["Type"].as_str().unwrap_or_default(), attribute) {
            (kind, "Arn") if TABLES.contains(&kind) => Ok(self.stack.table_arn(&self.name_of(id, resource)?).into()),
            (SERVERLESS_FUNCTION | "AWS::Lambda::Function", "Arn") => {
                Ok(self.stack.function_arn(&self.name_of(id, resource)?).into())
            }
            ("AWS::Lambda::Alias", "AliasArn") | ("AWS::Lambda::Version", "FunctionArn") => {
                Ok(self.name_of(id, resource)?.into())
            }
            ("AWS::Lambda::Version", "Version") => Ok(VERSION.into()),
            ("AWS::Serverless::WebSocketApi" | "AWS::ApiGatewayV2::Api", "ApiId") => Ok(id.into()),
            ("AWS::Serverless::WebSocketApi" | "AWS::ApiGatewayV2::Api", "ApiEndpoint") => {
                Ok(self.stack.api_endpoint(id).into())
            }
            _ => Err(format!("{id}.{attribute} exists only in a deployed stack").into()),
        }
    }

    /// A parameter or an output of a nested application.
    fn local(&self, name: &str, local: &Value) -> Result<Value, Unknown> {
        let value = self.locals.get(name, || {
            if is_in_store(local) {
                return Err(format!("the parameter {name} has its value in AWS alone").into());
            }
            let value = local.get("Value").ok_or_else(|| format!("the parameter {name} is given no value"))?;
            let value = self.value(value)?.unwrap_or_default();
            Ok(if is_list(local) && !value.is_array() { list(&value) } else { value })
        })?;
        self.work.copy(&value)
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
            // SAM makes them the names of what it generates:
            // <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/intrinsics/actions.py>.
            Some((function, "Alias" | "Version")) if self.is_of(function, SERVERLESS_FUNCTION) => {
                Ok(self.reference(name)?.unwrap_or_default())
            }
            Some((resource, attribute)) => self.attribute_of(resource, attribute),
            None => Ok(self.reference(name)?.unwrap_or_default()),
        }
    }

    /// The value that `Fn::If` chooses.
    fn branch<'b>(&self, argument: &'b Value) -> Result<&'b Value, Unknown> {
        let [condition, then, otherwise] = argument.as_array().map_or(&[][..], Vec::as_slice) else {
            return Err("Fn::If takes a condition and two values".into());
        };
        let condition = condition.as_str().ok_or("Fn::If takes a condition's name")?;
        Ok(if self.condition(condition)? { then } else { otherwise })
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

fn is_list(parameter: &Value) -> bool {
    parameter["Type"].as_str().is_some_and(|kind| kind.contains("List"))
}

/// Whether a parameter is named in AWS's Parameter Store. Only a type with `::Value` takes the value that is there:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>.
fn is_in_store(parameter: &Value) -> bool {
    parameter["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value"))
}

fn array<'a>(name: &str, argument: &'a Value) -> Result<&'a Vec<Value>, Unknown> {
    argument.as_array().ok_or_else(|| format!("{name} takes a list").into())
}

/// The name and the argument of an intrinsic function, if a value is one.
pub fn as_function(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name == "Condition" || name.starts_with("Fn::")).then_some((name, argument))
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> + Clone {
    value.as_object().into_iter().flatten()
}
