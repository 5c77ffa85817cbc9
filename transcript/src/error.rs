//! What is wrong with a transcript's text.

/// A line that is no step of a transcript.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct SyntaxError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub problem: String,
}
