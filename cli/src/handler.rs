//! A handler as it is named on the command line.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use anyhow::{Context as _, bail};
use goblet_build::{BuildError, Built, Cancellation, Draft, Project};
use goblet_host::handler::{self, Compiled, Compiler, Exports, Grants, Handler, Import, Kind, LoadError};
use tempfile::TempDir;

use crate::{compiled_cache, terminal};

/// What compiles handlers again and again, when their code changes.
static COMPILER: LazyLock<Compiler> = LazyLock::new(Compiler::default);

/// A handler that `bootstrap` can load.
pub struct CompiledHandler {
    /// The folder of `{name}.cwasm`, as `LAMBDA_TASK_ROOT` is on Lambda.
    pub task_root: PathBuf,
    /// The file's name without `.cwasm`: Lambda's handler name.
    pub name: String,
    /// Which events it gets: those that it has an export for, and `$disconnect` if the host takes connections out of its
    /// groups then.
    pub events: Exports,
    /// The files and folders that it was built from.
    pub watched: Vec<PathBuf>,
    /// The folder that it was compiled to, if it was not compiled before. It exists as long as the handler is served.
    _folder: Option<TempDir>,
}

impl CompiledHandler {
    /// Builds a project and compiles the component, as far as that is not done already.
    pub fn prepare(project: &Project, grants: Grants, cancellation: &Cancellation) -> anyhow::Result<Self> {
        let draft = project.draft(Some(cancellation))?;
        match handler::kind(&draft.component)? {
            Kind::Component => Self::compile(draft, grants),
            Kind::Compiled => Self::open(&draft.component, grants, draft.watched),
        }
    }

    fn compile(draft: Draft, grants: Grants) -> anyhow::Result<Self> {
        let Draft { component, base, watched } = draft;
        let component = component.as_path();
        let compiled = match base {
            Some(base) => {
                compile_once(&base.component, component, &grants)?.with_data(component, &base.old, &base.new)?
            }
            None => compile_once(component, component, &grants)?,
        };
        let events = events(&Handler::from_compiled(&compiled, grants)?);
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        let name = name(component)?;
        let path = folder.path().join(format!("{name}.cwasm"));
        fs::write(&path, compiled.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { task_root: folder.path().to_owned(), name, events, watched, _folder: Some(folder) })
    }

    fn open(path: &Path, grants: Grants, watched: Vec<PathBuf>) -> anyhow::Result<Self> {
        // An absolute path, because `bootstrap` starts in another folder.
        let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
        if path.extension().is_none_or(|extension| extension != "cwasm") {
            bail!("{} is a compiled handler under another name: rename it to end in .cwasm", path.display());
        }
        let events = events(&Handler::load(&path, grants)?);
        let task_root = path.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { task_root, name: name(&path)?, events, watched, _folder: None })
    }
}

fn events(handler: &Handler) -> Exports {
    let exports = handler.exports();
    Exports { disconnect: exports.disconnect || handler.calls_groups(), ..exports }
}

/// Compiles a component for this machine, unless that was done before.
fn compile_once(component: &Path, shown: &Path, grants: &Grants) -> anyhow::Result<Compiled> {
    Ok(compiled_cache::compile(component, || {
        check_imports(component, shown, grants)?;
        show(shown, || COMPILER.compile(component, None))
    })?)
}

/// Refuses what the host would refuse, before the compiler takes its time.
fn check_imports(component: &Path, shown: &Path, grants: &Grants) -> Result<(), LoadError> {
    // The compiler says why a component is none.
    let imports = handler::inspect(component, grants).map(|interface| interface.imports).unwrap_or_default();
    let refused: Vec<Import> = imports.into_iter().filter(|import| import.grant.is_err()).collect();
    if refused.is_empty() { Ok(()) } else { Err(LoadError::Imports(shown.to_owned(), refused)) }
}

/// Builds what a path names, and returns the component's file.
pub fn build(path: &Path, cancellation: &Cancellation) -> Result<PathBuf, BuildError> {
    let Built { component, .. } = Project::detect(path)?.build(Some(cancellation))?;
    Ok(component)
}

/// Compiles a component, and shows progress.
pub fn compile(component: &Path, target: Option<&str>) -> anyhow::Result<Compiled> {
    Ok(show(component, || handler::compile(component, target))?)
}

fn show<T>(component: &Path, compile: impl FnOnce() -> T) -> T {
    terminal::show(&format!("compiling {}", component.display()), compile)
}

/// A file's name without its extension: the handler's name.
pub fn name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.map(ToOwned::to_owned).with_context(|| format!("the name of {} is not UTF-8", path.display()))
}
