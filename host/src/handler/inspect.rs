//! Shows what a handler serves and imports, without compiling it.

use std::{fs, path::Path};

use wasmparser::{BinaryReaderError, Parser, Payload};

use super::{
    artefact,
    compiler::CompileError,
    engine,
    exports::Exports,
    file::{Kind, kind},
    grants::Grants,
    imports::{self, Import},
    load_error::LoadError,
};

/// What a handler serves and imports.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// The events that it has an export for.
    pub exports: Exports,
    /// The interfaces that it imports, with what becomes of each.
    pub imports: Vec<Import>,
}

/// The names of what a component imports and exports.
#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// Reads from a component (a `.wasm` file) or a compiled one (`.cwasm`) what it serves and imports, and tells which
/// imports a host with these grants would refuse.
///
/// # Errors
///
/// [`CompileError`] if the file is no handler, if it exports no route, or if it exports one in another version.
pub fn inspect(path: &Path, grants: &Grants) -> Result<Interface, CompileError> {
    let Names { imports, exports } = match kind(path)? {
        Kind::Component => {
            let bytes = fs::read(path).map_err(|error| LoadError::Unreadable(path.to_owned(), error))?;
            of_component(&bytes).map_err(|error| CompileError::Invalid(path.to_owned(), error.to_string()))?
        }
        Kind::Compiled => of_compiled(path)?,
    };
    let exports = Exports::of(&exports).map_err(|wrong| LoadError::Exports(path.to_owned(), wrong))?;
    if exports == Exports::default() {
        return Err(LoadError::NoRoute(path.to_owned()).into());
    }
    Ok(Interface { exports, imports: imports::judge(imports, grants) })
}

fn of_component(bytes: &[u8]) -> Result<Names, BinaryReaderError> {
    let mut names = Names::default();
    // Components may have modules and components in them, which have imports and exports of their own.
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    names.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

fn of_compiled(path: &Path) -> Result<Names, LoadError> {
    let engine = engine::runtime()?;
    let component = artefact::from_file(&engine, path)?.component_type();
    let imports = component.imports(&engine).map(|(name, _)| name.to_owned()).collect();
    let exports = component.exports(&engine).map(|(name, _)| name.to_owned()).collect();
    Ok(Names { imports, exports })
}
