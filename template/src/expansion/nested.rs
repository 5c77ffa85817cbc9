//! Nested applications: `AWS::Serverless::Application` and `AWS::CloudFormation::Stack` with a template on this machine:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-nested-applications.html>.
//!
//! The inner template's resources are put beside the outer one's. A resource `Fn` of an application `App` is called
//! `App-Fn`, which no resource can be called by itself.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use super::{reader::is_local, renaming::Renaming};
use crate::{
    error::TemplateError,
    properties::Properties,
    resolver::{LOCALS, Resolver},
    resources::code::FOLDER,
};

/// The types of nested applications, each with the property that names the template.
const TYPES: [(&str, &str); 2] =
    [("AWS::Serverless::Application", "Location"), ("AWS::CloudFormation::Stack", "TemplateURL")];

/// How long a logical id may be, as on AWS:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
const MAX_ID: usize = 255;

/// A nested application.
pub struct Application {
    pub id: String,
    /// The file of its template.
    pub path: PathBuf,
    /// The place of the parameters that it is given.
    pub place: String,
    /// What it is given for its parameters, as far as that is known without other applications.
    pub values: BTreeMap<String, Value>,
    /// The same, as the outer template says it.
    parameters: Map<String, Value>,
}

/// The applications that are on this machine. A note names each that is not.
pub fn find(resolver: &Resolver, folder: &Path, notes: &mut Vec<String>) -> Result<Vec<Application>, TemplateError> {
    let mut applications = Vec::new();
    for (kind, location) in TYPES {
        for (id, resource) in resolver.resources(&[kind])? {
            let properties = Properties::of_resource(resolver, id, resource, &Value::Null);
            if id.len() > MAX_ID {
                let reason = format!("a logical id may have {MAX_ID} characters");
                return Err(TemplateError::Invalid { place: "Resources".to_owned(), reason });
            }
            let asset = Properties::of_metadata(resolver, id, resource).text("aws:asset:path")?;
            let path = match asset.map_or_else(|| properties.text(location), |asset| Ok(Some(asset))) {
                Ok(Some(path)) if is_local(&path) => folder.join(path),
                Err(error @ TemplateError::TooLarge(..)) => return Err(error),
                _ => {
                    let place = properties.place(location);
                    notes.push(format!("{place}: the application is not on this machine; {id} is left out"));
                    continue;
                }
            };
            let parameters = resource["Properties"]["Parameters"].as_object().cloned().unwrap_or_default();
            let values = parameters.iter().map(|(name, value)| {
                // What is not known yet is no error: it may be the output of another application.
                (name.clone(), resolver.known(value).unwrap_or_default())
            });
            applications.push(Application {
                id: id.to_owned(),
                path,
                place: properties.place("Parameters"),
                values: values.collect(),
                parameters,
            });
        }
    }
    Ok(applications)
}

/// Puts an application's template into the outer one.
pub fn insert(document: &mut Map<String, Value>, mut inner: Map<String, Value>, application: &Application) {
    let renaming = Renaming::new(&application.id);
    for section in ["Resources", "Conditions", "Mappings", LOCALS] {
        let mut outer = take(document, section);
        for (name, value) in take(&mut inner, section) {
            let value = match section {
                "Resources" => resource(value, application, &renaming),
                _ => renaming.value(value),
            };
            outer.insert(renaming.name(&name), value);
        }
        document.insert(section.to_owned(), outer.into());
    }
    let mut locals = take(document, LOCALS);
    for (name, parameter) in take(&mut inner, "Parameters") {
        let value = application.parameters.get(&name).or(parameter.get("Default"));
        let local = value.map(|value| json!({"Type": parameter["Type"], "Value": value}));
        locals.insert(renaming.name(&name), local.unwrap_or_default());
    }
    for (name, mut output) in take(&mut inner, "Outputs") {
        let value = output.get_mut("Value").map(Value::take).unwrap_or_default();
        locals.insert(format!("{}.Outputs.{name}", application.id), json!({"Value": renaming.value(value)}));
    }
    document.insert(LOCALS.to_owned(), locals.into());
}

/// A resource of the inner template, which remembers where paths start.
fn resource(resource: Value, application: &Application, renaming: &Renaming) -> Value {
    let mut resource = renaming.value(resource);
    if let Value::Object(members) = &mut resource {
        if let Some(Value::String(condition)) = members.get_mut("Condition") {
            *condition = renaming.name(condition);
        }
        let folder = application.path.parent().unwrap_or(Path::new("")).to_string_lossy();
        members.entry(FOLDER).or_insert(folder.into());
    }
    resource
}

/// Takes a section out of a document: what is no mapping is none.
fn take(document: &mut Map<String, Value>, section: &str) -> Map<String, Value> {
    match document.remove(section) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
