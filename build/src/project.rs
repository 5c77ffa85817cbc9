//! What a path is: a project in one of the languages, or a file that is built already.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    cancellation::Cancellation,
    error::BuildError,
    javascript::JAVASCRIPT,
    language::{Built, Detected, Draft, Language, has_extension},
    output,
    python::PYTHON,
    requirement::Requirements,
    rust::RUST,
};

/// The languages that handlers are written in, in the order in which a folder is tried.
const LANGUAGES: [&Language; 3] = [&RUST, &PYTHON, &JAVASCRIPT];

/// Looks for what the builds of each language need, and installs nothing.
#[must_use]
pub fn requirements() -> Vec<Requirements> {
    let of = |language: &Language| Requirements { language: language.name, requirements: (language.requirements)() };
    LANGUAGES.into_iter().map(of).collect()
}

/// The extensions of handlers that are built already, the compiled one first.
const BUILT: [&str; 2] = ["cwasm", "wasm"];

/// The output folder, and folders of tools that belong to no language here. Functions in Python and JavaScript run beside handlers.
const IGNORED: [&str; 11] = [
    output::FOLDER,
    ".aws-sam",
    ".git",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".serverless",
    ".venv",
    "__pycache__",
    "cdk.out",
    "node_modules",
];

/// The beginnings and ends of the names of files that no code is in: logs, compiled modules, and what editors put beside
/// the file that they write (vim, emacs, kate).
const IGNORED_FILES: [(&str, &str); 10] = [
    ("", ".log"),
    ("", ".pyc"),
    ("", "~"),
    (".", ".swp"),
    (".", ".swx"),
    (".", ".swo"),
    (".#", ""),
    ("#", "#"),
    (".", ".kate-swp"),
    (".DS_Store", ""),
];

/// A handler's project.
pub struct Project {
    path: PathBuf,
    /// `None` is a file that is built already.
    language: Option<&'static Language>,
}

