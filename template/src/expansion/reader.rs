//! Reads the files that a template is made of, no more than it may have.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::{document, error::TemplateError, extent};

/// How many templates and included files may be in each other. AWS names no limit.
const MAX_NESTED: usize = 10;

/// How many files are read, one that is there many times each time. A stack, for comparison, may have 500 resources:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
const MAX_FILES: usize = 500;

/// How much all templates and included files may have together, in bytes, with what `Globals` copy.
const MAX_READ: usize = 32_000_000;

/// Reads files, and remembers which.
pub struct Reader<'n> {
    pub files: Vec<PathBuf>,
    /// Those that are being expanded, the innermost last.
    pub open: Vec<PathBuf>,
    /// How many files were read.
    opened: usize,
    /// How much was read.
    read: usize,
    pub notes: &'n mut Vec<String>,
}

impl<'n> Reader<'n> {
    pub fn new(notes: &'n mut Vec<String>) -> Self {
        Self { files: Vec::new(), open: Vec::new(), opened: 0, read: 0, notes }
    }

    /// Reads a file, whose content is open until it is popped.
    pub fn open(&mut self, path: &Path) -> Result<Value, TemplateError> {
        let canonical = path.canonicalize().map_err(|error| TemplateError::Unreadable(path.to_owned(), error))?;
        if self.open.contains(&canonical) {
            let reason = "it includes itself".to_owned();
            return Err(TemplateError::TooLarge(path.to_owned(), reason));
        }
        if self.open.len() == MAX_NESTED {
            let reason = format!("more than {MAX_NESTED} templates and included files are in each other");
            return Err(TemplateError::TooLarge(path.to_owned(), reason));
        }
        self.opened += 1;
        if self.opened > MAX_FILES {
            let reason = format!("up to it, there are more than {MAX_FILES} templates and included files");
            return Err(TemplateError::TooLarge(path.to_owned(), reason));
        }
        let document = document::read(path)?;
        self.count(extent::of(&document).size, path)?;
        if !self.files.iter().any(|file| file == path) {
            self.files.push(path.to_owned());
        }
        self.open.push(canonical);
        Ok(document)
    }

    /// Counts what `Globals` will be copied to.
    pub fn count_globals(&mut self, document: &Map<String, Value>, path: &Path) -> Result<(), TemplateError> {
        let Some(globals) = document.get("Globals") else { return Ok(()) };
        let resources = document.get("Resources").and_then(Value::as_object).map_or(0, Map::len);
        self.count(extent::of(globals).size.saturating_mul(resources), path)
    }

    fn count(&mut self, size: usize, path: &Path) -> Result<(), TemplateError> {
        self.read = self.read.saturating_add(size);
        if self.read > MAX_READ {
            let reason =
                format!("up to it, the templates and included files come to more than {} MB", MAX_READ / 1_000_000);
            return Err(TemplateError::TooLarge(path.to_owned(), reason));
        }
        Ok(())
    }
}

/// Whether a location is a path on this machine.
pub fn is_local(location: &str) -> bool {
    !["s3://", "https://", "http://"].iter().any(|scheme| location.starts_with(scheme))
}
