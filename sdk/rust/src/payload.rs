//! What turns into a message's content.

pub use crate::bindings::imports::goblet::websocket::types::Payload;

impl Payload {
    /// The content, if it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// The content as bytes, of text, too.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// A value as JSON text.
    ///
    /// # Errors
    ///
    /// If the value has no form in JSON, such as a map whose keys are no strings.
    #[cfg(feature = "json")]
    pub fn json(value: &impl serde::Serialize) -> serde_json::Result<Self> {
        serde_json::to_string(value).map(Self::Text)
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Payload {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_owned())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

/// A copy, for `send(event.connection_id(), &event.body)`.
impl From<&Payload> for Payload {
    fn from(payload: &Payload) -> Self {
        payload.clone()
    }
}

/// JSON text.
#[cfg(feature = "json")]
impl From<serde_json::Value> for Payload {
    fn from(value: serde_json::Value) -> Self {
        Self::Text(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_text_and_bytes_are_binary() {
        let text = Payload::Text("foo".to_owned());
        assert_eq!(Payload::from("foo"), text);
        assert_eq!(Payload::from(&"foo".to_owned()), text);
        assert_eq!(Payload::from("foo".to_owned()), text);
        assert_eq!(Payload::from(&text), text);
        let binary = Payload::Binary(vec![0, 255]);
        assert_eq!(Payload::from(vec![0, 255]), binary);
        assert_eq!(Payload::from([0, 255].as_slice()), binary);
    }

    #[test]
    fn text_is_also_bytes_and_bytes_are_no_text() {
        assert_eq!(Payload::from("foo").as_text(), Some("foo"));
        assert_eq!(Payload::from("foo").as_bytes(), b"foo");
        assert_eq!(Payload::from(vec![0, 255]).as_text(), None);
        assert_eq!(Payload::from(vec![0, 255]).as_bytes(), [0, 255]);
    }

    #[cfg(feature = "json")]
    #[test]
    fn values_are_json_text() {
        assert_eq!(Payload::from(serde_json::json!({"a": [1, 2]})), Payload::from(r#"{"a":[1,2]}"#));
        assert_eq!(Payload::json(&("a", 1)).unwrap(), Payload::from(r#"["a",1]"#));
    }
}
