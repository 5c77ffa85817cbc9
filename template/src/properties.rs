//! The properties of a resource, resolved. What is wrong with one is told with its place.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{error::TemplateError, globals, ignored, place, resolver::Resolver};

/// The properties of a resource, or of a part of one; those of `Globals` stand in for what it does not have itself.
#[derive(Clone)]
pub struct Properties<'a> {
    resolver: &'a Resolver<'a>,
    place: String,
    own: &'a Value,
    globals: &'a Value,
    /// Names properties for which `globals` do not count.
    ignored: &'a Value,
}

impl<'a> Properties<'a> {
    /// Those of a resource, by its logical id.
    pub fn of_resource(resolver: &'a Resolver<'a>, id: &str, resource: &'a Value, globals: &'a Value) -> Self {
        let place = format!("{}.Properties", place::of_resource(id, resource));
        let ignored = &resource[ignored::ATTRIBUTE];
        Self { resolver, place, own: &resource["Properties"], globals, ignored }
    }

    /// What a resource's `Metadata` says, which is for tools rather than for AWS.
    pub fn of_metadata(resolver: &'a Resolver<'a>, id: &str, resource: &'a Value) -> Self {
        let place = format!("{}.Metadata", place::of_resource(id, resource));
        Self::without_globals(resolver, place, &resource["Metadata"])
    }

    fn without_globals(resolver: &'a Resolver<'a>, place: String, own: &'a Value) -> Self {
        Self { resolver, place, own, globals: &Value::Null, ignored: &Value::Null }
    }

    /// The parts of a property, each with its name. The property and its parts have to be mappings, if they are there.
    pub fn parts(
        &self,
        name: &str,
    ) -> Result<impl Iterator<Item = Result<(&'a str, Self), TemplateError>>, TemplateError> {
        let parts = self.mapping(&self.own[name], self.place(name))?;
        let parts = parts.own.as_object().into_iter().flatten();
        Ok(parts.map(move |(part, own)| Ok((part.as_str(), self.mapping(own, self.place(&format!("{name}.{part}")))?))))
    }

    /// The properties in a value at a place.
    fn mapping(&self, value: &'a Value, place: String) -> Result<Self, TemplateError> {
        let own = self.resolver.chosen(value, &place)?.unwrap_or(&Value::Null);
        if !own.is_null() && !own.is_object() {
            return Err(TemplateError::Invalid { place, reason: "this property must be a mapping".to_owned() });
        }
        Ok(Self::without_globals(self.resolver, place, own))
    }

    pub fn place(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    /// What is wrong with a property.
    pub fn invalid(&self, name: &str, reason: String) -> TemplateError {
        TemplateError::Invalid { place: self.place(name), reason }
    }

    /// Counts so many bytes as work, which are copied for a property.
    pub fn spend(&self, name: &str, bytes: usize) -> Result<(), TemplateError> {
        self.resolver.spend(bytes, &self.place(name))
    }

    /// Whether there is a property.
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_null()
    }

