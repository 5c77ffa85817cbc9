//! Which events a handler answers, by the names of its exports.

use super::imports::is_compatible;

/// The version of the interfaces that this host calls. It stands for every version 0.1.x.
const VERSION: &str = "0.1";

/// What the name of an interface for events starts with. Handlers may export anything else, too.
const PREFIX: &str = "goblet:websocket/on-";

/// Which events a handler has an export for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// `on-connect`.
    pub connect: bool,
    /// `on-message`.
    pub message: bool,
    /// `on-disconnect`.
    pub disconnect: bool,
}

impl Exports {
    /// Finds them among the names of a component's exports.
    ///
    /// The error has the names whose version this host does not call. It must not ignore them: a handler whose
    /// `on-connect` is ignored lets every client in.
    pub(super) fn of(names: &[String]) -> Result<Self, Vec<String>> {
        let of_events = || names.iter().filter(|name| name.starts_with(PREFIX));
        let wrong: Vec<String> = of_events().filter(|name| !is_of_this_version(name)).cloned().collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let has = |event: &str| of_events().any(|name| name[PREFIX.len()..].split('@').next() == Some(event));
        Ok(Self { connect: has("connect"), message: has("message"), disconnect: has("disconnect") })
    }
}

fn is_of_this_version(name: &str) -> bool {
    name.split_once('@').is_some_and(|(_, version)| is_compatible(VERSION, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<Exports, Vec<String>> {
        Exports::of(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn every_compatible_version_is_found() {
        let names = ["goblet:websocket/on-connect@0.1.0", "goblet:websocket/on-message@0.1.9", "wasi:cli/run@0.2.6"];
        assert_eq!(of(&names), Ok(Exports { connect: true, message: true, disconnect: false }));
        assert_eq!(of(&["wasi:cli/run@0.2.6"]), Ok(Exports::default()));
    }

    #[test]
    fn other_versions_are_named() {
        let wrong = ["goblet:websocket/on-connect@0.2.0", "goblet:websocket/on-disconnect"].map(str::to_owned);
        let names = ["goblet:websocket/on-message@0.1.0", &wrong[0], &wrong[1]];
        assert_eq!(of(&names), Err(wrong.to_vec()));
    }
}
