//! What becomes of a component's imports: each is granted, or refused for a reason.

use std::fmt;

use semver::{Version, VersionReq};

use super::grants::{Grant, Grants, TABLE};
use crate::services::signed_requests::policy;

/// An interface that a component imports.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Its name and version, e.g. `wasi:cli/stdout@0.2.6`.
    pub name: String,
    /// What it gives the handler, in a few words; or why it is refused.
    pub grant: Result<&'static str, Refusal>,
}

/// Why an import is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// This host has no such interface. It has these of the same package.
    #[error("this host does not have it{}", hint(.0))]
    Unknown(Vec<&'static str>),
    /// This host has the interface in this version only.
    #[error("this host has version {0}")]
    Version(&'static str),
    /// The interface is granted if this setting is made.
    #[error("it is granted only if {0} is set{example}", example = example(.0))]
    NotGranted(&'static str),
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.grant {
            Ok(gives) => write!(f, "{} ({gives})", self.name),
            Err(refusal) => write!(f, "{} ({refusal})", self.name),
        }
    }
}

/// Tells what is granted of what a component imports.
pub fn judge(names: impl IntoIterator<Item = String>, grants: &Grants) -> Vec<Import> {
    names.into_iter().map(|name| judge_one(&TABLE, name, grants)).collect()
}

fn judge_one(table: &[Grant], name: String, grants: &Grants) -> Import {
    let (interface, version) = name.split_once('@').unwrap_or((&name, ""));
    let grant = match table.iter().find(|grant| grant.name() == interface) {
        None => Err(Refusal::Unknown(same_package(table, interface))),
        Some(grant) if !is_compatible(grant.version(), version) => Err(Refusal::Version(grant.version())),
        Some(grant) => (grant.missing_setting)(grants).map_or(Ok(grant.gives), |name| Err(Refusal::NotGranted(name))),
    };
    Import { name, grant }
}

/// Whether wasmtime's linker takes an offered version for an imported one: `0.2` for `0.2.6`, but not for `0.3.0`.
pub fn is_compatible(offered: &str, imported: &str) -> bool {
    let imported = Version::parse(imported);
    VersionReq::parse(offered).is_ok_and(|offered| imported.is_ok_and(|imported| offered.matches(&imported)))
}

/// The interfaces of the package that an interface is in, e.g. of `wasi:cli` for `wasi:cli/run`.
fn same_package(table: &[Grant], interface: &str) -> Vec<&'static str> {
    let package = interface.split_once('/').map_or(interface, |(package, _)| package);
    table.iter().map(Grant::name).filter(|name| name.split_once('/').is_some_and(|(of, _)| of == package)).collect()
}

fn hint(known: &[&str]) -> String {
    if known.is_empty() { String::new() } else { format!("; of that package it has {}", known.join(", ")) }
}

/// What a setting may be, where its name does not say it. Whoever wrote a call of boto3 knows neither the interface nor the
/// setting.
fn example(setting: &str) -> &'static str {
    if setting == policy::SETTING {
        ". Its entries say which requests to AWS are allowed, such as boto3's: set e.g. \
         GOBLET_SIGNED_REQUESTS=dynamodb:GetItem,PutItem:table/NAME for the function"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One interface for everybody, and one for handlers that see a variable.
    const SMALL_TABLE: [Grant; 2] = [
        Grant::always("test:chat/talk@0.2", "talks", |_| Ok(())),
        Grant {
            missing_setting: |grants| grants.environment.is_empty().then_some("CHAT_TABLE"),
            ..Grant::always("test:chat/store@1", "stores", |_| Ok(()))
        },
    ];

    fn judged(import: &str, grants: &Grants) -> Result<&'static str, Refusal> {
        judge_one(&SMALL_TABLE, import.to_owned(), grants).grant
    }

    #[test]
    fn an_interface_is_granted_in_every_compatible_version() {
        let grants = Grants { environment: vec![("CHAT_TABLE".to_owned(), "chat".to_owned())], ..Grants::default() };
        for import in ["test:chat/talk@0.2.0", "test:chat/talk@0.2.99"] {
            assert_eq!(judged(import, &grants), Ok("talks"));
        }
        assert_eq!(judged("test:chat/store@1.7.0", &grants), Ok("stores"));
    }

    #[test]
    fn another_version_is_refused() {
        for import in ["test:chat/talk@0.1.9", "test:chat/talk@0.3.0", "test:chat/talk@0.2.0-rc-1", "test:chat/talk"] {
            assert_eq!(judged(import, &Grants::default()), Err(Refusal::Version("0.2")), "{import}");
        }
    }

    #[test]
    fn what_is_not_granted_names_the_setting() {
        let refused = judge_one(&SMALL_TABLE, "test:chat/store@1.0.0".to_owned(), &Grants::default());
        assert_eq!(refused.to_string(), "test:chat/store@1.0.0 (it is granted only if CHAT_TABLE is set)");
    }

    #[test]
    fn an_entry_is_shown() {
        let said = Refusal::NotGranted(policy::SETTING).to_string();
        let (start, entry) = said.split_once(policy::SETTING).unwrap();
        assert_eq!(start, "it is granted only if ");
        let (_, entry) = entry.split_once("GOBLET_SIGNED_REQUESTS=").unwrap();
        let entry = entry.split_once(' ').unwrap().0;
        assert!(policy::Policy::parse(entry).is_ok(), "{entry}");
    }

    #[test]
    fn what_is_unknown_names_its_neighbours() {
        let grants = Grants::default();
        let known = vec!["test:chat/talk", "test:chat/store"];
        assert_eq!(judged("test:chat/shout@0.2.0", &grants), Err(Refusal::Unknown(known)));
        assert_eq!(judged("test:other/talk@0.2.0", &grants), Err(Refusal::Unknown(Vec::new())));
        assert_eq!(judged("talk", &grants), Err(Refusal::Unknown(Vec::new())));
    }
}
