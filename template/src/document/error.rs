//! Why a text is not a document.

use saphyr_parser::ScanError;

use super::limits::{MAX_ALIASED, MAX_DEPTH};

#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(transparent)]
    Yaml(ScanError),
    #[error("lists and mappings are nested more than {max} deep (line {line})", max = MAX_DEPTH)]
    TooDeep { line: usize },
    #[error("its anchors and aliases repeat more than {max} MB (line {line})", max = MAX_ALIASED / 1_000_000)]
    TooManyAliases { line: usize },
}

/// What the parser says, which looks ahead, where a line opens more than 255 lists.
const PARSERS_DEPTH: &str = "recursion limit exceeded";

impl From<ScanError> for DocumentError {
    fn from(error: ScanError) -> Self {
        match error.info() {
            PARSERS_DEPTH => Self::TooDeep { line: error.marker().line() },
            _ => Self::Yaml(error),
        }
    }
}
