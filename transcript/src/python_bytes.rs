//! Bytes as Python shows them, and wsdump with it: `b'\x00a'`.
//! <https://docs.python.org/3/library/stdtypes.html#bytes-objects>

use std::str::Bytes;

/// Reads a literal of bytes. `None`, if it is none, or has what Python does not show.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let quoted = text.strip_prefix('b')?;
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let mut rest = quoted.strip_prefix(quote)?.strip_suffix(quote)?.bytes();
    let mut bytes = Vec::new();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => escaped(&mut rest)?,
            b' '..=b'~' if char::from(byte) != quote => byte,
            _ => return None,
        });
    }
    Some(bytes)
}

/// Reads what comes after a backslash.
fn escaped(rest: &mut Bytes<'_>) -> Option<u8> {
    Some(match rest.next()? {
        byte @ (b'\\' | b'\'') => byte,
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'x' => digit(rest.next()?)? * 16 + digit(rest.next()?)?,
        _ => return None,
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_shows_is_read() {
        for (text, bytes) in [
            ("b''", &b""[..]),
            (r"b'\x00\x01\xff a~'", b"\x00\x01\xff a~"),
            (r"b'\t\n\r\\'", b"\t\n\r\\"),
            (r#"b"it's""#, b"it's"),
            (r#"b'it\'s "so"'"#, b"it's \"so\""),
        ] {
            assert_eq!(read(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in
            ["", "b", "b'", "b'a\"", "'a'", "B'a'", "b'a'b'", "b'ä'", r"b'\'", r"b'\x0'", r"b'\xg0'", r"b'\q'", "b'a' "]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
