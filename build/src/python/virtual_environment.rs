//! A project's virtual environment.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::place::Place;

/// The folder of a virtual environment, with programs and packages.
pub struct VirtualEnvironment(pub PathBuf);

impl VirtualEnvironment {
    /// The project's own: the one that is active, or else the nearest `.venv` or `venv` beside the handler or above it. A
    /// `requirements.txt` that is nearer goes before it: the environment may be for tools.
    pub fn of(place: &Place) -> Option<Self> {
        let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from).filter(|folder| is_environment(folder));
        active.or_else(|| nearest(&place.root)).map(Self)
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

fn nearest(root: &Path) -> Option<PathBuf> {
    for folder in root.ancestors() {
        let found = [".venv", "venv"].map(|name| folder.join(name)).into_iter().find(|folder| is_environment(folder));
        if found.is_some() || folder.join("requirements.txt").is_file() {
            return found;
        }
    }
    None
}

fn is_environment(folder: &Path) -> bool {
    folder.join("pyvenv.cfg").is_file()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_nearest_environment_counts_unless_requirements_are_nearer() {
        let project = TempDir::new().unwrap();
        let handler = project.path().join("handlers/chat");
        fs::create_dir_all(&handler).unwrap();
        fs::create_dir(project.path().join(".venv")).unwrap();
        fs::write(project.path().join(".venv/pyvenv.cfg"), "").unwrap();
        assert_eq!(nearest(&handler), Some(project.path().join(".venv")));

        fs::write(handler.join("requirements.txt"), "").unwrap();
        assert_eq!(nearest(&handler), None);

        fs::create_dir(handler.join("venv")).unwrap();
        fs::write(handler.join("venv/pyvenv.cfg"), "").unwrap();
        assert_eq!(nearest(&handler), Some(handler.join("venv")));
    }
}
