//! What `bootstrap` says of what it cannot use: the file or the field, and the next step.

use std::{fs, process::Command};

use serde_json::json;

use super::{
    bootstrap::{BOOTSTRAP, Package},
    events, guests,
};

/// What the function answers to any event, if its handler cannot be loaded.
async fn load_error(package: Package) -> String {
    let (error_type, message) = package.start().error(&json!({})).await;
    assert_eq!(error_type, "Handler.NotLoaded", "{message}");
    message
}

#[tokio::test]
async fn events_that_are_none_fail_and_cost_nothing_else() {
    let function = Package::handler(&guests::echo().1).start();
    let rest = json!({"httpMethod": "GET", "path": "/", "requestContext": {"requestId": "x", "stage": "api"}});
    for (event, says) in [
        (json!({}), "requestContext"),
        (json!(null), "null"),
        (json!([]), "not an event of a WebSocket API"),
        (json!("foo"), "not an event of a WebSocket API"),
        (rest, "requestContext"),
        (events::encoded_message("!"), "isBase64Encoded"),
    ] {
        let (error_type, message) = function.error(&event).await;
        assert_eq!(error_type, "Event.Invalid", "{event}: {message}");
        assert!(message.contains(says), "{event}: {message}");
        assert_eq!(function.invoke(&events::disconnect(1000, "")).await.unwrap()["statusCode"], 200);
    }
}

#[tokio::test]
async fn no_handler() {
    let says = load_error(Package::file("other.cwasm", &guests::echo().1)).await;
    assert!(says.contains("no handler at") && says.contains("/handler.cwasm"), "{says}");
}

#[tokio::test]
async fn a_component_that_is_not_compiled() {
    let component = fs::read(&guests::echo().0).unwrap();
    for name in ["handler.wasm", "handler.cwasm"] {
        let says = load_error(Package::file(name, &component)).await;
        let next_step = format!("/{name}`");
        assert!(says.contains("not compiled yet: run `goblet compile ") && says.contains(&next_step), "{says}");
    }
}

#[tokio::test]
async fn a_core_module() {
    let says = load_error(Package::handler(b"\0asm\x01\0\0\0")).await;
    assert!(says.contains("core WebAssembly module"), "{says}");
}

