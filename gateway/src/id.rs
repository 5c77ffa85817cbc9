//! Ids as API Gateway makes them: `L0SM9cOFvHcCIhw=`, base64 of 11 bytes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};

const BYTES: usize = 11;

/// A new id, for a connection, an event or a message.
pub fn new() -> String {
    URL_SAFE.encode(rand::random::<[u8; BYTES]>())
}

/// Whether a text could be an id. API Gateway answers others with 400 rather than 410.
pub fn is_valid(id: &str) -> bool {
    URL_SAFE.decode(id).is_ok_and(|bytes| bytes.len() == BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_form_of_api_gateways() {
        let id = new();
        assert_eq!(id.len(), 16);
        assert!(id.ends_with('=') && is_valid(&id), "{id}");
        assert!(is_valid("L0SM9cOFvHcCIhw="));
        assert!(!is_valid("undefined"));
        assert_ne!(new(), id);
    }
}
