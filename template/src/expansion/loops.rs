//! `Fn::ForEach`, which makes several of one, and `AWS::Include`, which puts a file's content in its place:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/create-reusable-transform-function-snippets-and-add-to-your-template-with-aws-include-transform.html>.

use std::{mem, path::Path};

use serde_json::{Map, Value};

use super::reader::{Reader, is_local};
use crate::{
    error::TemplateError,
    extent::VALUE,
    place::LOOP,
    resolver::{Resolver, as_function},
};

const FOR_EACH: &str = "Fn::ForEach::";
const TRANSFORM: &str = "Fn::Transform";
const INCLUDE: &str = "AWS::Include";
const RESOURCES: &str = "Resources";

/// Whether there is a loop or an included file in a value. Most templates have none.
pub fn has_any(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_any),
        Value::Object(members) => {
            is_include(value) || members.iter().any(|(key, value)| key.starts_with(FOR_EACH) || has_any(value))
        }
        _ => false,
    }
}

fn is_include(transform: &Value) -> bool {
    transform["Name"] == INCLUDE
}

/// The identifiers of the loops that a value is in, each with the item that it stands for.
type Items = Vec<(String, String)>;

/// Expands a template.
pub struct Loops<'a, 'n> {
    reader: &'a mut Reader<'n>,
    /// Knows the values of the template's parameters.
    resolver: &'a Resolver<'a>,
    /// Where locations start.
    folder: &'a Path,
    /// The keys that loops in no other loop have made, each with its loop.
    made: Vec<(String, String)>,
}

impl<'a, 'n> Loops<'a, 'n> {
    pub fn new(reader: &'a mut Reader<'n>, resolver: &'a Resolver<'a>, folder: &'a Path) -> Self {
        Self { reader, resolver, folder, made: Vec::new() }
    }

    pub fn document(&mut self, document: &Value) -> Result<Value, TemplateError> {
        let Value::Object(mut sections) = self.value(document, &Items::new())? else { return Ok(Value::Null) };
        for (id, name) in mem::take(&mut self.made) {
            let is_resource = document[RESOURCES].get(&name).is_some();
            let resource = sections.get_mut(RESOURCES).and_then(|resources| resources.get_mut(&id));
            if let Some(Value::Object(resource)) = resource.filter(|_| is_resource) {
                resource.insert(LOOP.to_owned(), name.into());
            }
        }
        let transform = &document["Transform"];
        let transforms = transform.as_array().map_or(std::slice::from_ref(transform), Vec::as_slice);
        for include in transforms.iter().filter(|transform| is_include(transform)) {
            let Some(Value::Object(included)) = self.include(include, &Items::new())? else { continue };
            for (name, section) in included {
                match (sections.get_mut(&name), section) {
                    (None, section) => drop(sections.insert(name, section)),
                    (Some(Value::Object(own)), Value::Object(section)) => insert_missing(own, section),
                    _ => {}
                }
            }
        }
        Ok(sections.into())
    }

    fn value(&mut self, value: &Value, items: &Items) -> Result<Value, TemplateError> {
        self.spend(VALUE)?;
        match value {
            Value::String(text) => self.text(text, items).map(Value::String),
            Value::Array(values) => values.iter().map(|value| self.value(value, items)).collect(),
            Value::Object(members) => match as_function(value) {
                Some(("Ref", Value::String(name))) if item(items, name).is_some() => {
                    Ok(item(items, name).unwrap_or_default().into())
                }
                Some((TRANSFORM, transform)) if is_include(transform) => {
                    Ok(self.include(transform, items)?.unwrap_or_default())
                }
                _ => self.members(members, items).map(Value::Object),
            },
            other => Ok(other.clone()),
        }
    }

    fn members(&mut self, members: &Map<String, Value>, items: &Items) -> Result<Map<String, Value>, TemplateError> {
        let mut expanded = Map::new();
        let mut included = Map::new();
        for (key, value) in members {
            if key.starts_with(FOR_EACH) {
                self.for_each(key, value, items, &mut expanded)?;
            } else if key == TRANSFORM && is_include(value) {
                if let Some(Value::Object(members)) = self.include(value, items)? {
                    insert_missing(&mut included, members);
                }
            } else {
                let (key, value) = (self.text(key, items)?, self.value(value, items)?);
                insert(&mut expanded, key, value)?;
            }
        }
        insert_missing(&mut expanded, included);
        Ok(expanded)
    }

    fn for_each(
        &mut self,
        key: &str,
        value: &Value,
        items: &Items,
        expanded: &mut Map<String, Value>,
    ) -> Result<(), TemplateError> {
        self.resolver.need_extension("Fn::ForEach", key)?;
        let Some([Value::String(identifier), collection, Value::Object(body)]) = value.as_array().map(Vec::as_slice)
        else {
            let reason = "it takes an identifier, a list, and a mapping".to_owned();
            return Err(TemplateError::Invalid { place: key.to_owned(), reason });
        };
        let collection = self.value(collection, items)?;
        for item in self.resolver.list(&collection, key)? {
            let is_outermost = items.is_empty();
            let items = [items.as_slice(), &[(identifier.clone(), item)]].concat();
            for (made, value) in self.members(body, &items)? {
                if is_outermost {
                    self.spend(made.len() + key.len())?;
                    self.made.push((made.clone(), key.to_owned()));
                }
                insert(expanded, made, value)?;
            }
        }
        Ok(())
    }

    /// What a file has that is included, if it is on this machine.
    fn include(&mut self, transform: &Value, items: &Items) -> Result<Option<Value>, TemplateError> {
        let place = format!("{TRANSFORM}: {INCLUDE}");
        let location = self.value(&transform["Parameters"]["Location"], items)?;
        let Some(location) = self.resolver.text(&location, &place)? else {
            let reason = "it has no Location in its Parameters".to_owned();
            return Err(TemplateError::Invalid { place, reason });
        };
        if !is_local(&location) {
            self.reader.notes.push(format!("{place}: {location} is not on this machine; what it has is left out"));
            return Ok(None);
        }
        let content = self.reader.open(&self.folder.join(location))?;
        let content = self.value(&content, items)?;
        self.reader.open.pop();
        Ok(Some(content))
    }

    /// A text with the items in the places of the identifiers: of `&{x}`, its letters and digits.
    fn text(&self, text: &str, items: &Items) -> Result<String, TemplateError> {
        let mut text = text.to_owned();
        self.spend(text.len())?;
        for (identifier, item) in items.iter().filter(|_| text.contains('{')).collect::<Vec<_>>() {
            text = text.replace(&format!("${{{identifier}}}"), item);
            let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
            text = text.replace(&format!("&{{{identifier}}}"), &plain);
            self.spend(text.len())?;
        }
        Ok(text)
    }

    fn spend(&self, bytes: usize) -> Result<(), TemplateError> {
        self.resolver.spend(bytes, "Fn::ForEach")
    }
}

fn item<'a>(items: &'a Items, identifier: &str) -> Option<&'a str> {
    items.iter().rfind(|(name, _)| name == identifier).map(|(_, item)| item.as_str())
}

fn insert(members: &mut Map<String, Value>, key: String, value: Value) -> Result<(), TemplateError> {
    if members.contains_key(&key) {
        let reason = "Fn::ForEach makes this key twice".to_owned();
        return Err(TemplateError::Invalid { place: key, reason });
    }
    members.insert(key, value);
    Ok(())
}

fn insert_missing(members: &mut Map<String, Value>, others: Map<String, Value>) {
    for (key, value) in others {
        members.entry(key).or_insert(value);
    }
}
