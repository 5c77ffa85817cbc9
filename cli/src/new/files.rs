//! The files of new projects, which this program carries. `projects/` reads as what is made of it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use include_dir::{Dir, DirEntry, include_dir};

static PROJECTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/projects");

/// The end of the name of a file with placeholders, such as `{{name}}`. A manifest has it, too: a folder with a
/// `Cargo.toml` in it would not be in the package of this crate.
const TEMPLATE: &str = ".template";

/// What Python leaves behind in a clone.
const IGNORED: &str = "__pycache__";

/// Files by their paths in a project.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The files of some parts of `projects/`, one over the other, with values in the place of `{{names}}`.
pub fn of_parts(parts: &[String], values: &[(&str, String)]) -> Files {
    let mut files = Files::new();
    for folder in parts.iter().filter_map(|part| PROJECTS.get_dir(part)) {
        add(folder, folder.path(), values, &mut files);
    }
    files
}

fn add(folder: &Dir, root: &Path, values: &[(&str, String)], files: &mut Files) {
    for entry in folder.entries().iter().filter(|entry| !entry.path().ends_with(IGNORED)) {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
        match entry {
            DirEntry::Dir(folder) => add(folder, root, values, files),
            DirEntry::File(file) if has_placeholders(&path) => {
                let text = filled(&String::from_utf8_lossy(file.contents()), values);
                files.insert(path.with_extension(""), text.into_bytes());
            }
            DirEntry::File(file) => {
                files.insert(path, file.contents().to_owned());
            }
        }
    }
}

fn has_placeholders(path: &Path) -> bool {
    path.to_string_lossy().ends_with(TEMPLATE)
}

fn filled(text: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}
