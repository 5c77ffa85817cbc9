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
