//! One thing that was looked for.

use goblet_build::{Requirement, State};

pub struct Finding {
    pub name: &'static str,
    /// Which versions work, e.g. `20 or later`. Empty if there is nothing to choose.
    pub versions: &'static str,
    pub status: Status,
    /// The version that is there, or what to do.
    pub text: String,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Status {
    Ok,
    /// The first build installs it, or it can be done without.
    Later,
    Missing,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Later => "later",
            Self::Missing => "missing",
        }
    }
}

impl Finding {
    pub fn new(name: &'static str, versions: &'static str, found: anyhow::Result<String>) -> Self {
        match found {
            Ok(text) => Self { name, versions, status: Status::Ok, text },
            Err(error) => Self { name, versions, status: Status::Missing, text: format!("{error:#}") },
        }
    }

    /// The same for something that one can do without.
    pub fn optional(name: &'static str, versions: &'static str, found: anyhow::Result<String>) -> Self {
        let finding = Self::new(name, versions, found);
        let status = if finding.status == Status::Missing { Status::Later } else { finding.status };
        Self { status, ..finding }
    }

    /// Its name with the versions that work.
    pub fn title(&self) -> String {
        if self.versions.is_empty() { self.name.to_owned() } else { format!("{} ({})", self.name, self.versions) }
    }

    /// What the build of a language has found.
    pub fn of(requirement: &Requirement) -> Self {
        let (status, text) = match &requirement.state {
            State::Present(text) => (Status::Ok, text.clone()),
            State::Installable(text) => (Status::Later, format!("the first build installs it: {text}")),
            State::Missing(error) => (Status::Missing, error.to_string()),
        };
        Self { name: requirement.name, versions: requirement.versions, status, text }
    }
}
