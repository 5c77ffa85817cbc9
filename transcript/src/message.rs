//! What clients send and get.

use std::fmt::{self, Display, Formatter};

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// What a binary message begins with in a transcript, before its base64.
pub const BINARY: &str = "base64:";

/// A WebSocket message.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Display for Message {
    /// As it is for people: a text as it is.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(formatter),
            Self::Binary(bytes) => write!(formatter, "{BINARY}{}", BASE64_STANDARD.encode(bytes)),
        }
    }
}
