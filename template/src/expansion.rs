//! A template with what it is made of: its loops, the files that it includes, and its nested applications.

mod loops;
mod nested;
mod reader;
mod renaming;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use self::{loops::Loops, reader::Reader};
use crate::{
    error::TemplateError,
    extent, globals,
    resolver::{LOCALS, Resolver},
};

/// How deep lists and mappings may be in each other, as in a single document.
const MAX_DEPTH: usize = 100;

/// A template, expanded.
pub struct Expanded {
    pub document: Value,
    /// The template's file, and those of what it includes and nests.
    pub files: Vec<PathBuf>,
}

/// Reads a template's file for a region, with these values for its parameters.
pub fn read(
    path: &Path,
    values: &BTreeMap<String, Value>,
    region: &str,
    notes: &mut Vec<String>,
) -> Result<Expanded, TemplateError> {
    let mut reader = Reader::new(notes);
    let document = stack(&mut reader, path, values, region, "Parameters")?;
    Ok(Expanded { document: document.into(), files: reader.files })
}

/// The document of a stack, expanded. What is wrong with the values is told with their place.
fn stack(
    reader: &mut Reader,
    path: &Path,
    values: &BTreeMap<String, Value>,
    region: &str,
    place: &str,
) -> Result<Map<String, Value>, TemplateError> {
    let mut document = members(reader.open(path)?);
    // The resolver's own.
    document.remove(LOCALS);
    let document = Value::Object(document);
    if let Some(name) = values.keys().find(|name| document["Parameters"].get(name.as_str()).is_none()) {
        let reason = format!("the template {} has no parameter {name}, which is given a value", path.display());
        return Err(TemplateError::Invalid { place: place.to_owned(), reason });
    }
    let document = if loops::has_any(&document) {
        let resolver = Resolver::new(path, &document, values, region);
        Loops::new(reader, &resolver, folder(path)).document(&document)?
    } else {
        document
    };
    let nested = {
        let resolver = Resolver::new(path, &document, values, region);
        nested::find(&resolver, folder(path), reader.notes)?
    };
    let mut document = members(document);
    if reader.open.len() > 1 || !nested.is_empty() {
        reader.count_globals(&document, path)?;
        globals::apply(&mut document);
    }
    for application in nested {
        let inner = stack(reader, &application.path, &application.values, region, &application.place)?;
        nested::insert(&mut document, inner, &application);
    }
    reader.open.pop();
    if document.values().any(|section| extent::of(section).depth >= MAX_DEPTH) {
        let reason = format!("with what it includes, lists and mappings are nested more than {MAX_DEPTH} deep");
        return Err(TemplateError::TooLarge(path.to_owned(), reason));
    }
    Ok(document)
}

/// The members of a mapping. What is none has no members.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Where the paths in a template start.
fn folder(template: &Path) -> &Path {
    template.parent().unwrap_or(Path::new(""))
}
