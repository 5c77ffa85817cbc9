//! What `goblet` shows: nothing that others write commands the terminal or passes for another line, and nothing waits for
//! whoever reads it.

#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, process::Stdio, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use support::{Client, Dev, GOBLET, echo_cwasm, puppet, root};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::timeout,
};

/// A function that prints what it got, and succeeds.
const PRINTER: &str = r#"
import json, os, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id, body = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event).get("body")
    if body:
        print(body, flush=True)
    urllib.request.urlopen(f"{api}/{request_id}/response", b'{"statusCode": 200}').close()
"#;

async fn printer(folder: &TempDir) -> Dev {
    fs::write(folder.path().join("printer.py"), PRINTER).unwrap();
    Dev::start_in(folder.path(), ["--command", "python3 printer.py"]).await
}

#[tokio::test]
async fn a_function_forges_no_lines() {
    let folder = TempDir::new().unwrap();
    let mut dev = printer(&folder).await;
    let mut client = dev.connect().await;
    for (printed, shown) in [
        // Escapes in each of a record's fields.
        (r#"{"level":"\u001b[2J","message":"one"}"#, "                  info         one"),
        (r#"{"level":"ERROR\n12:00:00.000  x","message":"two"}"#, "                  info         two"),
        (r#"{"message":"three","span":{"connection_id":"\u001b]0;x\u0007"}}"#, "                  info         three"),
        (r#"{"message":"four\u001b[2J\u202e\u200b"}"#, r"info         four\u{1b}[2J\u{202e}\u{200b}"),
        // And in plain text.
        ("five\u{1b}[31m\u{9b}\u{2066}\u{feff}", r"info         five\u{1b}[31m\u{9b}\u{2066}\u{feff}"),
    ] {
        client.send(printed).await;
        let line = dev.line("info  ").await;
        assert!(line.ends_with(shown), "{line:?}");
    }
    // Further lines of a message are told from new ones by their indentation.
    client.send(r#"{"message":"six\n12:00:00.000  L0SM9cOFvHcCIhw=  sent  forged"}"#).await;
    let line = dev.line("forged").await;
    let is_event = line.contains("$default");
    let line = if is_event { dev.line("forged").await } else { line };
    assert!(line.starts_with("                  12:00:00.000"), "{line:?}");
}

#[tokio::test]
async fn a_failure_is_told_once() {
    let folder = TempDir::new().unwrap();
    let handler = folder.path().join("puppet.cwasm");
    fs::write(&handler, puppet()).unwrap();
    let mut dev = Dev::start([&handler]).await;
    let mut client = dev.connect().await;
    client.send("fail with this reason").await;
    client.receive().await;
    client.send("print the end").await;
    let line = dev.line("with this reason").await;
    assert!(line.contains("$default") && line.ends_with("Handler.Failed: with this reason"), "{line}");
    loop {
        let line = dev.line("").await;
        assert!(!line.contains("error        with this reason"), "{line}");
        if line.contains("print the end") {
            return;
        }
    }
}

#[tokio::test]
async fn routes_that_nobody_needs_are_no_mistake() {
    let mut dev = Dev::echo().await;
    let client = dev.connect().await;
    dev.line("127.0.0.1  accepted (the API has no $connect route)").await;
    client.close().await;
    dev.line("closed (the API has no $disconnect route)").await;
}

/// What a template says is shown in errors and notes.
#[tokio::test]
async fn a_template_forges_no_lines() {
    let folder = TempDir::new().unwrap();
    let template = folder.path().join("template.yaml");
    let run = async |name: &str| {
        fs::write(&template, format!("Resources: {{F: {{Type: 'AWS::Lambda::Function', Condition: {name}}}}}"))
            .unwrap();
        let goblet = Command::new(GOBLET).args(["dev", "--port", "0"]).current_dir(folder.path()).output();
        String::from_utf8(goblet.await.unwrap().stderr).unwrap()
    };
    let says = run(r#""no\u001b[2J\u202e\nerror: forged""#).await;
    assert!(says.contains(r"no\u{1b}[2J\u{202e}") && says.contains("\n       error: forged"), "{says:?}");
    assert!(!says.contains("\nerror: forged") && !says.contains('\x1b') && !says.contains('\u{202e}'), "{says:?}");
}

/// `goblet dev` whose stdout is read up to its first line, and no further.
async fn start_unread() -> (Child, String) {
    let mut goblet = Command::new(GOBLET)
        .args(["dev", "--port", "0"])
        .arg(echo_cwasm())
        .current_dir(root())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let stdout = goblet.stdout.as_mut().unwrap();
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push(char::from(timeout(support::PATIENCE, stdout.read_u8()).await.expect("a line in time").unwrap()));
    }
    let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
    (goblet, url)
}

/// A pipe takes the lines of some 400 messages, and then no more.
#[tokio::test]
async fn nobody_reads_the_lines() {
    let (mut goblet, url) = start_unread().await;
    let mut client = Client::connect(&url).await.unwrap();
    for number in 0..2000 {
        let message = number.to_string();
        assert_eq!(client.ask(&message).await, message);
    }
    kill(Pid::from_raw(goblet.id().unwrap().try_into().unwrap()), Signal::SIGTERM).unwrap();
    let ended = timeout(Duration::from_secs(4), goblet.wait()).await;
    assert!(ended.expect("ends within 4 s").unwrap().success());
}