#[tokio::test]
async fn another_architecture() {
    let other = if cfg!(target_arch = "x86_64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };
    let compiled = goblet_host::handler::compile(&guests::echo().0, Some(other)).unwrap();
    let says = load_error(Package::handler(compiled.as_bytes())).await;
    assert!(says.contains("compiled for another host") && says.contains("goblet compile"), "{says}");
}

#[test]
fn an_architecture_that_lambda_does_not_have() {
    let compiled = goblet_host::handler::compile(&guests::echo().0, Some("riscv64gc-unknown-linux-gnu"));
    let says = compiled.err().unwrap().to_string();
    assert!(says.contains("cannot compile for riscv64gc-unknown-linux-gnu"), "{says}");
    assert!(says.contains("Use arm64, x86_64"), "{says}");
}

#[tokio::test]
async fn a_damaged_file() {
    let compiled = &guests::echo().1;
    for length in [4, 5, 63, 64, 1000, compiled.len() / 2, compiled.len() - 1] {
        let says = load_error(Package::handler(&compiled[..length])).await;
        assert!(says.contains("handler.cwasm is damaged"), "{length} bytes: {says}");
    }
    // ELF's class and byte order, where its table of sections is, and the flags that wasmtime sets.
    for at in [4, 5, 42, 48] {
        let mut flipped = compiled.clone();
        flipped[at] ^= 0xff;
        let says = load_error(Package::handler(&flipped)).await;
        assert!(says.contains("handler.cwasm is damaged"), "byte {at}: {says}");
    }
}

/// A component with so many instances of a core module, and no route.
fn of_core_instances(count: usize) -> Vec<u8> {
    let instances = "(core instance (instantiate $module))".repeat(count);
    guests::of_component(&wat::parse_str(format!("(component (core module $module) {instances})")).unwrap())
}

#[tokio::test]
async fn a_component_over_a_limit() {
    let says = load_error(Package::handler(&of_core_instances(65))).await;
    assert!(
        says.contains("over a limit") && says.contains("65 core module instances") && says.contains("64"),
        "{says}"
    );
    let says = load_error(Package::handler(&of_core_instances(64))).await;
    assert!(says.contains("exports no route"), "{says}");
}

/// A component with instances of these names, which have no functions.
fn of_exports(names: &[&str]) -> Vec<u8> {
    let exports: Vec<String> = names.iter().map(|name| format!(r#"(export "{name}" (instance $empty))"#)).collect();
    let empty = "(component $empty) (instance $empty (instantiate $empty))";
    guests::of_component(&wat::parse_str(format!("(component {empty} {})", exports.join(" "))).unwrap())
}

#[tokio::test]
async fn an_export_in_another_version() {
    let (message, connect) = ("goblet:websocket/on-message@0.1.0", "goblet:websocket/on-connect@0.2.0");
    for names in [vec![message, connect], vec![connect]] {
        let says = load_error(Package::handler(&of_exports(&names))).await;
        assert!(says.contains(&format!("exports {connect}, but this host serves version 0.1: build it")), "{says}");
    }
}

#[tokio::test]
async fn an_export_without_its_function() {
    let says = load_error(Package::handler(&of_exports(&["goblet:websocket/on-connect@0.1.0"]))).await;
    assert!(says.contains("does not fit this host") && says.contains("on-connect"), "{says}");
}

#[tokio::test]
async fn a_handler_that_is_no_file() {
    let package = Package::file("other.cwasm", &[]);
    assert!(Command::new("mkfifo").arg(package.path("handler.cwasm")).status().unwrap().success());
    let says = load_error(package).await;
    assert!(says.contains("handler.cwasm is a FIFO, not a file"), "{says}");

    let package = Package::file("other.cwasm", &[]);
    fs::create_dir(package.path("handler.cwasm")).unwrap();
    let says = load_error(package).await;
    assert!(says.contains("handler.cwasm is a folder, not a file"), "{says}");
}

#[tokio::test]
async fn a_system_without_addresses() {
    // In KB.
    let package = Package::handler(&guests::echo().1).shell("ulimit -v 4000000 && exec \"$0\"");
    let says = load_error(package).await;
    assert!(says.contains("cannot reserve the addresses") && says.contains("ulimit -v"), "{says}");
}

#[tokio::test]
async fn settings_that_make_no_sense() {
    for (name, value, says) in [
        ("GOBLET_MEMORY_MB", "much", "GOBLET_MEMORY_MB is \"much\""),
        ("GOBLET_ENVIRONMENT", "AWS_SECRET_ACCESS_KEY", "AWS credentials are granted to no handler"),
    ] {
        let message = load_error(Package::handler(&guests::echo().1).variable(name, value)).await;
        assert!(message.contains(says) && message.contains(name), "{message}");
    }
}

#[test]
fn started_by_hand() {
    let output = Command::new(BOOTSTRAP).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let says = String::from_utf8(output.stdout).unwrap();
    assert!(says.contains("AWS_LAMBDA_RUNTIME_API is not set") && says.contains("goblet dev"), "{says}");
}

#[test]
fn a_runtime_api_without_an_address() {
    for address in ["not an address", "", "/path", "127.0.0.1:99999"] {
        let output = Command::new(BOOTSTRAP)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .envs([("AWS_LAMBDA_FUNCTION_NAME", "echo"), ("AWS_LAMBDA_FUNCTION_VERSION", "1")])
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        // Where a panic would be told.
        assert!(output.stderr.is_empty(), "{output:?}");
        let says = String::from_utf8(output.stdout).unwrap();
        assert!(says.contains(&format!("AWS_LAMBDA_RUNTIME_API is {address:?}")), "{says}");
    }
}
