//! The members of a JSON object. Their values stay as they are written, so that numbers keep their digits, and a large
//! body takes little memory.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::access::Unreadable;

/// The most members that an object may have.
const MAX_MEMBERS: usize = 1000;

/// The members of an object by name, each there once.
#[derive(Debug)]
pub struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// Reads an object. The place is for the error.
    pub fn read(json: &'a str, place: &str) -> Result<Self, Unreadable> {
        serde_json::from_str(json).map_err(|error| Unreadable(format!("{place} cannot be read: {error}")))
    }

    /// The members.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.get()))
    }

    /// A member by its name, if it is there. Another one that a lenient reader could take for it is an error: who knows
    /// which one AWS reads. All names of AWS's members have letters alone.
    pub fn get(&self, name: &str) -> Result<Option<&'a str>, Unreadable> {
        for other in self.0.keys().filter(|other| *other != name) {
            if !other.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                return Err(Unreadable(format!("the name of the member {other:?} has not only letters: leave it out")));
            }
            if other.eq_ignore_ascii_case(name) {
                return Err(Unreadable(format!("the member {other:?} may be taken for {name:?}: leave it out")));
            }
        }
        Ok(self.0.get(name).map(|value| value.get()))
    }

    /// A member that has to be there.
    pub fn required(&self, name: &str) -> Result<&'a str, Unreadable> {
        self.get(name)?.ok_or_else(|| Unreadable(format!("there is no {name}")))
    }

    /// A member that is a text, if it is there.
    pub fn text(&self, name: &str) -> Result<Option<String>, Unreadable> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        serde_json::from_str(value).map(Some).map_err(|error| Unreadable(format!("{name} is no text: {error}")))
    }

    /// A member that is a text, and has to be there.
    pub fn required_text(&self, name: &str) -> Result<String, Unreadable> {
        self.text(name)?.ok_or_else(|| Unreadable(format!("there is no {name}")))
    }

    /// A member that is a list, and has to be there.
    pub fn list(&self, name: &str) -> Result<Vec<&'a str>, Unreadable> {
        let list: Vec<&RawValue> = serde_json::from_str(self.required(name)?)
            .map_err(|error| Unreadable(format!("{name} is no list: {error}")))?;
        if list.len() > MAX_MEMBERS {
            return Err(Unreadable(format!("{name} is longer than {MAX_MEMBERS}")));
        }
        Ok(list.into_iter().map(RawValue::get).collect())
    }

    /// The object, with what was read and nothing else.
    pub fn written(&self) -> Vec<u8> {
        let mut written = vec![b'{'];
        for (index, (name, value)) in self.iter().enumerate() {
            if index > 0 {
                written.push(b',');
            }
            written.extend(serde_json::Value::from(name).to_string().as_bytes());
            written.push(b':');
            written.extend(value.as_bytes());
        }
        written.push(b'}');
        written
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(A::Error::custom(format!("it has more than {MAX_MEMBERS} members")));
                    }
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format!("the member {name:?} is there twice")));
                    }
                    members.insert(name, value);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error<T: fmt::Debug>(result: Result<T, Unreadable>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_was_read_is_written() {
        let members = Members::read(r#" {"b": 1e400, "A\u0062": {"x" : "\ud800"} } "#, "it").unwrap();
        assert_eq!(members.written(), br#"{"Ab":{"x" : "\ud800"},"b":1e400}"#);
        assert_eq!(Members::read("{}", "it").unwrap().written(), b"{}");
    }

    #[test]
    fn a_member_is_there_once() {
        let twice = Members::read(r#"{"TableName": "a", "Table\u004eame": "b"}"#, "it");
        assert!(error(twice).contains(r#"the member "TableName" is there twice"#));
        for other in ["tablename", "TABLENAME"] {
            let json = format!(r#"{{"{other}": "a"}}"#);
            let members = Members::read(&json, "it").unwrap();
            assert!(error(members.text("TableName")).contains("may be taken for \"TableName\""), "{other}");
        }
    }

    #[test]
    fn names_have_letters_alone() {
        for other in [r"TableName\u0000", "TableName ", "\u{131}ndex", "Table.Name", "Table_Name", r"Table\u002fName"] {
            let json = format!(r#"{{"TableName": "chat", "{other}": "secret"}}"#);
            let members = Members::read(&json, "it").unwrap();
            assert!(error(members.required_text("TableName")).contains("has not only letters"), "{other}");
        }
        // The names of tables are names of members, too.
        let tables = Members::read(r#"{"chat-1.a_b": []}"#, "it").unwrap();
        assert_eq!(tables.iter().collect::<Vec<_>>(), [("chat-1.a_b", "[]")]);
    }

    #[test]
    fn an_object_has_members_of_its_types() {
        for wrong in ["", "[]", "{", "{} {}", "{'a': 1}", "{\"a\": 1,}", "{/**/}", "\u{feff}{}", "{\"a\": 01}"] {
            assert!(error(Members::read(wrong, "the body")).starts_with("the body cannot be read"), "{wrong}");
        }
        let members = Members::read(r#"{"a": null, "b": ["x"], "c": {"S": "x"}}"#, "it").unwrap();
        assert!(error(members.text("a")).starts_with("a is no text"));
        assert!(error(members.text("b")).starts_with("b is no text"));
        assert!(error(members.list("c")).starts_with("c is no list"));
        assert_eq!(error(members.required("d")), "there is no d");
        assert_eq!(members.text("d").unwrap(), None);
    }

    #[test]
    fn an_object_is_not_endless() {
        let many: Vec<_> = (0..=MAX_MEMBERS).map(|index| format!("\"{index}\":0")).collect();
        assert!(error(Members::read(&format!("{{{}}}", many.join(",")), "it")).contains("more than 1000 members"));
    }
}
