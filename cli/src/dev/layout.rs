//! A function's files, laid out as Lambda lays them out.

use std::{
    env, fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// Where Lambda puts a function's package and the content of its layers:
/// <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
const PACKAGE: &str = "var/task";
const LAYERS: &str = "opt";

/// A copy of a function's package and of its layers. A build that replaces the originals does not change the copy.
pub struct Layout {
    folder: TempDir,
}

impl Layout {
    /// Copies the layers, each over those before it, and the package.
    pub fn of(package: &Path, layers: &[PathBuf]) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        let layers = layers.iter().map(|layer| (layer.as_path(), LAYERS));
        for (from, to) in layers.chain([(package, PACKAGE)]) {
            copy(from, &folder.path().join(to))?;
        }
        Ok(Self { folder })
    }

    /// The folder that stands for `/var/task`.
    pub fn task_root(&self) -> PathBuf {
        self.folder.path().join(PACKAGE)
    }

    /// The program that Lambda starts: the package's own `bootstrap`, or else the one of the layers.
    pub fn bootstrap(&self) -> PathBuf {
        let own = self.task_root().join("bootstrap");
        if own.is_file() { own } else { self.folder.path().join(LAYERS).join("bootstrap") }
    }

    /// The architecture that the program is built for, by Lambda's name, if this machine has another one.
    pub fn other_architecture(&self) -> Option<&'static str> {
        let mut header = [0; 20];
        fs::File::open(self.bootstrap()).and_then(|mut file| file.read_exact(&mut header)).ok()?;
        // ELF's `e_machine`: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>.
        let (architecture, name) = match (&header[..4], header[18]) {
            (b"\x7fELF", 0x3e) => ("x86_64", "x86_64"),
            (b"\x7fELF", 0xb7) => ("aarch64", "arm64"),
            _ => return None,
        };
        (architecture != env::consts::ARCH).then_some(name)
    }
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let cannot_copy = || format!("cannot copy {}", from.display());
    fs::create_dir_all(to).with_context(cannot_copy)?;
    for entry in fs::read_dir(from).with_context(cannot_copy)? {
        let name = entry.with_context(cannot_copy)?.file_name();
        let (from, to) = (from.join(&name), to.join(&name));
        let cannot_copy = || format!("cannot copy {}", from.display());
        let metadata = fs::metadata(&from).with_context(cannot_copy)?;
        if metadata.is_dir() {
            copy(&from, &to)?;
        } else if metadata.is_file() {
            fs::copy(&from, &to).with_context(cannot_copy)?;
        } else {
            // To read from a named pipe would wait for ever.
            bail!("cannot package {}: it is neither a file nor a folder; take it out of the package", from.display());
        }
    }
    Ok(())
}
