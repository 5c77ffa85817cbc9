//! What a handler's file is.

use std::{
    fs::{self, FileType},
    io::{self, Read as _},
    os::unix::fs::FileTypeExt as _,
    path::Path,
};

use super::load_error::LoadError;

/// How a core module and a component start:
/// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md>.
const CORE_MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// How a compiled component starts: wasmtime writes an ELF file.
const ELF: [u8; 4] = *b"\x7fELF";

/// What a handler's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A component, as a tool chain writes it (`.wasm`).
    Component,
    /// A compiled component, as `goblet compile` writes it (`.cwasm`).
    Compiled,
}

/// Reads from a file's first bytes what it is.
///
/// # Errors
///
/// [`LoadError`] if it is neither kind, or cannot be read.
pub fn kind(path: &Path) -> Result<Kind, LoadError> {
    let unreadable = |error| LoadError::Unreadable(path.to_owned(), error);
    // Before it is opened: opening a FIFO waits for a writer.
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(metadata) => return Err(LoadError::NotAFile(path.to_owned(), name_of(metadata.file_type()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LoadError::Missing(path.to_owned())),
        Err(error) => return Err(unreadable(error)),
    }
    let mut start = Vec::new();
    fs::File::open(path).map_err(unreadable)?.take(8).read_to_end(&mut start).map_err(unreadable)?;
    if start == COMPONENT {
        Ok(Kind::Component)
    } else if start == CORE_MODULE {
        Err(LoadError::CoreModule(path.to_owned()))
    } else if start.starts_with(&ELF) {
        Ok(Kind::Compiled)
    } else {
        Err(LoadError::NotWebAssembly(path.to_owned()))
    }
}

/// Makes sure that a file is compiled. If it is not, the error tells what to compile.
pub(super) fn expect_compiled(path: &Path) -> Result<(), LoadError> {
    let component = path.with_extension("wasm");
    match kind(path) {
        Ok(Kind::Compiled) => Ok(()),
        Ok(Kind::Component) => Err(LoadError::NotCompiled(path.to_owned())),
        Err(LoadError::Missing(_)) if component.exists() => Err(LoadError::NotCompiled(component)),
        Err(error) => Err(error),
    }
}

fn name_of(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_fifo() {
        "a FIFO"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
