//! `bootstrap` as Lambda starts it: the Runtime API on one side, files on the other.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::OnceLock, time::Duration};

use goblet_gateway::{
    activity::Observer,
    lambda::{Function, FunctionConfig, InvokeError},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_bootstrap");

/// The echo handler as a component, and compiled.
fn echo() -> &'static (PathBuf, Vec<u8>) {
    static ECHO: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    ECHO.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/echo");
        let component = goblet_build::build(folder.as_ref()).unwrap();
        let compiled = goblet_host::handler::compile(&component, None).unwrap();
        (component, compiled.as_bytes().to_owned())
    })
}

/// A function whose package is a folder, with `echo` as its handler.
struct Package {
    folder: TempDir,
}

impl Package {
    fn with(name: &str, bytes: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        Self { folder }
    }

    fn function(&self) -> Function {
        let config = FunctionConfig {
            name: "echo".to_owned(),
            command: vec![BOOTSTRAP.to_owned()],
            handler: "echo".to_owned(),
            task_root: self.folder.path().to_owned(),
            variables: BTreeMap::new(),
            timeout: Duration::from_secs(30),
            memory_size: 128,
            concurrency: 1,
        };
        Function::new(config, Observer::none())
    }

    /// What the function answers to any event, if its handler cannot be loaded.
    async fn load_error(&self) -> String {
        match self.function().invoke("{}".into()).await {
            Err(InvokeError::Function { error_type, error_message }) if error_type == "Handler.NotLoaded" => {
                error_message
            }
            other => panic!("no error of Handler.NotLoaded: {other:?}"),
        }
    }
}

/// An event whose answer needs no connection: the handler has no export for it.
fn disconnect_event() -> Value {
    json!({
        "requestContext": {
            "routeKey": "$disconnect",
            "eventType": "DISCONNECT",
            "disconnectStatusCode": 1000,
            "disconnectReason": "",
            "requestId": "XfVRYGf_IAMFxMg=",
            "connectionId": "L0SM9cOFvHcCIhw=",
            "connectedAt": 1_795_000_000_000_u64,
            "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "stage": "api",
            "apiId": "abc",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": false,
    })
}

fn message_event(body: &str, is_base64_encoded: bool) -> Value {
    let mut event = disconnect_event();
    event["requestContext"]["eventType"] = "MESSAGE".into();
    event["requestContext"]["routeKey"] = "$default".into();
    event["requestContext"]["messageId"] = "XfVRYGf_IAMFxMh=".into();
    event["body"] = body.into();
    event["isBase64Encoded"] = is_base64_encoded.into();
    event
}

#[tokio::test]
async fn events_that_are_none_fail_and_cost_nothing_else() {
    let package = Package::with("echo.cwasm", &echo().1);
    let function = package.function();
    let rest = json!({"httpMethod": "GET", "path": "/", "requestContext": {"requestId": "x", "stage": "api"}});
    for (event, says) in [
        (json!({}), "requestContext"),
        (json!(null), "null"),
        (json!([]), "not an event of a WebSocket API"),
        (json!("foo"), "not an event of a WebSocket API"),
        (rest, "requestContext"),
        (message_event("!", true), "isBase64Encoded"),
    ] {
        match function.invoke(event.to_string().into()).await {
            Err(InvokeError::Function { error_type, error_message }) => {
                assert_eq!(error_type, "Event.Invalid", "{event}: {error_message}");
                assert!(error_message.contains(says), "{event}: {error_message}");
            }
            other => panic!("{event}: {other:?}"),
        }
        let answer = function.invoke(disconnect_event().to_string().into()).await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap()["statusCode"], 200);
    }
}

#[tokio::test]
async fn no_handler() {
    let says = Package::with("other.cwasm", &echo().1).load_error().await;
    assert!(says.contains("no handler at") && says.contains("/echo.cwasm"), "{says}");
}

#[tokio::test]
async fn a_component_that_is_not_compiled() {
    let component = fs::read(&echo().0).unwrap();
    for name in ["echo.wasm", "echo.cwasm"] {
        let says = Package::with(name, &component).load_error().await;
        let next_step = format!("/{name}`");
        assert!(says.contains("not compiled yet: run `goblet compile ") && says.contains(&next_step), "{says}");
    }
}

#[tokio::test]
async fn a_core_module() {
    let says = Package::with("echo.cwasm", b"\0asm\x01\0\0\0").load_error().await;
    assert!(says.contains("core WebAssembly module"), "{says}");
}

#[tokio::test]
async fn another_architecture() {
    let other = if cfg!(target_arch = "x86_64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };
    let compiled = goblet_host::handler::compile(&echo().0, Some(other)).unwrap();
    let says = Package::with("echo.cwasm", compiled.as_bytes()).load_error().await;
    assert!(says.contains("compiled for another host") && says.contains("goblet compile"), "{says}");
}

#[test]
fn started_by_hand() {
    let output = Command::new(BOOTSTRAP).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let says = String::from_utf8(output.stdout).unwrap();
    assert!(says.contains("AWS_LAMBDA_RUNTIME_API is not set") && says.contains("goblet dev"), "{says}");
}
