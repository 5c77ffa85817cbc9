//! A project's virtual environment.

use std::{env, fs, path::PathBuf};

use super::place::Place;

/// The folder of a virtual environment, with programs and packages.
pub struct VirtualEnvironment(pub PathBuf);

impl VirtualEnvironment {
    /// The project's own: the one that is active, or else `.venv` or `venv` beside the handler.
    pub fn of(place: &Place) -> Option<Self> {
        let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        let beside = [".venv", "venv"].map(|name| place.root.join(name));
        active.into_iter().chain(beside).find(|folder| folder.join("pyvenv.cfg").is_file()).map(Self)
    }

    /// One of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// The folders of its packages.
    pub fn packages(&self) -> Vec<PathBuf> {
        let versions = fs::read_dir(self.0.join("lib")).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("site-packages")).collect();
        folders.retain(|folder| folder.is_dir());
        folders.sort();
        folders
    }
}
