//! A handler as it is named on the command line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use goblet_host::handler::{self, Compiled, Exports, Grants, Handler, Kind, LoadError};
use tempfile::TempDir;

use crate::progress;

/// A handler that `bootstrap` can load.
pub struct CompiledHandler {
    /// Where it lies: `$LAMBDA_TASK_ROOT/$_HANDLER.cwasm`.
    pub task_root: PathBuf,
    /// The file's name without `.cwasm`.
    pub name: String,
    pub exports: Exports,
    /// Where it was compiled to, and lives as long as it is served.
    _folder: Option<TempDir>,
}

impl CompiledHandler {
    /// From a crate's folder, which is built; a component, which is compiled; or what was compiled before.
    pub fn prepare(path: &Path) -> anyhow::Result<Self> {
        if path.is_file() && kind(path)? == Kind::Compiled {
            return Self::open(path);
        }
        Self::compile(&component(path)?)
    }

    fn compile(component: &Path) -> anyhow::Result<Self> {
        let compiled = compile(component, None)?;
        let exports = Handler::from_compiled(&compiled, Grants::default())?.exports();
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        let name = name(component)?;
        let path = folder.path().join(format!("{name}.cwasm"));
        fs::write(&path, compiled.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { task_root: folder.path().to_owned(), name, exports, _folder: Some(folder) })
    }

    fn open(path: &Path) -> anyhow::Result<Self> {
        // `bootstrap` starts in another folder.
        let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
        if path.extension().is_none_or(|extension| extension != "cwasm") {
            bail!("{} is a compiled handler under another name: rename it to end in .cwasm", path.display());
        }
        let exports = Handler::load(&path, Grants::default())?.exports();
        let task_root = path.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { task_root, name: name(&path)?, exports, _folder: None })
    }
}

/// The component of a crate's folder, which is built; or the path itself.
pub fn component(path: &Path) -> anyhow::Result<PathBuf> {
    if path.is_dir() {
        return Ok(goblet_build::build(path)?);
    }
    kind(path)?;
    Ok(path.to_owned())
}

/// Compiles a component, and shows that it takes its time.
pub fn compile(component: &Path, target: Option<&str>) -> anyhow::Result<Compiled> {
    let what = format!("compiling {}", component.display());
    Ok(progress::show(&what, || handler::compile(component, target))?)
}

/// A file's name without its extension: the handler's name.
pub fn name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.map(ToOwned::to_owned).with_context(|| format!("the name of {} is not UTF-8", path.display()))
}

/// What a file is. On the command line, one that is missing is not Lambda's setting but the argument.
pub fn kind(path: &Path) -> anyhow::Result<Kind> {
    handler::kind(path).map_err(|error| match error {
        LoadError::Missing(_) => anyhow::anyhow!(
            "no handler at {}: give a crate's folder, a component (.wasm) or a compiled one (.cwasm)",
            path.display()
        ),
        error => error.into(),
    })
}
