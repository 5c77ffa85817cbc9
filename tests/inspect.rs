//! What `goblet inspect` shows of a handler.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use support::{GOBLET, echo_cwasm, echo_wasm, root};
use tempfile::TempDir;

fn inspect(handler: &Path) -> Output {
    Command::new(GOBLET).arg("inspect").arg(handler).current_dir(root()).output().unwrap()
}

#[test]
fn routes_and_imports_are_shown_of_a_crate_and_of_its_files() {
    for handler in [Path::new("guest/echo"), echo_wasm(), echo_cwasm()] {
        let output = inspect(handler);
        assert!(output.status.success(), "{output:?}");
        let shown = String::from_utf8(output.stdout).unwrap();
        for line in [
            "routes\n  $default and the API's own (on-message)\nimports\n",
            "  goblet:websocket/connections@0.1.1: sends to connections, closes and describes them\n",
            ": log records of level `info`\n",
        ] {
            assert!(shown.contains(line), "no {line:?} in {shown}");
        }
        assert!(!shown.contains("refused"), "{shown}");
    }
}

/// A handler that may check who connects, for another version of the host.
const WRONG_VERSION: &str = r#"(component
    (component $routes)
    (instance $routes (instantiate $routes))
    (export "goblet:websocket/on-message@0.1.0" (instance $routes))
    (export "goblet:websocket/on-connect@0.2.0" (instance $routes)))"#;

#[test]
fn an_export_in_another_version_is_an_error() {
    let folder = TempDir::new().unwrap();
    let component = folder.path().join("wrong.wasm");
    fs::write(&component, wat::parse_str(WRONG_VERSION).unwrap()).unwrap();
    let compiled = folder.path().join("wrong.cwasm");
    fs::write(&compiled, goblet_host::handler::compile(&component, None).unwrap().as_bytes()).unwrap();
    for handler in [component, compiled] {
        let output = inspect(&handler);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let says = String::from_utf8(output.stderr).unwrap();
        assert!(says.contains("exports goblet:websocket/on-connect@0.2.0, but this host serves version 0.1"), "{says}");
    }
}

/// A handler of messages, with imports that no host grants.
const REFUSED: &str = r#"(component
    (import "wasi:http/types@0.2.6" (instance))
    (import "wasi:cli/exit@0.3.0" (instance))
    (import "wasi:cli/stdout@0.2.0" (instance))
    (component $routes (component $nested) (core module $nested))
    (instance $routes (instantiate $routes))
    (export "goblet:websocket/on-message@0.1.0" (instance $routes)))"#;

#[test]
fn an_import_that_is_refused_is_marked_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let component = folder.path().join("refused.wasm");
    fs::write(&component, wat::parse_str(REFUSED).unwrap()).unwrap();
    let compiled = folder.path().join("refused.cwasm");
    fs::write(&compiled, goblet_host::handler::compile(&component, None).unwrap().as_bytes()).unwrap();
    for handler in [component, compiled] {
        let output = inspect(&handler);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let shown = String::from_utf8(output.stdout).unwrap();
        let imports = [
            "  wasi:http/types@0.2.6: refused: this host does not have it",
            "  wasi:cli/exit@0.3.0: refused: this host has version 0.2",
            "  wasi:cli/stdout@0.2.0: log records of level `info`",
        ];
        assert!(shown.ends_with(&format!("imports\n{}\n", imports.join("\n"))), "{shown}");
        let says = String::from_utf8(output.stderr).unwrap();
        assert!(says.contains("refuses") && says.contains("2 of its imports"), "{says}");
    }
}