impl Project {
    /// Where it is: its folder, or its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at what a path names, and builds nothing.
    ///
    /// A folder is a project if it is one in any of the languages. So is a file with the extension of a language's source
    /// files. A binary file is taken as built: whether it is a component is for its reader to find out.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if nothing there makes a component.
    pub fn detect(path: &Path) -> Result<Self, BuildError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BuildError::Missing(path.to_owned())),
            Ok(metadata) if metadata.is_dir() => Self::in_a_language(path),
            Ok(metadata) if !metadata.is_file() => Err(BuildError::Special(path.to_owned())),
            _ if is_source(path) => Self::in_a_language(path),
            _ if !has_extension(path, &BUILT) && is_text(path) => Err(BuildError::NoProject(path.to_owned())),
            // Whoever opens the file reports that it cannot be read.
            _ => Ok(Self { path: path.to_owned(), language: None }),
        }
    }

    /// Looks for the handler in a function's code, such as the `CodeUri` of a template: the code itself is a project,
    /// a `.wasm` or a `.cwasm`; or it is a folder with `{handler_name}.cwasm`, `{handler_name}.wasm` or a source file of
    /// that name in it.
    ///
    /// `None` is code of another kind, such as a Python function.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the code is a project that makes no component.
    pub fn in_code(code: &Path, handler_name: &str) -> Result<Option<Self>, BuildError> {
        if has_extension(code, &BUILT) || is_source(code) {
            return Self::detect(code).map(Some);
        }
        let of_languages = LANGUAGES.iter().flat_map(|language| language.extensions);
        let files = BUILT.iter().chain(of_languages).map(|extension| code.join(format!("{handler_name}.{extension}")));
        let file = files.into_iter().find(|file| file.is_file());
        let found = Self::in_a_language(code).or_else(|error| file.map_or(Err(error), |file| Self::detect(&file)));
        match found {
            Ok(project) => Ok(Some(project)),
            Err(error) if error.is_other_code() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn in_a_language(path: &Path) -> Result<Self, BuildError> {
        let mut error = None;
        for language in LANGUAGES.into_iter().filter(|language| path.is_dir() || language.has_source(path)) {
            match (language.detect)(path)? {
                Detected::Handler => return Ok(Self { path: path.to_owned(), language: Some(language) }),
                Detected::NoHandler(reason) => error = error.or(Some(reason)),
                Detected::Nothing => {}
            }
        }
        Err(error.unwrap_or_else(|| BuildError::NoProject(path.to_owned())))
    }

    /// Builds the project. What its tools have to say goes to stderr.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says what is wrong, and what to do next. [`BuildError::Cancelled`] if it was cancelled.
    pub fn build(&self, cancellation: Option<&Cancellation>) -> Result<Built, BuildError> {
        match self.language {
            Some(language) => (language.build)(&self.path, cancellation),
            None => Ok(Built { component: self.path.clone(), watched: vec![self.path.clone()] }),
        }
    }

    /// Builds the project to be tried and not deployed. After a change of the code, this takes less time than
    /// [`Project::build`] where a language's build is slow; the handler is the same.
    ///
    /// # Errors
    ///
    /// See [`Project::build`].
    pub fn draft(&self, cancellation: Option<&Cancellation>) -> Result<Draft, BuildError> {
        if let Some(draft) = self.language.and_then(|language| language.draft) {
            return draft(&self.path, cancellation);
        }
        let Built { component, watched } = self.build(cancellation)?;
        Ok(Draft { component, base: None, watched })
    }
}

/// Whether a file is source code in one of the languages that a file can be a project in.
fn is_source(path: &Path) -> bool {
    LANGUAGES.iter().any(|language| language.has_source(path))
}

/// Whether a file is text: its first bytes are no zeros, which those of a component and of a compiled one have.
fn is_text(path: &Path) -> bool {
    let mut start = [0; 16];
    let size = File::open(path).and_then(|mut file| file.read(&mut start));
    size.is_ok_and(|size| !start[..size].contains(&0))
}

/// Whether a path inside of a project is written by tools and not by people, such as `target/debug/echo`.
#[must_use]
pub fn is_ignored(path: &Path) -> bool {
    let of_languages = LANGUAGES.iter().flat_map(|language| language.ignored);
    let mut names = IGNORED.iter().chain(of_languages);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    IGNORED_FILES.iter().any(|(start, end)| name.starts_with(start) && name.ends_with(end))
        || names.any(|name| path.components().any(|part| part.as_os_str() == *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_without_a_project_is_named() {
        let error = |path: &str| Project::detect(path.as_ref()).err().expect("there is none").to_string();
        assert!(error("no/such/folder").starts_with("no handler at no/such/folder"), "{}", error("no/such/folder"));
        assert!(error("src").starts_with("no handler in src"), "{}", error("src"));
        assert!(error("Cargo.toml").starts_with("no handler in Cargo.toml"), "{}", error("Cargo.toml"));
        assert!(error("/dev/null").starts_with("/dev/null is neither a file nor a folder"), "{}", error("/dev/null"));
    }

    #[test]
    fn a_crate_without_a_cdylib_is_native() {
        let error = Project::detect(".".as_ref()).err().expect("this crate is no handler");
        assert!(matches!(error, BuildError::NativeRust(_)), "{error}");
        assert!(Project::detect("../guest/echo".as_ref()).is_ok());
    }

    #[test]
    fn code_that_is_no_project_may_hold_a_handler() {
        let holds =
            |code: &str, handler_name| Project::in_code(code.as_ref(), handler_name).expect("no error").is_some();
        assert!(holds("../guest/echo", "any"));
        assert!(!holds("../tests/functions/mirror", "mirror"));
        assert!(Project::in_code(".".as_ref(), "any").is_err(), "a native function");
    }

    #[test]
    fn what_tools_write_is_ignored() {
        for path in
            ["target/debug/echo", "a/node_modules/b.js", ".git", "dev.log", "src/.lib.rs.swp", "lib.rs~", "#lib.rs#"]
        {
            assert!(is_ignored(path.as_ref()), "{path}");
        }
        for path in ["src/target.rs", "log", "log/log.rs", ".env", "", "a/swp"] {
            assert!(!is_ignored(path.as_ref()), "{path}");
        }
    }
}
