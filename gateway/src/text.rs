//! Long texts, shortened.

/// A text of at most so many bytes. Where something is cut off, the text's size follows: `foo… (131072 bytes)`.
pub fn shortened(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    format!("{}… ({} bytes)", &text[..text.floor_char_boundary(max)], text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("foo", 3), "foo");
        assert_eq!(shortened("foobar", 3), "foo… (6 bytes)");
        assert_eq!(shortened("fööö", 4), "fö… (7 bytes)");
    }
}
