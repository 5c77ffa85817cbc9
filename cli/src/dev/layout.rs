//! A function's files, laid out as Lambda lays them out.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use goblet_build::{BuildError, Cancellation};
use tempfile::TempDir;

use crate::architecture::Architecture;

/// Where Lambda puts a function's package and the content of its layers:
/// <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
const PACKAGE: &str = "var/task";
const LAYERS: &str = "opt";

/// The most that a package and its layers may have together, in bytes, as on AWS:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const MAX_SIZE: u64 = 250 * 1024 * 1024;

/// What a folder counts for, in bytes: links may lead to very many empty ones.
const FOLDER_SIZE: u64 = 1024;

/// A copy of a function's package and of its layers. A build that replaces the originals does not change the copy.
pub struct Layout {
    folder: TempDir,
}

impl Layout {
    /// Copies the layers, each over those before it, and the package. Copying ends when it is cancelled.
    pub fn of(package: &Path, layers: &[PathBuf], cancellation: &Cancellation) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        let layers = layers.iter().map(|layer| (layer.as_path(), LAYERS));
        let mut copy = Copy { cancellation, left: MAX_SIZE };
        for (from, to) in layers.chain([(package, PACKAGE)]) {
            copy.folder(from, &folder.path().join(to), &[])?;
        }
        Ok(Self { folder })
    }

    /// The folder that stands for `/var/task`.
    pub fn task_root(&self) -> PathBuf {
        self.folder.path().join(PACKAGE)
    }

    /// The folder that stands for `/opt`. There is none without layers.
    pub fn layers(&self) -> PathBuf {
        self.folder.path().join(LAYERS)
    }

    /// The program that Lambda starts: the package's own `bootstrap`, or else the one of the layers.
    pub fn bootstrap(&self) -> PathBuf {
        let own = self.task_root().join("bootstrap");
        if own.is_file() { own } else { self.layers().join("bootstrap") }
    }

    /// The architecture that the program is built for, if this machine has another one.
    pub fn other_architecture(&self) -> Option<Architecture> {
        let mut header = [0; 20];
        fs::File::open(self.bootstrap()).and_then(|mut file| file.read_exact(&mut header)).ok()?;
        Architecture::of_program(&header).filter(|own| Some(*own) != Architecture::of_this_machine())
    }
}

/// Copies folders. Symbolic links are followed, because what they lead to may be outside of the package.
struct Copy<'a> {
    cancellation: &'a Cancellation,
    /// How many bytes may still come.
    left: u64,
}

impl Copy<'_> {
    /// Copies a folder with everything in it. The folders that it is in are given by their canonical paths.
    fn folder(&mut self, from: &Path, to: &Path, outer: &[PathBuf]) -> anyhow::Result<()> {
        let cannot_copy = || format!("cannot copy {}", from.display());
        let canonical = from.canonicalize().with_context(cannot_copy)?;
        if outer.contains(&canonical) {
            bail!(
                "cannot package {}: it is a link to {}, a folder that it is in; take the link out of the package",
                from.display(),
                canonical.display()
            );
        }
        self.count(FOLDER_SIZE)?;
        let inner = [outer, &[canonical]].concat();
        fs::create_dir_all(to).with_context(cannot_copy)?;
        for entry in fs::read_dir(from).with_context(cannot_copy)? {
            let name = entry.with_context(cannot_copy)?.file_name();
            self.entry(&from.join(&name), &to.join(&name), &inner)?;
        }
        Ok(())
    }

    fn entry(&mut self, from: &Path, to: &Path, outer: &[PathBuf]) -> anyhow::Result<()> {
        if self.cancellation.is_cancelled() {
            return Err(BuildError::Cancelled.into());
        }
        let cannot_copy = || format!("cannot copy {}", from.display());
        let metadata = fs::metadata(from).with_context(cannot_copy)?;
        if metadata.is_dir() {
            return self.folder(from, to, outer);
        }
        if !metadata.is_file() {
            // To read from a named pipe would wait for ever.
            bail!("cannot package {}: it is neither a file nor a folder; take it out of the package", from.display());
        }
        self.count(metadata.len())?;
        fs::copy(from, to).with_context(cannot_copy)?;
        Ok(())
    }

    fn count(&mut self, size: u64) -> anyhow::Result<()> {
        let left = self.left.checked_sub(size);
        self.left = left.context(
            "the package and its layers have more than 250 MB, AWS's limit: take out what the function does not need",
        )?;
        Ok(())
    }
}
