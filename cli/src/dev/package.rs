//! A function as Lambda lays it out for the function's program.

use std::{
    env, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::TempDir;

/// Where Lambda puts a function's package and the content of its layers:
/// <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>.
const PACKAGE: &str = "var/task";
const LAYERS: &str = "opt";

/// A copy of a function's package and of its layers: what is built meanwhile does not change what is served.
pub struct Package {
    folder: TempDir,
}

impl Package {
    /// Lays out a function's package and its layers, a later one over those before it.
    pub fn lay_out(package: &Path, layers: &[PathBuf]) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("goblet-").context("cannot make a temporary folder")?;
        let layers = layers.iter().map(|layer| (layer.as_path(), LAYERS));
        for (from, to) in layers.chain([(package, PACKAGE)]) {
            copy(from, &folder.path().join(to)).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(Self { folder })
    }

    /// Stands for `/var/task`.
    pub fn task_root(&self) -> PathBuf {
        self.folder.path().join(PACKAGE)
    }

    /// The program that Lambda starts: the package's, or else the layers'.
    pub fn bootstrap(&self) -> PathBuf {
        let own = self.task_root().join("bootstrap");
        if own.is_file() { own } else { self.folder.path().join(LAYERS).join("bootstrap") }
    }

    /// The architecture that the program is built for, as Lambda names it, where it is not this machine's.
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

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
