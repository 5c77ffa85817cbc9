//! Builds a document from what the YAML parser finds, event by event.

use std::{borrow::Cow, collections::BTreeMap};

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, ScanError, Tag};
use serde_json::{Map, Value};

use super::{
    error::DocumentError,
    limits::{MAX_ALIASED, MAX_DEPTH},
    short_form,
};
use crate::extent;

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
    /// With a key whose value comes next.
    Mapping(Map<String, Value>, Option<String>),
}

impl<'a> Builder<'a> {
    pub fn add(&mut self, event: Event<'a>, place: Marker) -> Result<(), DocumentError> {
        match event {
            Event::SequenceStart(anchor, tag) => self.open(Parts::List(Vec::new()), anchor, tag, place),
            Event::MappingStart(anchor, tag) => self.open(Parts::Mapping(Map::new(), None), anchor, tag, place),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref()));
                self.insert(value, anchor, tag, place)
            }
            Event::Alias(anchor) => self.repeat(anchor, place),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
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
            Parts::Mapping(members, _) => members.into(),
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
            Some(Parts::Mapping(members, key)) => match key.take() {
                None => *key = Some(key_text(value, place)?),
                Some(key) if members.contains_key(&key) => {
                    return Err(ScanError::new(place, format!("the key {key:?} is there twice")).into());
                }
                Some(key) => drop(members.insert(key, value)),
            },
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
