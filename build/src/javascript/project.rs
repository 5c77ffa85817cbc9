//! Which file is a handler's entry, and which folder is its project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::error::JavaScriptError;
use crate::error::BuildError;

pub const MANIFEST: &str = "package.json";

/// The extensions of source files, in the order in which a folder is searched: of a file and what it is compiled to, people
/// write the first.
pub const EXTENSIONS: [&str; 6] = ["ts", "mts", "js", "mjs", "cts", "cjs"];

/// Where a handler is looked for in a folder whose `package.json` has no `main`, without the extension.
const ENTRIES: [&str; 4] = ["handler", "index", "src/handler", "src/index"];

/// A handler in JavaScript or TypeScript.
#[derive(Debug)]
pub struct Project {
    /// Its file.
    pub entry: PathBuf,
    /// The folder that its packages are in (`node_modules`), and that stacks name its files from.
    pub root: PathBuf,
    /// The project's `package.json`, if it has one.
    pub manifest: Option<PathBuf>,
    /// What its component is called.
    pub name: String,
    /// Where the component is among those of the project.
    pub place: PathBuf,
}

/// The parts of `package.json` that say what a handler is.
#[derive(Default, Deserialize)]
struct Manifest {
    main: Option<String>,
    name: Option<String>,
}

impl Project {
    /// Looks at a source file, or at a folder with a `package.json`.
    pub fn at(path: &Path) -> Result<Self, BuildError> {
        let path = path.canonicalize().map_err(|_| BuildError::Missing(path.to_owned()))?;
        if path.is_dir() { Self::in_folder(&path) } else { Ok(Self::of_file(path)) }
    }

    /// Whether the entry names a route's function, or may export those of another module.
    pub fn may_serve_routes(&self) -> bool {
        let text = fs::read_to_string(&self.entry).unwrap_or_default();
        ["onConnect", "onMessage", "onDisconnect", "export *"].iter().any(|name| text.contains(name))
    }

    /// The project of a file is the nearest folder above it with a `package.json`, or else the file's own.
    fn of_file(entry: PathBuf) -> Self {
        let manifest =
            entry.ancestors().skip(1).map(|folder| folder.join(MANIFEST)).find(|manifest| manifest.is_file());
        let root = manifest.as_deref().unwrap_or(&entry).parent().unwrap_or(Path::new("/")).to_owned();
        let name = entry.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Several folders of a project may have a file of the same name.
        let place =
            entry.parent().and_then(|folder| folder.strip_prefix(&root).ok()).unwrap_or(Path::new("")).to_owned();
        Self { entry, root, manifest, name, place }
    }

    fn in_folder(root: &Path) -> Result<Self, BuildError> {
        let file = root.join(MANIFEST);
        let unreadable = |error: String| JavaScriptError::Manifest(file.clone(), error);
        let text = fs::read_to_string(&file).map_err(|error| unreadable(error.to_string()))?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let candidates = ENTRIES.iter().flat_map(|name| EXTENSIONS.map(|extension| format!("{name}.{extension}")));
        let mut entries = manifest.main.clone().into_iter().chain(candidates).map(|entry| root.join(entry));
        let Some(entry) = entries.find(|entry| entry.is_file()) else {
            let main = manifest.main.map(|main| format!(" (its main, {main}, does not exist)"));
            return Err(JavaScriptError::NoEntry(file, main.unwrap_or_default()).into());
        };
        let folder = || root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A name may have a scope: `@company/chat`.
        let name = manifest.name.as_deref().and_then(|name| name.rsplit('/').next()).map(ToOwned::to_owned);
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(folder);
        Ok(Self { entry, root: root.to_owned(), manifest: Some(file), name, place: PathBuf::new() })
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        folder
    }

    fn entry(files: &[(&str, &str)]) -> String {
        let folder = folder(files);
        let project = Project::at(folder.path()).unwrap();
        let entry = project.entry.strip_prefix(folder.path().canonicalize().unwrap()).unwrap();
        format!("{} {}", entry.display(), project.name)
    }

    #[test]
    fn package_json_names_the_entry_and_the_handler() {
        let manifest = r#"{"name": "@company/chat", "main": "./lib/chat.js"}"#;
        assert!(entry(&[("package.json", manifest), ("lib/chat.js", ""), ("index.js", "")]).ends_with("chat.js chat"));
        // `npm init` writes a main that may not be there.
        let manifest = r#"{"name": "chat", "main": "index.js"}"#;
        assert_eq!(
            entry(&[("package.json", manifest), ("src/index.ts", ""), ("src/index.js", "")]),
            "src/index.ts chat"
        );
    }

    #[test]
    fn a_folder_without_an_entry_is_told_by_its_package_json() {
        let folder = folder(&[("package.json", r#"{"main": "dist/index.js"}"#)]);
        let error = Project::at(folder.path()).unwrap_err().to_string();
        assert!(error.contains("package.json") && error.contains("dist/index.js, does not exist"), "{error}");
        fs::write(folder.path().join("package.json"), "{").unwrap();
        let error = Project::at(folder.path()).unwrap_err().to_string();
        assert!(error.contains("package.json") && error.contains("line 1"), "{error}");
    }

    #[test]
    fn a_lambda_function_serves_no_routes() {
        let serves = |text| {
            let folder = folder(&[("package.json", "{}"), ("index.js", text)]);
            Project::at(folder.path()).unwrap().may_serve_routes()
        };
        assert!(!serves("exports.handler = async () => ({ statusCode: 200 });"));
        assert!(serves("export { onMessage } from './chat.js';") && serves("export * from './chat.js';"));
    }

    #[test]
    fn the_project_of_a_file_is_where_its_packages_are() {
        let folder = folder(&[("package.json", "{}"), ("src/odd name.js", "")]);
        let project = Project::at(&folder.path().join("src/odd name.js")).unwrap();
        assert_eq!(project.root, folder.path().canonicalize().unwrap());
        assert_eq!(project.name, "odd name");
        assert_eq!(project.place, Path::new("src"));
    }
}
