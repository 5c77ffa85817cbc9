//! Drafts: components without the author's modules, which are put into them when they are finished. So a change of these
//! modules needs no new component.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use memchr::memmem;
use serde_json::Value;

use super::{error::PythonError, staging, tools};
use crate::{cache::Cache, language::Base};

/// The components, by all that they are made from. Each has 20 MB or more.
pub const COMPONENTS: Cache = Cache { name: "python-drafts", kept: 16 };

/// What is in the place of the author's modules at first: this word again and again. `goblet_component/_draft.py` has the
/// same word and size.
const WORD: &[u8; 16] = b"goblet-place-of:";
const SIZE: usize = 512 * 1024;

/// A handler's plan without the author's modules, and these modules as they are put into the component.
pub struct DraftPlan {
    pub text: String,
    modules: Vec<u8>,
}

impl DraftPlan {
    /// Reads a plan. There is no draft of modules that are larger than their place.
    pub fn read(plan: &Path) -> Result<Option<Self>, PythonError> {
        let mut plan = read_json(plan)?;
        let mut modules = plan["modules"].take().to_string().into_bytes();
        if modules.len() >= SIZE {
            return Ok(None);
        }
        modules.resize(SIZE, 0);
        Ok(Some(Self { text: plan.to_string(), modules }))
    }

    /// The name of the component's file: it is the same if the component would be the same.
    pub fn name(&self, world: &str, zones: &Path, packages: &[PathBuf]) -> String {
        let mut hasher = DefaultHasher::new();
        tools::COMPONENTIZE_PY.version.hash(&mut hasher);
        staging::carried().for_each(|file| file.hash(&mut hasher));
        world.hash(&mut hasher);
        fs::read(zones).unwrap_or_default().hash(&mut hasher);
        without_places(&self.text).hash(&mut hasher);
        for folder in packages {
            // It cannot be read: there is none.
            let _ = hash_folder(folder, &mut hasher);
        }
        format!("{:016x}.wasm", hasher.finish())
    }

    /// Writes the handler's component: another one with the author's modules in it.
    pub fn put_modules(self, base: PathBuf, component: &Path) -> Result<Base, PythonError> {
        let mut content = fs::read(&base).map_err(|error| PythonError::NotWritten(base.clone(), error))?;
        let old = WORD.repeat(SIZE / WORD.len());
        let place = memmem::find(&content, &old).ok_or_else(|| PythonError::Draft(base.clone()))?;
        content[place..place + SIZE].copy_from_slice(&self.modules);
        fs::write(component, content).map_err(|error| PythonError::NotWritten(component.to_owned(), error))?;
        Ok(Base { component: base, old, new: self.modules })
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
        // Of a link, that of the file which it leads to.
        let metadata = fs::metadata(&path)?;
        if metadata.is_dir() {
            hash_folder(&path, hasher)?;
        } else {
            metadata.len().hash(hasher);
            metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().hash(hasher);
        }
    }
    Ok(())
}

fn read_json(file: &Path) -> Result<Value, PythonError> {
    let text = fs::read_to_string(file).map_err(|error| PythonError::NotWritten(file.to_owned(), error))?;
    serde_json::from_str(&text).map_err(|error| PythonError::Analysis(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(plan: &str) -> DraftPlan {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        fs::write(&file, plan).unwrap();
        DraftPlan::read(&file).unwrap().unwrap()
    }

    #[test]
    fn a_component_is_the_same_whatever_the_modules_say() {
        let plan = |modules: &str, import: &str, line| {
            format!(
                r#"{{"modules": {modules}, "imports": [{{"module": "{import}", "file": "app.py", "line": {line}}}]}}"#
            )
        };
        let name = |plan: &str| draft(plan).name("world", Path::new(""), &[]);
        assert_eq!(name(&plan("[1]", "json", 1)), name(&plan("[2]", "json", 2)));
        assert_ne!(name(&plan("[1]", "json", 1)), name(&plan("[1]", "time", 1)));
        let draft = draft(&plan("[2]", "json", 2));
        assert!(draft.modules.starts_with(b"[2]\0") && !draft.text.contains("[2]"), "{}", draft.text);
    }

    #[test]
    fn a_package_that_has_changed_makes_another_component() {
        let folder = tempfile::tempdir().unwrap();
        let name = || draft(r#"{"modules": []}"#).name("world", Path::new(""), &[folder.path().to_owned()]);
        let empty = name();
        fs::create_dir(folder.path().join("package")).unwrap();
        fs::write(folder.path().join("package/__init__.py"), "one").unwrap();
        let first = name();
        fs::write(folder.path().join("package/__init__.py"), "other").unwrap();
        assert!(empty != first && first != name());
    }

    #[test]
    fn both_sides_know_the_same_place() {
        let python = include_str!("goblet_component/_draft.py");
        let reversed: String = String::from_utf8_lossy(WORD).chars().rev().collect();
        assert!(python.contains(&format!("b\"{reversed}\"")), "{reversed}");
        assert!(python.contains(&format!("_SIZE = {} * 1024", SIZE / 1024)));
    }
}
