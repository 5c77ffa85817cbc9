//! The runtime clients that are part of this program, as files.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

const FILES: [(&str, &str); 5] = [
    (Clients::NODE, include_str!("../../../runtimes/node.mjs")),
    (Clients::NODE_PATH, include_str!("../../../runtimes/node_path.mjs")),
    (Clients::PYTHON, include_str!("../../../runtimes/python.py")),
    (Clients::PYTHON_CHECK, include_str!("../../../runtimes/python_check.py")),
    (Clients::REDIRECT, include_str!("../../../runtimes/redirect.cjs")),
];

/// A folder with the runtime clients. It exists as long as this does.
pub struct Clients {
    folder: TempDir,
}

impl Clients {
    /// Takes events from Lambda's Runtime API, and gives them to a Node.js handler.
    pub const NODE: &str = "node.mjs";
    /// The same for a Python handler.
    pub const PYTHON: &str = "python.py";
    /// Says what a Python interpreter is, and what it lacks.
    pub const PYTHON_CHECK: &str = "python_check.py";
    /// Lets ES modules find packages in the folders of `NODE_PATH`.
    const NODE_PATH: &str = "node_path.mjs";
    /// Sends a Node.js function's connections to AWS's services to the gateway's proxy.
    const REDIRECT: &str = "redirect.cjs";

    /// Writes the clients to a folder that only this user can read.
    pub fn write() -> anyhow::Result<Self> {
        let own_user = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("goblet-").permissions(own_user).tempdir();
        let folder = folder.context("cannot make a temporary folder")?;
        for (name, text) in FILES {
            let file = folder.path().join(name);
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(Self { folder })
    }

    /// Lets every Node.js in a function load the redirection first, before what the function's own `NODE_OPTIONS` say.
    pub fn redirect_node(&self, variables: &mut BTreeMap<String, String>) {
        let file = self.file(Self::REDIRECT).display().to_string();
        // <https://nodejs.org/api/cli.html#node_optionsoptions>
        let file = file.replace('\\', r"\\").replace('"', r#"\""#);
        let own = variables.remove("NODE_OPTIONS").unwrap_or_default();
        variables.insert("NODE_OPTIONS".to_owned(), format!(r#"--require "{file}" {own}"#).trim_end().to_owned());
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
