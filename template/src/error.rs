//! What can be wrong with a template.

use std::{io, path::PathBuf};

/// Why a template cannot be used. Each text names the file, or the place in it.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum TemplateError {
    #[error("cannot read the template {0}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("the template {0} is no YAML: {1}")]
    Yaml(PathBuf, String),
    /// A bound is reached. It is far beyond what people write: see the text.
    #[error("the template {0} is too large: {1}")]
    TooLarge(PathBuf, String),
    #[error("{place}: {reason}")]
    Invalid { place: String, reason: String },
}
