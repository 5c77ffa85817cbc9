//! Drafts: components without the author's modules, which are put into them when they are finished. So a change of these
//! modules needs no new component.

use std::{
    fs,
    path::{Path, PathBuf},
};

use memchr::memmem;
use serde_json::Value;

use super::error::PythonError;
use crate::language::Base;

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

    /// Writes the handler's component: another one with the author's modules in it.
    pub fn put_modules(self, base: PathBuf, component: &Path) -> Result<Base, PythonError> {
        let mut content = fs::read(&base).map_err(|error| PythonError::NotRead(base.clone(), error))?;
        let old = WORD.repeat(SIZE / WORD.len());
        let place = memmem::find(&content, &old).ok_or_else(|| PythonError::Draft(base.clone()))?;
        content[place..place + SIZE].copy_from_slice(&self.modules);
        fs::write(component, content).map_err(|error| PythonError::NotWritten(component.to_owned(), error))?;
        Ok(Base { component: base, old, new: self.modules })
    }
}

fn read_json(file: &Path) -> Result<Value, PythonError> {
    let text = fs::read_to_string(file).map_err(|error| PythonError::NotRead(file.to_owned(), error))?;
    serde_json::from_str(&text).map_err(|error| PythonError::Analysis(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_a_draft_has_no_modules() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        fs::write(&file, r#"{"modules": [2], "imports": []}"#).unwrap();
        let draft = DraftPlan::read(&file).unwrap().unwrap();
        assert!(draft.modules.starts_with(b"[2]\0") && !draft.text.contains("[2]"), "{}", draft.text);
    }

    #[test]
    fn what_is_not_there_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("absent");
        let error = DraftPlan::read(&absent).err().expect("there is no plan").to_string();
        assert!(error.starts_with("cannot read "), "{error}");
        let plan = DraftPlan { text: String::new(), modules: Vec::new() };
        let error = plan.put_modules(absent, &folder.path().join("new")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read "), "{error}");
    }

    #[test]
    fn both_sides_know_the_same_place() {
        let python = include_str!("goblet_component/_draft.py");
        let reversed: String = String::from_utf8_lossy(WORD).chars().rev().collect();
        assert!(python.contains(&format!("b\"{reversed}\"")), "{reversed}");
        assert!(python.contains(&format!("_SIZE = {} * 1024", SIZE / 1024)));
    }
}
