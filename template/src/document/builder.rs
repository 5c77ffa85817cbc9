//! Builds a document from what the YAML parser finds, event by event.

use std::{borrow::Cow, collections::BTreeMap};

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Value};

use super::{
    error::DocumentError,
    limits::{MAX_ALIASED, MAX_DEPTH},
    plain, short_form,
};
use crate::extent;

/// The key whose value is merged into the mapping that it is in.
const MERGE: &str = "<<";

/// A document that is being built.
#[derive(Default)]
pub struct Builder<'a> {
    documents: Vec<Value>,
    /// The lists and mappings that are not yet closed, the innermost last.
    open: Vec<Open<'a>>,
    anchors: BTreeMap<usize, Value>,
    /// How many bytes anchors and aliases have repeated.
    aliased: usize,
}

/// A list or a mapping that is not yet closed.
struct Open<'a> {
    parts: Parts,
    anchor: usize,
    tag: Option<Cow<'a, Tag>>,
    /// Where it begins.
    start: Marker,
}

enum Parts {
    List(Vec<Value>),
    Mapping(Members),
}

/// What is in a mapping so far.
#[derive(Default)]
struct Members {
    own: Map<String, Value>,
    /// What merge keys name, in order: <https://yaml.org/type/merge.html>.
    merged: Vec<Map<String, Value>>,
    /// The key whose value comes next.
    key: Option<Key>,
}

enum Key {
    Own(String),
    /// `<<`
    Merge,
}

impl Members {
    /// All of them: what a key is at its own place counts, and else where it is merged first.
    fn close(self) -> Map<String, Value> {
        let mut members = self.own;
        for (key, value) in self.merged.into_iter().flatten() {
            members.entry(key).or_insert(value);
        }
        members
    }

    fn place(&mut self, value: Value, place: Marker) -> Result<(), ScanError> {
        match self.key.take() {
            None => self.key = Some(Key::Own(key_text(value, place)?)),
            Some(Key::Merge) => match value {
                Value::Object(members) => self.merged.push(members),
                Value::Array(items) if items.iter().all(Value::is_object) => {
                    self.merged.extend(items.into_iter().filter_map(|item| match item {
                        Value::Object(members) => Some(members),
                        _ => None,
                    }));
                }
                _ => return Err(ScanError::new(place, "<< takes a mapping, or a list of mappings".to_owned())),
            },
            Some(Key::Own(key)) if self.own.contains_key(&key) => {
                return Err(ScanError::new(place, format!("the key {key:?} is there twice")));
            }
            Some(Key::Own(key)) => drop(self.own.insert(key, value)),
        }
        Ok(())
    }
}

impl<'a> Builder<'a> {
    pub fn add(&mut self, event: Event<'a>, place: Marker) -> Result<(), DocumentError> {
        match event {
            Event::SequenceStart(anchor, tag) => self.open(Parts::List(Vec::new()), anchor, tag, place),
            Event::MappingStart(anchor, tag) => self.open(Parts::Mapping(Members::default()), anchor, tag, place),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let value = match self.next_key() {
                    Some(key) if is_plain && text == MERGE => {
                        *key = Some(Key::Merge);
                        return Ok(());
                    }
                    // `Yes` is a good name for a condition.
                    Some(_) if is_plain => text.into_owned().into(),
                    None if is_plain => plain::value(&text).unwrap_or_else(|| text.into_owned().into()),
                    _ => scalar(Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref())),
                };
                self.insert(value, anchor, tag, place)
            }
            Event::Alias(anchor) => self.repeat(anchor, place),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// The place of a key, if one comes next.
    fn next_key(&mut self) -> Option<&mut Option<Key>> {
        match self.open.last_mut().map(|open| &mut open.parts) {
            Some(Parts::Mapping(members)) if members.key.is_none() => Some(&mut members.key),
            _ => None,
        }
    }

    /// The first document: a template has no other.
    pub fn into_document(self) -> Value {
        self.documents.into_iter().next().unwrap_or_default()
    }

    fn open(
        &mut self,
        parts: Parts,
        anchor: usize,
        tag: Option<Cow<'a, Tag>>,
        start: Marker,
    ) -> Result<(), DocumentError> {
        self.open.push(Open { parts, anchor, tag, start });
        self.check_depth(0, start)
    }

    fn close(&mut self) -> Result<(), DocumentError> {
        let Some(Open { parts, anchor, tag, start }) = self.open.pop() else { return Ok(()) };
        let value = match parts {
            Parts::List(items) => items.into(),
            Parts::Mapping(members) => members.close().into(),
        };
        self.insert(value, anchor, tag, start)
    }

    /// Puts a value in its place, and keeps a copy of it if it has an anchor.
    fn insert(
        &mut self,
        value: Value,
        anchor: usize,
        tag: Option<Cow<'a, Tag>>,
        place: Marker,
    ) -> Result<(), DocumentError> {
        let value = match tag {
            Some(tag) if !tag.is_yaml_core_schema() => short_form::expand(&tag.suffix, value),
            _ => value,
        };
        // The parser numbers anchors from 1.
        if anchor > 0 {
            self.count_copy(&value, place)?;
            self.anchors.insert(anchor, value.clone());
        }
        self.place(value, place)
    }

    fn repeat(&mut self, anchor: usize, place: Marker) -> Result<(), DocumentError> {
        // An alias within what its anchor stands for has nothing to repeat yet.
        let Some(value) = self.anchors.get(&anchor).cloned() else { return self.place(Value::Null, place) };
        self.check_depth(extent::of(&value).depth, place)?;
        self.count_copy(&value, place)?;
        self.place(value, place)
    }

    fn count_copy(&mut self, value: &Value, place: Marker) -> Result<(), DocumentError> {
        self.aliased += extent::of(value).size;
        if self.aliased > MAX_ALIASED {
            return Err(DocumentError::TooManyAliases { line: place.line() });
        }
        Ok(())
    }

    fn check_depth(&self, inside: usize, place: Marker) -> Result<(), DocumentError> {
        if self.open.len() + inside > MAX_DEPTH {
            return Err(DocumentError::TooDeep { line: place.line() });
        }
        Ok(())
    }

    fn place(&mut self, value: Value, place: Marker) -> Result<(), DocumentError> {
        match self.open.last_mut().map(|open| &mut open.parts) {
            None => self.documents.push(value),
            Some(Parts::List(items)) => items.push(value),
            Some(Parts::Mapping(members)) => members.place(value, place)?,
        }
        Ok(())
    }
}

fn scalar(scalar: Option<Scalar>) -> Value {
    match scalar {
        None | Some(Scalar::Null) => Value::Null,
        Some(Scalar::Boolean(value)) => value.into(),
        Some(Scalar::Integer(value)) => value.into(),
        Some(Scalar::FloatingPoint(value)) => (*value).into(),
        Some(Scalar::String(value)) => value.into_owned().into(),
    }
}

/// A key as text. A list or a mapping is refused: as text, keys within keys would double with each level.
fn key_text(key: Value, place: Marker) -> Result<String, ScanError> {
    match key {
        Value::String(key) => Ok(key),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(key.to_string()),
        Value::Array(_) | Value::Object(_) => {
            Err(ScanError::new(place, "a key must be a text, not a list or a mapping".to_owned()))
        }
    }
}
