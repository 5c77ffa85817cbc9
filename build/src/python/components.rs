//! Components that were made before, in this user's folder for caches: what would be the same is not made again. So the same
//! handler, built again, is the same file, which componentize-py alone does not promise.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde_json::Value;

use super::{error::PythonError, staging, tools};
use crate::cache::Cache;

/// The components, by all that they are made from. Each has 20 MB or more.
pub const COMPONENTS: Cache = Cache { name: "python-components", kept: 16 };

/// What components are made from, beside their plan and what this program carries.
pub struct Inputs<'a> {
    /// The component's interface.
    pub world: &'a str,
    /// The file of the time zones.
    pub zones: PathBuf,
    /// The folders of packages.
    pub packages: &'a [PathBuf],
}

impl Inputs<'_> {
    /// The name of the file of a component with this plan: it is the same if the component would be the same.
    pub fn name(&self, plan: &str) -> Result<String, PythonError> {
        let mut hasher = DefaultHasher::new();
        tools::COMPONENTIZE_PY.version.hash(&mut hasher);
        staging::carried().for_each(|file| file.hash(&mut hasher));
        self.world.hash(&mut hasher);
        fs::read(&self.zones).unwrap_or_default().hash(&mut hasher);
        without_places(plan).hash(&mut hasher);
        for folder in self.packages {
            // There may be none of that name.
            if folder.exists() {
                hash_folder(folder, &mut hasher).map_err(|error| PythonError::NotRead(folder.clone(), error))?;
            }
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

/// A plan without the lines of imports, which only errors need.
fn without_places(plan: &str) -> String {
    let mut plan: Value = serde_json::from_str(plan).unwrap_or_default();
    for import in plan["imports"].as_array_mut().into_iter().flatten() {
        import["file"].take();
        import["line"].take();
    }
    plan.to_string()
}

/// Hashes the names of a folder's files, their sizes, and when they were changed.
fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name(), entry.path());
        // componentize-py writes them.
        if name == "__pycache__" {
            continue;
        }
        name.hash(hasher);
        // Of a link, that of the file which it leads to, if there is one.
        let metadata = fs::metadata(&path).or_else(|_| fs::symlink_metadata(&path))?;
        if metadata.is_dir() {
            hash_folder(&path, hasher)?;
        } else {
            metadata.len().hash(hasher);
            metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().hash(hasher);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_the_same_wherever_imports_are() {
        let plan = |modules: &str, import: &str, line| {
            format!(
                r#"{{"modules": {modules}, "imports": [{{"module": "{import}", "file": "app.py", "line": {line}}}]}}"#
            )
        };
        let inputs = Inputs { world: "world", zones: PathBuf::new(), packages: &[] };
        let name = |plan: &str| inputs.name(plan).unwrap();
        assert_eq!(name(&plan("[1]", "json", 1)), name(&plan("[1]", "json", 2)));
        assert_ne!(name(&plan("[1]", "json", 1)), name(&plan("[2]", "json", 1)));
        assert_ne!(name(&plan("[1]", "json", 1)), name(&plan("[1]", "time", 1)));
    }

    #[test]
    fn a_package_that_has_changed_makes_another_component() {
        let folder = tempfile::tempdir().unwrap();
        let packages = [folder.path().to_owned()];
        let name = || Inputs { world: "world", zones: PathBuf::new(), packages: &packages }.name("{}").unwrap();
        let empty = name();
        fs::create_dir(folder.path().join("package")).unwrap();
        fs::write(folder.path().join("package/__init__.py"), "one").unwrap();
        let first = name();
        fs::write(folder.path().join("package/__init__.py"), "other").unwrap();
        let second = name();
        assert!(empty != first && first != second);

        // What comes after a link that leads nowhere counts, too.
        std::os::unix::fs::symlink("nowhere", folder.path().join("a")).unwrap();
        let linked = name();
        fs::write(folder.path().join("package/__init__.py"), "the third").unwrap();
        assert!(second != linked && linked != name());
    }
}
