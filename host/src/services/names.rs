//! Which names and keys the services take.

/// The longest name in bytes. Behind the two bytes that tell groups from collections, it is still a key of the index:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys>.
pub const MAX_NAME: usize = 1000;

/// Checks the name of something, such as `group`. The error is a sentence.
pub fn check(what: &str, name: &str) -> Result<(), String> {
    match name.len() {
        0 => Err(format!("the {what} is empty: it has 1 to {MAX_NAME} bytes")),
        1..=MAX_NAME => Ok(()),
        length => Err(format!("the {what} has {length} bytes: it has 1 to {MAX_NAME} bytes")),
    }
}

/// Checks a text that may be empty, such as `label`. The error is a sentence.
pub fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { check(what, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_bytes_and_not_too_many() {
        assert_eq!(check("group", "lobby"), Ok(()));
        assert_eq!(check("group", &"é".repeat(500)), Ok(()));
        assert_eq!(check("group", ""), Err("the group is empty: it has 1 to 1000 bytes".to_owned()));
        assert_eq!(check("key", &"é".repeat(501)), Err("the key has 1002 bytes: it has 1 to 1000 bytes".to_owned()));
        assert_eq!(check_text("label", ""), Ok(()));
        assert!(check_text("label", &"l".repeat(1001)).is_err());
    }
}
