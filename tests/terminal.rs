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
use support::{Client, Dev, GOBLET, PATIENCE, echo_cwasm, echo_wasm, output, puppet, root, virtual_environment};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
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

/// A function that does what goes wrong.
const TROUBLE: &str = r#"
import json, os, urllib.error, urllib.parse, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
management = os.environ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]

def status_of_post(url, body):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, body, method="POST")).status
    except urllib.error.HTTPError as error:
        return error.code

while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id, event = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    response = {"statusCode": 200}
    if event.get("queryStringParameters"):
        response = {"statusCode": 401, "body": json.dumps({"message": "who are you?"})}
    if event.get("body") == "large":
        response["body"] = "x" * 7_000_000
    if event.get("body") == "flood":
        connection_id = urllib.parse.quote(event["requestContext"]["connectionId"], safe="")
        while status_of_post(f"{management}/@connections/{connection_id}", b"x" * 100_000) == 200:
            pass
    status_of_post(f"{api}/{request_id}/response", json.dumps(response).encode())
"#;

async fn trouble(folder: &TempDir) -> Dev {
    fs::write(folder.path().join("trouble.py"), TROUBLE).unwrap();
    Dev::start_in(folder.path(), ["--command", "python3 trouble.py"]).await
}

/// The client itself gets the status alone, as on AWS.
#[tokio::test]
async fn a_refusal_is_told_with_its_body() {
    let folder = TempDir::new().unwrap();
    let mut dev = trouble(&folder).await;
    assert!(Client::connect(&format!("{}?token=no", dev.url)).await.is_err());
    let line = dev.line("$connect").await;
    assert!(line.contains("  401  ") && line.ends_with(r#"{"message": "who are you?"}"#), "{line}");
}

/// The answer to a request with this first line and these headers.
async fn request(dev: &Dev, head: &str) -> String {
    let address = dev.url.strip_prefix("ws://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("an answer in time").unwrap();
    answer
}

#[tokio::test]
async fn every_request_that_is_refused_is_told() {
    let mut dev = Dev::echo().await;
    for (head, told) in [
        ("GET /api/ HTTP/1.1", "426          /api/: this is plain HTTP: connect with a WebSocket client"),
        ("GET /other/ HTTP/1.1", "403          /other/: this API's stage is /api/"),
        ("POST /api/@connections/L0SM9cOFvHcCIhw= HTTP/1.1", "410          /api/@connections/L0SM9cOFvHcCIhw=: Gone"),
        ("POST /api/@connections/none HTTP/1.1", "400          /api/@connections/none: Invalid connectionId: none"),
        ("PUT /api/@connections/none HTTP/1.1", "405          /api/@connections/none: Method Not Allowed"),
    ] {
        let answer = request(&dev, head).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        let line = dev.line(&told[..3]).await;
        assert!(line.ends_with(told), "{line}");
    }
}

#[tokio::test]
async fn what_a_slow_client_loses_is_told() {
    let folder = TempDir::new().unwrap();
    let mut dev = trouble(&folder).await;
    let mut client = dev.connect().await;
    client.send("flood").await;
    let refused = dev.line(" 429  ").await;
    assert!(refused.ends_with(": The client reads too slowly: its buffer is full"), "{refused}");
    drop(client);
    let line = dev.line("  lost  ").await;
    assert!(line.ends_with("messages: the connection closed before the client had read them"), "{line}");
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>: 6 MB.
#[tokio::test]
async fn a_response_that_is_too_large_is_told_by_its_size() {
    let folder = TempDir::new().unwrap();
    let mut dev = trouble(&folder).await;
    let mut client = dev.connect().await;
    client.send("large").await;
    assert!(client.receive().await.contains("Internal server error"));
    let line = dev.line("Function.ResponseSizeTooLarge").await;
    let says = "Response payload size (7000031 bytes) exceeded maximum allowed payload size (6291556 bytes).";
    assert!(line.ends_with(says), "{line}");
    // The function has heard of it, and goes on.
    client.send("flood").await;
    dev.line(" 429  ").await;
}

/// As Lambda's own runtime client for Python reports it: on one line.
#[tokio::test]
async fn a_traceback_is_a_traceback() {
    let folder = TempDir::new().unwrap();
    let app = "
def handler(event, context):
    return inner()

def inner():
    raise ValueError('no\\x1b')
";
    fs::write(folder.path().join("app.py"), app).unwrap();
    let python = virtual_environment("tests/requirements.txt").join("bin/python");
    let command = format!("{} -m awslambdaric app.handler", python.display());
    let mut dev = Dev::start_in(folder.path(), ["--command", &command]).await;
    assert!(dev.try_connect().await.is_err());
    let first = dev.line("error        ValueError: no").await;
    assert!(first.ends_with(r"ValueError: no\u{1b}"), "{first}");
    let lines = dev.lines("raise ValueError").await;
    let indent = " ".repeat(18);
    assert!(lines.iter().all(|line| line.starts_with(&indent)), "{lines:?}");
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_start()).collect();
    assert!(lines[0].starts_with("File ") && lines[0].ends_with("app.py\", line 3, in handler"), "{lines:?}");
    assert_eq!(lines[1], "return inner()");
    assert!(lines[2].ends_with("line 6, in inner"), "{lines:?}");
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
    let echo = fs::read(echo_cwasm()).unwrap();
    let reloaded = async {
        for content in [&echo, puppet()].into_iter().cycle() {
            // It says when it reloads, but not when it begins to watch.
            swap(&handler, content);
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
    // The handler is loaded: from now on, only a reload changes the answer.
    assert_eq!(client.ask("echo foo").await, "echo foo");
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

/// As `goblet dev | head -n 1` does: its reader goes, and so does it, with the next line that it has to say.
#[tokio::test]
async fn it_ends_when_its_reader_has_gone() {
    let mut goblet = dev(echo_cwasm()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(goblet.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    drop(lines);
    let url = first.strip_prefix("Listening on ").unwrap();
    if let Ok(mut client) = Client::connect(url).await {
        client.send("foo").await;
    }
    let status = timeout(PATIENCE, goblet.wait()).await.expect("it ends").unwrap();
    assert!(status.success(), "{status}");
}

/// What each command prints to a disk that is full, and to a pipe that nobody reads.
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let folder = TempDir::new().unwrap();
    let echo = echo_wasm().display().to_string();
    fs::write(folder.path().join("passes.ws"), "> foo\n< foo\n").unwrap();
    fs::write(folder.path().join("fails.ws"), "> foo\n< bar\n").unwrap();
    let run = |arguments: &[&str], stdout: Stdio| {
        let mut goblet = process::Command::new(GOBLET);
        goblet.args(arguments).current_dir(folder.path()).stdout(stdout).stderr(Stdio::piped());
        goblet.spawn().unwrap().wait_with_output().unwrap()
    };
    for arguments in [
        &["completions", "bash"][..],
        &["man", "pages"],
        &["inspect", &echo],
        &["compile", &echo, "--output", "echo.cwasm"],
        &["new", "chat", "--lang", "python", "--example", "chat"],
        &["test", "passes.ws", &echo],
        &["doctor", "--json", "rust"],
        &["doctor", "rust"],
        &["--help"],
        &["--version"],
    ] {
        let full = run(arguments, fs::File::options().write(true).open("/dev/full").unwrap().into());
        let says = String::from_utf8(full.stderr).unwrap();
        assert_eq!(full.status.code(), Some(1), "{arguments:?}: {says}");
        assert!(says.contains("error: the output is incomplete: cannot write to stdout: No space left"), "{says}");
        let _ = fs::remove_dir_all(folder.path().join("chat"));
        let (reader, closed) = io::pipe().unwrap();
        drop(reader);
        let closed = run(arguments, closed.into());
        let says = String::from_utf8(closed.stderr).unwrap();
        assert!(closed.status.success() && !says.contains("error"), "{arguments:?}: {says}");
    }
    let full = run(&["test", "fails.ws", &echo], fs::File::options().write(true).open("/dev/full").unwrap().into());
    assert_eq!(full.status.code(), Some(1));
    assert!(String::from_utf8(full.stderr).unwrap().contains("cannot write to stdout"));
}
