//! The texts of messages, as they are written in a transcript.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    compressed,
    expected::{Expected, Pattern},
    json::JsonPattern,
    message::{BINARY, Message},
    python_bytes,
};

/// What takes their meaning from a regular expression, from JSON and so on.
pub const LITERALLY: char = '\\';

/// Reads what a client sends.
pub fn message(text: &str) -> Result<Message, String> {
    if let Some(text) = text.strip_prefix(LITERALLY) {
        return Ok(Message::Text(literal(text)));
    }
    match text.strip_prefix(BINARY) {
        Some(bytes) => binary(bytes),
        None => Ok(Message::Text(text.to_owned())),
    }
}

/// Reads what a client is to get, as wsdump shows it.
pub fn shown(text: &str) -> Result<Expected, String> {
    match python_bytes::read(text) {
        Some(bytes) => Ok(Expected::Shown { text: text.to_owned(), bytes }),
        None if compressed::is_shown(text) => Ok(Expected::Compressed(text.to_owned())),
        None if text.is_empty() => Ok(Expected::Blank),
        None => expected(text),
    }
}

/// Reads what a client is to get.
pub fn expected(text: &str) -> Result<Expected, String> {
    if let Some(pattern) = text.strip_prefix('/').and_then(|text| text.strip_suffix('/')) {
        let pattern = Pattern::new(pattern);
        return pattern.map(Expected::Matching).map_err(|error| {
            format!("this is no regular expression: {error}. To expect the text itself, write \\ before it")
        });
    }
    if has_flags(text) {
        return Err(
            "nothing comes after the last / of a regular expression: write (?i) at its start to ignore case, such as \
             /(?i)^joined/. To expect the text itself, write \\ before it"
                .to_owned(),
        );
    }
    match JsonPattern::parse(text) {
        Some(pattern) => Ok(Expected::Json { text: text.to_owned(), pattern }),
        None => message(text).map(Expected::Exactly),
    }
}

/// Whether it is a regular expression as other languages write it: `/^joined/i`.
fn has_flags(text: &str) -> bool {
    let parts = text.strip_prefix('/').and_then(|text| text.split_once('/'));
    parts.is_some_and(|(pattern, flags)| {
        !pattern.is_empty() && !flags.is_empty() && flags.chars().all(|flag| "gimsuxy".contains(flag))
    })
}

/// Reads the reason of a close frame.
pub fn reason(text: &str) -> String {
    text.strip_prefix(LITERALLY).map_or_else(|| text.to_owned(), literal)
}

/// A text as it is, or what a JSON string says.
fn literal(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

fn binary(text: &str) -> Result<Message, String> {
    let bytes = BASE64_STANDARD.decode(text.trim());
    bytes.map(Message::Binary).map_err(|error| {
        format!("this is no base64: {error}. To send or expect the text itself, write \\ before {BINARY}")
    })
}
