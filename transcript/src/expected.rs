//! What a client is to get, and whether a message is that.

use std::fmt;

use regex_lite::Regex;

use crate::{compressed, json::JsonPattern, message::Message};

/// A message that a client is to get.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Exactly this message.
    Exactly(Message),
    /// A text that this regular expression finds something in.
    Matching(Pattern),
    /// This JSON, whatever the order of its fields and its spaces.
    Json {
        /// As it is written.
        text: String,
        /// What it says.
        pattern: JsonPattern,
    },
    /// An empty message, or that the server closes the connection: wsdump shows one as the other.
    Blank,
    /// A binary message, or a text that reads as Python shows its bytes, such as `b'\x00'`: wsdump shows one as the other.
    Shown {
        /// As it is written.
        text: String,
        /// What it says.
        bytes: Vec<u8>,
    },
    /// A binary message that is compressed, or a text that reads as wsdump shows it, such as `[gzip] foo`.
    Compressed(String),
}

/// A regular expression, as the crate `regex-lite` reads it.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// If it is none; the error says why.
    pub fn new(pattern: &str) -> Result<Self, regex_lite::Error> {
        Regex::new(pattern).map(Self)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}/", self.0.as_str())
    }
}

impl Expected {
    /// Whether a message is what was expected.
    #[must_use]
    pub fn is(&self, message: &Message) -> bool {
        match (self, message) {
            (Self::Exactly(expected), _) => expected == message,
            (Self::Matching(pattern), Message::Text(text)) => pattern.0.is_match(text),
            (Self::Json { pattern, .. }, Message::Text(text)) => pattern.matches(text),
            (Self::Blank, Message::Text(text)) => text.is_empty(),
            (Self::Shown { text: expected, .. } | Self::Compressed(expected), Message::Text(text)) => expected == text,
            (Self::Shown { bytes: expected, .. }, Message::Binary(bytes)) => expected == bytes,
            (Self::Compressed(expected), Message::Binary(bytes)) => compressed::shown(bytes).as_ref() == Some(expected),
            (_, Message::Binary(_)) => false,
        }
    }

    /// What was expected and what came instead, as texts to compare.
    pub(crate) fn side_by_side(&self, message: &Message) -> (String, String) {
        match (self, message) {
            (Self::Json { pattern, .. }, Message::Text(text)) => pattern.side_by_side(text),
            // Both in the same form.
            (Self::Shown { bytes, .. }, Message::Binary(_)) => {
                (Message::Binary(bytes.clone()).to_string(), message.to_string())
            }
            (Self::Compressed(expected), Message::Binary(bytes)) => {
                (expected.clone(), compressed::shown(bytes).unwrap_or_else(|| message.to_string()))
            }
            _ => (self.to_string(), message.to_string()),
        }
    }
}

impl fmt::Display for Expected {
    /// As it is for people: a text as it is.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(message) => message.fmt(formatter),
            Self::Matching(pattern) => pattern.fmt(formatter),
            Self::Json { text, .. } | Self::Shown { text, .. } | Self::Compressed(text) => text.fmt(formatter),
            Self::Blank => Ok(()),
        }
    }
}
