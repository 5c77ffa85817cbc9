//! What `goblet` shows: nothing that others write commands the terminal or passes for another line, and nothing waits for
//! whoever reads it.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    io::{self, PipeReader, PipeWriter, Write as _},
    path::Path,
    process::{self, Stdio},
    time::Duration,
};

use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use support::{Client, Dev, GOBLET, PATIENCE, echo_cwasm, echo_wasm, output, puppet, root};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
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
#[test]
fn a_template_forges_no_lines() {
    let folder = TempDir::new().unwrap();
    let template = folder.path().join("template.yaml");
    let run = |name: &str| {
        fs::write(&template, format!("Resources: {{F: {{Type: 'AWS::Lambda::Function', Condition: {name}}}}}"))
            .unwrap();
        let mut goblet = process::Command::new(GOBLET);
        String::from_utf8(output(goblet.args(["dev", "--port", "0"]).current_dir(folder.path())).stderr).unwrap()
    };
    let says = run(r#""no\u001b[2J\u202e\nerror: forged""#);
    assert!(says.contains(r"no\u{1b}[2J\u{202e}") && says.contains("\n       error: forged"), "{says:?}");
    assert!(!says.contains("\nerror: forged") && !says.contains('\x1b') && !says.contains('\u{202e}'), "{says:?}");
}

/// `goblet dev` with a handler, on a free port.
fn dev(handler: &Path) -> Command {
    let mut goblet = Command::new(GOBLET);
    goblet.args(["dev", "--port", "0"]).arg(handler).current_dir(root()).kill_on_drop(true);
    goblet
}

/// Starts `goblet dev`, whose stdout is read up to its first line, and no further.
async fn start_unread(mut goblet: Command) -> (Child, String) {
    let mut goblet = goblet.stdout(Stdio::piped()).spawn().unwrap();
    let stdout = goblet.stdout.as_mut().unwrap();
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push(char::from(timeout(PATIENCE, stdout.read_u8()).await.expect("a line in time").unwrap()));
    }
    let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
    (goblet, url)
}

fn terminate(goblet: &Child) {
    kill(Pid::from_raw(goblet.id().unwrap().try_into().unwrap()), Signal::SIGTERM).unwrap();
}

/// A pipe takes the lines of some 400 messages, and then no more.
#[tokio::test]
async fn nobody_reads_the_lines() {
    let (mut goblet, url) = start_unread(dev(echo_cwasm())).await;
    let mut client = Client::connect(&url).await.unwrap();
    for number in 0..2000 {
        let message = number.to_string();
        assert_eq!(client.ask(&message).await, message);
    }
    terminate(&goblet);
    // It answers the close frame.
    let closed = tokio::spawn(client.closed());
    let ended = timeout(Duration::from_secs(4), goblet.wait()).await;
    assert!(ended.expect("ends within 4 s").unwrap().success());
    assert_eq!(u16::from(closed.await.unwrap().code), 1001);
}

/// A pipe that nobody reads, and that is full already.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = io::pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    while writer.write(&[b'\n'; 4096]).is_ok() {}
    while writer.write(b"\n").is_ok() {}
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    (reader, writer)
}

/// Puts a file in the place of another one.
fn swap(file: &Path, content: &[u8]) {
    let next = file.with_extension("next");
    fs::write(&next, content).unwrap();
    fs::rename(&next, file).unwrap();
}

#[tokio::test]
async fn nobody_reads_the_first_line() {
    let folder = TempDir::new().unwrap();
    let handler = folder.path().join("handler.cwasm");
    swap(&handler, puppet());
    let (_reader, writer) = full_pipe();
    let mut goblet = dev(&handler).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(goblet.stderr.take().unwrap()).lines();
    let reloaded = async {
        loop {
            // It says when it reloads, but not when it begins to watch.
            swap(&handler, puppet());
            match timeout(Duration::from_secs(1), lines.next_line()).await {
                Ok(Ok(Some(line))) if line.contains("reloaded in") => return,
                Ok(Ok(None)) => panic!("it ended"),
                _ => {}
            }
        }
    };
    timeout(PATIENCE, reloaded).await.expect("it serves");
    terminate(&goblet);
    assert!(timeout(PATIENCE, goblet.wait()).await.expect("it ends").unwrap().success());
}

#[tokio::test]
async fn nobody_reads_the_messages() {
    let folder = TempDir::new().unwrap();
    let handler = folder.path().join("handler.cwasm");
    let echo = fs::read(echo_cwasm()).unwrap();
    swap(&handler, &echo);
    let (_reader, writer) = full_pipe();
    let mut goblet = dev(&handler);
    goblet.stderr(writer);
    let (mut goblet, url) = start_unread(goblet).await;
    let mut client = Client::connect(&url).await.unwrap();
    for (content, answer) in [(puppet(), "foo"), (&echo, "echo foo"), (puppet(), "foo")] {
        swap(&handler, content);
        let reloaded = async {
            while client.ask("echo foo").await != answer {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, reloaded).await.expect("it reloads");
    }
    drop(client);
    terminate(&goblet);
    assert!(timeout(PATIENCE, goblet.wait()).await.expect("it ends").unwrap().success());
}

#[tokio::test]
async fn nobody_reads_why_it_fails() {
    let (_reader, writer) = full_pipe();
    let mut goblet = dev("no/such.wasm".as_ref()).stderr(writer).spawn().unwrap();
    let ended = timeout(PATIENCE, goblet.wait()).await.expect("it ends").unwrap();
    assert_eq!(ended.code(), Some(1));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let status = process::Command::new(GOBLET).arg("inspect").arg(echo_wasm()).stdout(writer).status().unwrap();
    assert!(status.success(), "{status}");
}
