//! The runtime clients that are part of this program, as files.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

const FILES: [(&str, &str); 3] = [
    (Clients::NODE, include_str!("../../../runtimes/node.mjs")),
    (Clients::PYTHON, include_str!("../../../runtimes/python.py")),
    (Clients::PYTHON_CHECK, include_str!("../../../runtimes/python_check.py")),
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
    /// Looks at a Python function without running it.
    pub const PYTHON_CHECK: &str = "python_check.py";

    /// Writes the clients to a folder that only this user can read.
    pub fn write() -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        for (name, text) in FILES {
            let file = folder.path().join(name);
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(Self { folder })
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
