//! Handlers, compiled once for all tests.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use tempfile::TempDir;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The whole project's folder.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The echo handler as a component, and compiled.
pub fn echo() -> &'static (PathBuf, Vec<u8>) {
    static ECHO: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    ECHO.get_or_init(|| built("guest/echo"))
}

/// The handler that does what it is told, compiled.
pub fn puppet() -> &'static [u8] {
    static PUPPET: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    &PUPPET.get_or_init(|| built("tests/guests/puppet")).1
}

/// The handler that keeps groups and state, compiled.
pub fn keeper() -> &'static [u8] {
    static KEEPER: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    &KEEPER.get_or_init(|| built("tests/guests/keeper")).1
}

/// The handler that sends requests to AWS, compiled.
pub fn caller() -> &'static [u8] {
    static CALLER: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    &CALLER.get_or_init(|| built("tests/guests/caller")).1
}

/// The handler that joins a group, and never ends when it is told of a disconnect, compiled.
pub fn straggler() -> &'static [u8] {
    static STRAGGLER: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    &STRAGGLER.get_or_init(|| built("tests/guests/straggler")).1
}

/// The handler of connect events alone, compiled.
pub fn doorman() -> &'static [u8] {
    static DOORMAN: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    &DOORMAN.get_or_init(|| built("tests/guests/doorman")).1
}

/// Any project, built and compiled.
pub fn built(folder: &str) -> (PathBuf, Vec<u8>) {
    let component = goblet_build::build(&root().join(folder)).unwrap();
    let compiled = goblet_host::handler::compile(&component, None).unwrap();
    (component, compiled.as_bytes().to_owned())
}

/// A handler of messages with these contents in its core module, which does nothing with a message, compiled.
pub fn of_module(contents: &str) -> Vec<u8> {
    of_module_with(&[], contents)
}

/// The same with more exports. The contents have their functions.
pub fn of_module_with(exports: &[&str], contents: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
            {contents}
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "goblet:websocket/on-message@0.1.1#on-ws-message") (param i32) (result i32)
                (call $on_message)
                (i32.const 0)))"#
    );
    let mut module = wat::parse_str(module).unwrap();
    let mut resolve = Resolve::default();
    resolve.push_path(root().join("wit")).unwrap();
    let exports = exports.iter().chain(&["on-message"]).map(|name| format!("export goblet:websocket/{name}@0.1.1;"));
    let world = format!("package test:guest; world guest {{ {} }}", exports.collect::<String>());
    let package = resolve.push_str("guest.wit", &world).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    of_component(&ComponentEncoder::default().module(&module).unwrap().encode().unwrap())
}

/// Any component, compiled.
pub fn of_component(component: &[u8]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("guest.wasm");
    fs::write(&file, component).unwrap();
    goblet_host::handler::compile(&file, None).unwrap().as_bytes().to_owned()
}
