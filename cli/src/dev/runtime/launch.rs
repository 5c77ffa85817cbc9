//! How a function of a language is started, and what is known of it then.

use std::path::{Path, PathBuf};

use goblet_template::Function;

use crate::terminal;

/// What starts a function: a runtime client, which loads the function's code.
pub struct Launch {
    pub command: Vec<String>,
    pub help: Help,
}

/// What tells more of an error at the start than the error itself does.
#[derive(Clone)]
pub struct Help {
    /// Gives what is wrong and what to do, or nothing for an error that says so itself.
    pub explain: fn(&Help, error_type: &str, message: &str) -> Option<String>,
    pub interpreter: PathBuf,
    pub folder: PathBuf,
    pub handler_name: String,
}

impl Help {
    /// What is wrong and what to do, for an error that a runtime client has reported.
    pub fn explain(&self, error_type: &str, message: &str) -> Option<String> {
        (self.explain)(self, error_type, message)
    }
}

/// Tells if a function runs on another version of its language than on AWS.
pub fn note_version(function: &Function, own_runtime: &str, interpreter: &Path, version: &str) {
    let Function { id, runtime, .. } = function;
    if runtime != own_runtime {
        terminal::note(&format!(
            "Resources.{id}: its Runtime is {runtime}, but it runs on {} here, which is {version}",
            interpreter.display()
        ));
    }
}
