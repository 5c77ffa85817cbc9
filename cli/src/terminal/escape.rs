//! Text that cannot do more on a terminal than be read.

use std::fmt::Write as _;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

/// A text on one line. Characters that would command the terminal, reorder the text or stay invisible are shown by
/// their number, e.g. `\u{1b}`; line ends as `\n`.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_readable(character) {
            escaped.push(character);
        } else {
            // Writing into a string does not fail.
            let _ = write!(escaped, "{}", character.escape_default());
        }
    }
    escaped
}

/// The same for a text of several lines. Each line but the first is indented, so that it does not pass for another
/// message.
pub fn escaped_lines(text: &str, indent: usize) -> String {
    let lines: Vec<String> = text.lines().map(escaped).collect();
    lines.join(&format!("\n{:indent$}", ""))
}

/// A text on one line; of a long one the beginning, with its length.
pub fn shortened(text: &str, max_characters: usize) -> String {
    let (beginning, length) = cut(text, max_characters);
    escaped(beginning) + &length
}

/// The same for a text of several lines.
pub fn shortened_lines(text: &str, indent: usize, max_characters: usize) -> String {
    let (beginning, length) = cut(text, max_characters);
    escaped_lines(beginning, indent) + &length
}

fn cut(text: &str, max_characters: usize) -> (&str, String) {
    match text.char_indices().nth(max_characters) {
        None => (text, String::new()),
        Some((end, _)) => (&text[..end], format!("… ({} bytes)", text.len())),
    }
}

fn is_readable(character: char) -> bool {
    // Most text is this.
    if matches!(character, ' '..='~') {
        return true;
    }
    let is_command = matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    // The two last ones of each plane are no characters, and XML takes none of the first plane's:
    // <https://www.w3.org/TR/xml/#charsets>.
    let is_no_character = u32::from(character) & 0xfffe == 0xfffe;
    // These two choose between the coloured and the plain form of an emoji.
    let is_emoji_style = matches!(character, '\u{fe0e}' | '\u{fe0f}');
    let is_invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character) && !is_emoji_style;
    !is_command && !is_invisible && !is_no_character
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_can_be_read_stays() {
        for text in ["", "foo \\ ~", "žluťoučký 🐎", "日本語 العربية हिन्दी", "❤\u{fe0f} a\u{301}"]
        {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_shown_by_its_number() {
        for hidden in [
            '\0',
            '\u{7}',
            '\u{8}',
            '\u{b}',
            '\u{1b}',
            '\u{7f}',
            '\u{80}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202b}',
            '\u{202c}',
            '\u{202d}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{3164}',
            '\u{feff}',
            '\u{fff9}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{1ffff}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert_eq!(escaped(&hidden.to_string()), format!("\\u{{{:x}}}", u32::from(hidden)));
        }
        assert_eq!(escaped("a\tb\r\nc"), "a\\tb\\r\\nc");
    }

    #[test]
    fn lines_are_indented() {
        assert_eq!(escaped_lines("a\r\n\x1b[2Jb\n\nc\n", 2), "a\n  \\u{1b}[2Jb\n  \n  c");
    }

    #[test]
    fn a_long_text_has_its_length() {
        assert_eq!(shortened("ééé", 3), "ééé");
        assert_eq!(shortened("éééé", 3), "ééé… (8 bytes)");
        assert_eq!(shortened_lines("a\nb\nc", 1, 3), "a\n b… (5 bytes)");
    }

    /// Strings of any characters, with those that matter more often than by chance.
    fn any_text() -> impl Strategy<Value = String> {
        let special = proptest::char::ranges(
            vec!['\0'..='\u{a0}', '\u{200b}'..='\u{206f}', '\u{fe00}'..='\u{feff}', '\u{e0000}'..='\u{e01ef}'].into(),
        );
        let character = prop_oneof![any::<char>(), special];
        proptest::collection::vec(character, 0..50).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn no_text_commands_the_terminal(text in any_text()) {
            let categories = CodePointMapData::<GeneralCategory>::new();
            let is_command = |character: char| {
                let category = categories.get(character);
                character.is_control() || category == GeneralCategory::Format || "\u{2028}\u{2029}".contains(character)
            };
            prop_assert!(!escaped(&text).contains(is_command));
            prop_assert!(!shortened(&text, 10).contains(is_command));
            prop_assert!(!escaped_lines(&text, 3).split('\n').any(|line| line.contains(is_command)));
            prop_assert!(escaped_lines(&text, 3).split('\n').skip(1).all(|line| line.starts_with("   ")));
        }
    }
}
