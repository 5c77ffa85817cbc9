//! What is served changes, and connections stay.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;

use support::{Dev, echo_cwasm, echo_wasm, puppet, root};
use tempfile::TempDir;

/// The echo sends back the whole message; the puppet does what it says.
const MESSAGE: &str = "echo foo";

#[tokio::test]
async fn a_file_is_swapped() {
    let folder = TempDir::new().unwrap();
    let handler = folder.path().join("handler.cwasm");
    fs::copy(echo_cwasm(), &handler).unwrap();
    let mut dev = Dev::start([&handler]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask(MESSAGE).await, MESSAGE);

    // Over what is mapped into memory one does not write: tools put another file in its place.
    let next = folder.path().join("next");
    fs::write(&next, puppet()).unwrap();
    fs::rename(&next, &handler).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(client.ask(MESSAGE).await, "foo");

    fs::write(&next, "no handler").unwrap();
    fs::rename(&next, &handler).unwrap();
    dev.line("no WebAssembly").await;
    dev.line("what was served before is served on").await;
    assert_eq!(client.ask(MESSAGE).await, "foo");
}

/// A crate of its own, outside of the workspace.
#[tokio::test]
async fn a_crate_is_built_again() {
    let folder = TempDir::new().unwrap();
    let source = fs::read_to_string(root().join("guest/echo/src/lib.rs")).unwrap();
    let wit = root().join("wit").canonicalize().unwrap();
    let source = source.replace("../../wit", wit.to_str().unwrap());
    let manifest = "[package]\nname = \"copy\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
        [lib]\ncrate-type = [\"cdylib\"]\n\n[dependencies]\nwit-bindgen = \"0.63\"\n\n[workspace]\n";
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("src/lib.rs"), &source).unwrap();
    let mut dev = Dev::start([folder.path()]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");

    fs::write(folder.path().join("src/lib.rs"), "no Rust").unwrap();
    dev.line("what was served before is served on").await;
    assert_eq!(client.ask("foo").await, "foo");

    let loud = source.replace("&event.body)", "&Payload::Text(\"loud\".to_owned()))");
    assert_ne!(loud, source);
    fs::write(folder.path().join("src/lib.rs"), loud).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "loud");
}

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: !Ref Stage
      RouteSelectionExpression: $request.body.action
      Routes:
        $default: {FunctionArn: !GetAtt Echo.Arn}
        ask: {FunctionArn: !GetAtt Mirror.Arn, RouteResponseSelectionExpression: $default}
  Echo:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: echo, CodeUri: echo}
  Mirror:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: mirror
      CodeUri: mirror
      Environment: {Variables: {EVENTS: /dev/null}}
";

#[tokio::test]
async fn a_template_with_several_functions_is_served_and_swapped() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("template.yaml"), TEMPLATE).unwrap();
    fs::create_dir(path("echo")).unwrap();
    fs::copy(echo_wasm(), path("echo/echo.wasm")).unwrap();
    fs::create_dir(path("mirror")).unwrap();
    fs::copy(root().join("tests/functions/mirror/mirror.py"), path("mirror/mirror.py")).unwrap();
    // The command for all others is for none of these: one has its own, and one is a handler.
    let commands = ["--command", "Mirror=python3 {handler}.py", "--command", "false"];
    let arguments = commands.into_iter().chain(["--parameter-overrides", "Stage=test"]);
    let mut dev = Dev::start_in(folder.path(), arguments).await;
    assert!(dev.url.ends_with("/test/"), "{}", dev.url);
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    let question = r#"{"action": "ask", "routeKey": true}"#;
    assert_eq!(client.ask(question).await, "ask");

    fs::write(path("template.yaml"), TEMPLATE.replace("ask:", "query:")).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(client.ask(question).await, question);
    assert_eq!(client.ask(r#"{"action": "query", "routeKey": true}"#).await, "query");

    fs::write(path("template.yaml"), TEMPLATE.replace("!GetAtt Echo.Arn", "!GetAtt Gone.Arn")).unwrap();
    dev.line("the template has no resource Gone").await;
    assert_eq!(client.ask("bar").await, "bar");
}
