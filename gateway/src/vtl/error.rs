//! What can be wrong with a template.

/// What is wrong with a template, or with what it makes of a message.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct VtlError(pub String);