    /// A property that is text, or a number or boolean that is used as text.
    pub fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        self.resolver.text(self.get(name), &self.place(name))
    }

    /// A text that has to be there.
    pub fn required(&self, name: &str) -> Result<String, TemplateError> {
        self.text(name)?.ok_or_else(|| self.invalid(name, "this property is missing".to_owned()))
    }

    /// A property that is a whole number within AWS's range for it, in a unit.
    pub fn number(&self, name: &str, range: &RangeInclusive<u32>, unit: &str) -> Result<Option<u32>, TemplateError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let (least, most) = (range.start(), range.end());
                Err(self.invalid(name, format!("{text:?} must be a whole number from {least} to {most} ({unit})")))
            }
        }
    }

    /// A property of any shape, resolved. Nothing, if it is not there or `AWS::NoValue`.
    pub fn value(&self, name: &str) -> Result<Option<Value>, TemplateError> {
        match self.get(name) {
            Value::Null => Ok(None),
            value => self.resolver.resolve(value, &self.place(name)),
        }
    }

    /// Reads what was resolved: the value of a property, or a mapping of several. What is wrong is told with its place.
    pub fn parse<T: DeserializeOwned>(&self, name: Option<&str>, value: Value) -> Result<T, TemplateError> {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let inside = Some(error.path().to_string()).filter(|path| path != ".");
            let path = [Some(self.place.clone()), name.map(ToOwned::to_owned), inside];
            let place = path.into_iter().flatten().collect::<Vec<_>>().join(".");
            TemplateError::Invalid { place, reason: error.into_inner().to_string() }
        })
    }

    /// A property with texts by name.
    pub fn texts(&self, name: &str) -> Result<BTreeMap<String, String>, TemplateError> {
        let texts = self.each_text(name)?.map(|(key, text)| Ok(text?.map(|text| (key.clone(), text))));
        texts.filter_map(Result::transpose).collect()
    }

    /// The names of its properties, those of `Globals` included.
    pub fn names(&self) -> impl Iterator<Item = &'a String> {
        let globals = self.globals.as_object().into_iter().flatten().map(|(name, _)| name);
        let own = self.own.as_object().into_iter().flatten().map(|(name, _)| name);
        let is_global = |name: &&String| self.own.get(name.as_str()).is_none() && !self.global(name).is_null();
        globals.filter(is_global).chain(own)
    }

    /// Whether a property is true.
    pub fn flag(&self, name: &str) -> Result<bool, TemplateError> {
        Ok(self.text(name)?.is_some_and(|text| text == "true"))
    }

    /// The texts by name in a property, each resolved or not.
    pub fn each_text(
        &self,
        name: &str,
    ) -> Result<impl Iterator<Item = (&'a String, Result<Option<String>, TemplateError>)>, TemplateError> {
        let layers = self.layered(name)?;
        let own = layers.last().copied().unwrap_or(&Value::Null);
        let is_overridden = |layer: &Value, key: &String| !std::ptr::eq(layer, own) && own.get(key).is_some();
        let members = layers.into_iter().flat_map(move |layer| {
            let members = layer.as_object().into_iter().flatten();
            members.filter(move |(key, _)| !is_overridden(layer, key))
        });
        Ok(members.map(move |(key, value)| (key, self.resolver.text(value, &self.place(&format!("{name}.{key}"))))))
    }

    /// The properties in a property.
    pub fn part(&self, name: &str) -> Result<Self, TemplateError> {
        let (globals, own) = match self.layered(name)?.as_slice() {
            [globals, own] => (*globals, *own),
            [own] => (&Value::Null, *own),
            _ => (&Value::Null, &Value::Null),
        };
        Ok(Self { resolver: self.resolver, place: self.place(name), own, globals, ignored: &Value::Null })
    }

    /// A property that is a list of texts, or one text. Those of `Globals` come first.
    pub fn list(&self, name: &str) -> Result<Vec<String>, TemplateError> {
        let texts = self.layered(name)?.into_iter().map(|layer| self.resolver.list(layer, &self.place(name)));
        Ok(texts.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// What a property is: its value in `Globals` and its own one, as far as they count.
    fn layered(&self, name: &str) -> Result<Vec<&'a Value>, TemplateError> {
        let layers = [self.global(name), &self.own[name]].map(|layer| self.resolver.chosen(layer, &self.place(name)));
        let layers = layers.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        Ok(match layers.as_slice() {
            [globals, own] if !globals::merge(globals, own) => vec![own],
            _ => layers,
        })
    }

    fn get(&self, name: &str) -> &'a Value {
        self.own.get(name).unwrap_or(self.global(name))
    }

    /// What `Globals` say of a property.
    fn global(&self, name: &str) -> &'a Value {
        if ignored::has(self.ignored, name) { &Value::Null } else { &self.globals[name] }
    }
}
