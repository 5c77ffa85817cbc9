//! `goblet test`: transcripts that pass and that fail, and those that it records.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use rcgen::CertifiedKey;
use support::{Client, Dev, GOBLET, PATIENCE, echo_cwasm, output, puppet, root, virtual_environment};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, UnboundedReceiver},
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// `goblet test` in a folder.
fn command(folder: &Path) -> Command {
    let mut command = Command::new(GOBLET);
    command.arg("test").current_dir(folder).env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
    // The developer's own.
    for name in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

/// A folder with transcripts.
fn folder(transcripts: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in transcripts {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Plays transcripts against a handler, in the order of their names.
fn play(transcripts: &[(&str, &str)], handler: &Path, options: &[&str]) -> Output {
    let folder = folder(transcripts);
    output(command(folder.path()).arg(".").arg(handler).args(options))
}

fn puppet_cwasm() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("puppet.cwasm");
    fs::write(&file, puppet()).unwrap();
    (folder, file)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Its last line tells so many, and it has this exit code.
fn assert_ends(output: &Output, tally: &str, code: i32) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let last = stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with(&format!("{tally} in ")), "{stdout}{stderr}");
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
}

/// Nothing is played, and stderr says all of these.
fn assert_unusable(output: &Output, says: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{stderr}");
    for says in says {
        assert!(stderr.contains(says), "not {says:?} in: {stderr}");
    }
}

#[test]
fn the_handlers_of_this_project_pass() {
    for (handler, tally) in [("guest/echo", "1 passed"), ("guest/greeter", "1 passed"), ("guest/chat", "2 passed")] {
        assert_ends(&output(command(root()).arg(handler)), tally, 0);
    }
}

/// The same transcripts for the same chat, in another language.
#[test]
fn any_language_passes() {
    assert_ends(&output(command(root()).args(["guest/chat/tests", "guest/chat-python"])), "2 passed", 0);
}

#[test]
fn the_examples_of_the_documentation_pass() {
    let page = fs::read_to_string(root().join("docs/transcripts.md")).unwrap();
    let examples: Vec<_> = page.split("<!-- play: ").skip(1).collect();
    assert!(examples.len() >= 6);
    for example in examples {
        let (handler, rest) = example.split_once(" -->").unwrap();
        let transcript = rest.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
        let played = play(&[("example.ws", transcript)], &root().join(handler), &[]);
        assert_ends(&played, "1 passed", 0);
    }
}

/// `INSTA_UPDATE=always cargo test --test transcript` accepts a new text.
#[test]
fn what_is_printed() {
    let (_folder, puppet) = puppet_cwasm();
    let transcripts = [
        ("1-passes.ws", "> echo foo\n< foo\n"),
        ("2-other.ws", "# A comment\nalice> echo foo\nalice< bar\n"),
        ("3-json.ws", "a> echo {\"b\":1,\"a\":{\"c\":[1,2]},\"d\":\"\\u001b[2J\"}\na< {\"a\": {\"c\": [1, 3]}, ...}\n"),
        ("4-lines.ws", "a> send-bytes 3\na< xxx\n | \\u{1b}\n | three \n"),
        ("5-too-much.ws", "# Nobody expects the answer.\na> echo foo\n"),
        ("6-too-little.ws", "a> print not on the terminal: \u{1b}[2J\na< foo\n"),
        ("7-let-in.ws", "a: connect => 401\n"),
        ("8-refused.ws", "a: connect ?reject=418\n"),
        ("9-open.ws", "a> echo foo\na< foo\na: closed 1001\n"),
        ("a-fails.ws", "a> fail with this reason\na< foo\n"),
    ];
    let played = play(&transcripts, &puppet, &["--timeout", "0.5"]);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[\w-]{15}=", "CONNECTION_ID");
    settings.add_filter(r"\d+\.\d ms", "TIME");
    settings.add_filter(r"  \d+\.\d s\n", "  TIME\n");
    settings.add_filter(r"in \d+\.\d s", "in TIME");
    settings.bind(|| insta::assert_snapshot!(text(&played.stdout)));
    assert_eq!(played.status.code(), Some(1));
}

#[test]
fn connecting_is_a_step() {
    let (_folder, puppet) = puppet_cwasm();
    let transcript = "\
a: connect ?subprotocol=chat subprotocol=chat subprotocol=v2
a> echo foo
a< foo
b: connect ?reject=418 => 418
b: connect
b> echo bar
b< bar
b: close 4001 see you
b: connect
b: close
";
    assert_ends(&play(&[("a.ws", transcript)], &puppet, &[]), "1 passed", 0);
    // Clients do not take a subprotocol that they have not offered.
    let failed = play(&[("a.ws", "a: connect ?subprotocol=x subprotocol=chat\n")], &puppet, &[]);
    assert_ends(&failed, "0 passed, 1 failed", 1);
}

/// A handler may send when the last step is over, and somebody else may get it.
#[test]
fn what_comes_late_fails() {
    let late = "a> echo foo\na> echo foo\na< foo\n";
    let (_folder, puppet) = puppet_cwasm();
    let played = play(&[("a.ws", late)], &puppet, &[]);
    assert_ends(&played, "0 passed, 1 failed", 1);
    let stdout = text(&played.stdout);
    assert!(stdout.contains("a.ws:3") && stdout.contains("nothing more for this client"), "{stdout}");
}

#[test]
fn each_transcript_has_its_own_tables() {
    let alone = "> Alice\n< /^Using nickname/\n> /join lobby\n< /^Joined/\n> /ls\n< Alice\n";
    let transcripts = ["a.ws", "b.ws", "c.ws"].map(|name| (name, alone));
    assert_ends(&play(&transcripts, &root().join("guest/chat"), &["--jobs", "3"]), "3 passed", 0);
}

/// A function that answers when another process of the same program has got a message, too.
const MEETING: &str = r#"
import json, os, pathlib, time, urllib.parse, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
connections = os.environ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] + "/@connections/"
here = pathlib.Path(os.environ["MEETING"])
while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id, event = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    if event.get("body"):
        (here / str(os.getpid())).touch()
        while len(list(here.iterdir())) < 2:
            time.sleep(0.01)
        connection = urllib.parse.quote(event["requestContext"]["connectionId"])
        urllib.request.urlopen(connections + connection, b"we met").close()
    urllib.request.urlopen(f"{api}/{request_id}/response", b'{"statusCode": 200}').close()
"#;

#[test]
fn transcripts_are_played_side_by_side() {
    let session = "> hello\n< we met\n";
    let folder = folder(&[("a.ws", session), ("b.ws", session), ("meeting.py", MEETING)]);
    let meeting = TempDir::new().unwrap();
    let place = format!("MEETING={}", meeting.path().display());
    let mut command = command(folder.path());
    command.args([".", "--jobs", "2", "--timeout", "600", "--env", &place, "--command"]);
    let program = format!("python3 {}", folder.path().join("meeting.py").display());
    assert_ends(&output(command.arg(program)), "2 passed", 0);
}

#[test]
fn a_template_is_tested_by_default() {
    let folder = folder(&[(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: !GetAtt Fn.Arn}}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: echo, CodeUri: code}
",
    )]);
    for name in ["code", "tests"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::copy(echo_cwasm(), folder.path().join("code/echo.cwasm")).unwrap();
    assert_unusable(&output(&mut command(folder.path())), &["no transcript in tests", "tests/first.ws", "--record"]);
    fs::write(folder.path().join("tests/first.ws"), "> foo\n< foo\n").unwrap();
    let played = output(&mut command(folder.path()));
    assert_ends(&played, "1 passed", 0);
    assert!(text(&played.stdout).starts_with("passed  tests/first.ws"));
    let quiet = output(command(folder.path()).arg("--quiet"));
    assert_eq!(text(&quiet.stdout).lines().count(), 1);
}

#[tokio::test]
async fn what_runs_elsewhere_is_tested_by_its_url() {
    let mut dev = Dev::echo().await;
    let folder = folder(&[("a.ws", "> foo\n< foo\n"), ("b.ws", "a: connect ?x=1\na> foo\nb> bar\nb< bar\na< foo\n")]);
    let url = dev.url.clone();
    let play = |transcripts: &str| output(command(folder.path()).args([transcripts, "--url", &url]));
    assert_ends(&play("."), "2 passed", 0);
    assert!(dev.line("$connect").await.contains("accepted"));
    // Variables that are set for `goblet dev` do not matter.
    let variables = [("GOBLET_STAGE", "x"), ("GOBLET_TEMPLATE", "no.yaml"), ("GOBLET_COLD", "true")];
    assert_ends(&output(command(folder.path()).args(["a.ws", "--url", &url]).envs(variables)), "1 passed", 0);
    // What comes late is seen there, too.
    fs::write(folder.path().join("c.ws"), "> foo\n> foo\n< foo\n").unwrap();
    assert_ends(&play("c.ws"), "0 passed, 1 failed", 1);
}

/// A name that no name server knows: <https://www.rfc-editor.org/rfc/rfc2606#section-2>.
const DEPLOYED: &str = "chat.example";

/// A server that speaks TLS, before one that does not.
async fn encrypted(to: String) -> (String, TempDir) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), DEPLOYED.to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![cert.der().clone()], key.into()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                // Who does not trust the certificate goes.
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut server = TcpStream::connect(to).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let certificate = pem::encode(&pem::Pem::new("CERTIFICATE", cert.der().to_vec()));
    let folder = folder(&[("a.ws", "> foo\n< foo\n"), ("certificate.pem", &certificate)]);
    (format!("wss://localhost:{port}/api/"), folder)
}

#[tokio::test]
async fn what_is_deployed_is_reached_by_tls() {
    let dev = Dev::echo().await;
    let address = dev.url.trim_start_matches("ws://").trim_end_matches("/api/").to_owned();
    let (url, folder) = encrypted(address).await;
    let play = |certificates: &'static str| {
        let mut command = command(folder.path());
        // What rustls takes for this machine's certificates.
        command.args(["a.ws", "--url", &url]).env("SSL_CERT_FILE", folder.path().join(certificates));
        spawn_blocking(move || output(&mut command))
    };
    assert_ends(&play("certificate.pem").await.unwrap(), "1 passed", 0);
    let refused = play("a.ws").await.unwrap();
    assert_ends(&refused, "0 passed, 1 failed", 1);
    assert!(text(&refused.stdout).contains("it cannot connect to wss://localhost"), "{}", text(&refused.stdout));
}

/// A company's proxy, from which one server can be reached. It tells what it is asked for.
async fn proxy(to: String) -> (String, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (sender, to) = (sender.clone(), to.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                sender.send(String::from_utf8(head).unwrap()).unwrap();
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut server = TcpStream::connect(to).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn what_is_deployed_is_reached_by_the_developers_own_proxy() {
    let dev = Dev::echo().await;
    let address = dev.url.trim_start_matches("ws://").trim_end_matches("/api/").to_owned();
    let (direct, folder) = encrypted(address).await;
    let server = direct.trim_start_matches("wss://").trim_end_matches("/api/");
    let (proxy, mut asked) = proxy(server.to_owned()).await;
    let proxy = format!("http://goblet:secret@{proxy}");
    let url = format!("wss://{DEPLOYED}/api/");
    let goblet = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = command(folder.path());
        command.envs(variables.iter().copied()).env("SSL_CERT_FILE", folder.path().join("certificate.pem"));
        command.args(arguments);
        command
    };
    let play = |variables: &[(&str, &str)], url: &str| {
        let mut command = goblet(variables, &["a.ws", "--url", url]);
        spawn_blocking(move || output(&mut command))
    };

    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        assert_ends(&play(&[(name, &proxy)], &url).await.unwrap(), "1 passed", 0);
        let head = asked.recv().await.unwrap();
        assert!(head.starts_with("CONNECT chat.example:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("Proxy-Authorization: Basic Z29ibGV0OnNlY3JldA==\r\n"), "{head}");
    }
    // The other direction of a recording is the same.
    let (recording, recorder) = {
        let mut command = goblet(&[("HTTPS_PROXY", &proxy)], &["--record", "b.ws", "--port", "0", "--url", &url]);
        spawn_blocking(move || {
            let mut running = Running::start(&mut command);
            let url = running.line("Listening on ").trim_start_matches("Listening on ").to_owned();
            (running, url)
        })
        .await
        .unwrap()
    };
    let mut client = Client::connect(&recorder).await.unwrap();
    assert_eq!(client.ask("foo").await, "foo");
    assert!(asked.recv().await.unwrap().starts_with("CONNECT chat.example:443 "));
    drop(client);
    assert_eq!(spawn_blocking(move || recording.interrupt()).await.unwrap().0, 0);

    let excepted = play(&[("HTTPS_PROXY", &proxy), ("NO_PROXY", "example.com, localhost")], &direct).await.unwrap();
    assert_ends(&excepted, "1 passed", 0);
    assert!(asked.try_recv().is_err(), "it was not asked");

    // Nor does it matter then that the proxy could not be used.
    let excepted = play(&[("ALL_PROXY", "socks5://127.0.0.1:1"), ("no_proxy", "localhost")], &direct).await.unwrap();
    assert_ends(&excepted, "1 passed", 0);

    let refused = play(&[("HTTPS_PROXY", "http://goblet:secret@127.0.0.1:1")], &url).await.unwrap();
    assert_ends(&refused, "0 passed, 1 failed", 1);
    let says = text(&refused.stdout);
    assert!(
        says.contains("by your own proxy http://127.0.0.1:1/")
            && says.contains("Connection refused")
            && !says.contains("secret"),
        "{says}"
    );
    let socks = play(&[("ALL_PROXY", "socks5://goblet:secret@127.0.0.1:1")], &url).await.unwrap();
    assert_unusable(&socks, &["ALL_PROXY is not of the form http://", "SOCKS"]);
    assert!(!text(&socks.stderr).contains("secret"));
}

#[test]
fn nobody_at_the_url_is_a_failure() {
    let folder = folder(&[("a.ws", "> foo\n< foo\n")]);
    let played = output(command(folder.path()).args(["a.ws", "--url", "ws://127.0.0.1:1/api/"]));
    assert_ends(&played, "0 passed, 1 failed", 1);
    assert!(text(&played.stdout).contains("cannot connect to ws://127.0.0.1:1/api/: nobody listens there"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let echo = echo_cwasm();
    assert_unusable(&play(&[("a.ws", "> foo\n\nalice foo\n")], echo, &[]), &["a.ws:3: this is no step"]);
    assert_unusable(&play(&[("a.ws", "# Nothing\n")], echo, &[]), &["a.ws has no step"]);
    let folder = folder(&[("a.ws", "> foo\n"), ("x", ""), ("y", "")]);
    let run = |arguments: &[&str]| output(command(folder.path()).args(arguments));
    assert_unusable(&run(&["no.ws", "x"]), &["there is no no.ws: name"]);
    assert_unusable(&run(&["nosuch"]), &["there is no nosuch: name"]);
    assert_unusable(&run(&["a.ws", "x", "y"]), &["x and y are not transcripts"]);
    assert_unusable(&run(&["a.ws", "x", "--url", "ws://x"]), &["x is no transcript, and --url says already"]);
    assert_unusable(&run(&["a.ws", "--url", "http://x"]), &["--url \"http://x\"", "wss://"]);
    assert_unusable(&run(&["a.ws"]), &["nothing to serve", "--url", "see `goblet test --help`"]);
    assert_unusable(&run(&["a.ws", "--env-file", "nofile", "x"]), &["cannot read --env-file nofile"]);
    assert_unusable(&run(&["a.ws", "--bootstrap", "nofile", "x"]), &["cannot find the host nofile"]);
    assert_unusable(&run(&["--timeout", "0"]), &["--timeout", "such as 5 or 0.5"]);
    assert_unusable(&run(&["--url", "ws://x", "--template", "y"]), &["--url cannot be used with --template"]);
    for option in [&["--env", "A=B"][..], &["--memory", "512"], &["--concurrency", "3"], &["--cold"]] {
        let says = format!("--url cannot be used with {}", option[0]);
        assert_unusable(&run(&[&["a.ws", "--url", "ws://x"], option].concat()), &[&says]);
    }
    assert_unusable(&run(&["--record", "a.ws", "x"]), &["a.ws: the file is there already"]);
    assert_unusable(&run(&["a.ws", "x", "--junit", "a.ws/report.xml"]), &["--junit: cannot write a.ws/report.xml"]);
    assert_unusable(&run(&["--record", "b.txt", "x"]), &["end in .ws"]);
    assert_unusable(&run(&["--record", "b.ws", "a.ws", "x"]), &["plays no transcript: leave a.ws out"]);
}

/// A folder may have both. A handler that is named comes first.
#[test]
fn transcripts_may_be_beside_their_handler() {
    let folder = folder(&[
        ("a.ws", "> foo\n< foo\n"),
        (
            "app.py",
            "import goblet\n\n@goblet.on_message\ndef message(event):\n    goblet.send(event.connection_id, event.body)\n",
        ),
    ]);
    assert_ends(&output(command(folder.path()).arg(".")), "1 passed", 0);
    let other = fs::read_to_string(folder.path().join("app.py")).unwrap().replace("event.body", "\"bar\"");
    fs::write(folder.path().join("app.py"), other).unwrap();
    assert_eq!(output(command(folder.path()).arg(".")).status.code(), Some(1));
    assert_ends(&output(command(folder.path()).arg(".").arg(echo_cwasm())), "1 passed", 0);
}

/// The variables that say what `goblet dev` serves.
#[test]
fn the_environment_may_name_the_handler() {
    let folder = folder(&[("a.ws", "> foo\n< foo\n")]);
    let echo = echo_cwasm();
    let play = |arguments: &[&str], variables: &[(&str, &str)]| {
        output(command(folder.path()).args(arguments).envs(variables.iter().copied()))
    };
    let handler = ("GOBLET_HANDLER", echo.to_str().unwrap());
    let empty =
        ["TEMPLATE", "BUILT", "COMMAND", "ENV", "BOOTSTRAP", "STAGE", "PORT"].map(|name| format!("GOBLET_{name}"));
    let empty: Vec<_> = empty.iter().map(|name| (name.as_str(), "")).chain([handler]).collect();
    assert_ends(&play(&["a.ws"], &empty), "1 passed", 0);
    assert_unusable(&play(&["a.ws"], &[("GOBLET_HANDLER", "")]), &["nothing to serve"]);
    // The command line comes before it.
    let no = ("GOBLET_HANDLER", "no.wasm");
    assert_ends(&play(&["a.ws", echo.to_str().unwrap()], &[no]), "1 passed", 0);
    assert_unusable(&play(&["a.ws"], &[no]), &["GOBLET_HANDLER: there is no no.wasm"]);
    let both = play(&["a.ws"], &[handler, ("GOBLET_TEMPLATE", "no.yaml")]);
    assert_unusable(&both, &["GOBLET_HANDLER and another variable (GOBLET_TEMPLATE", "unset one of them"]);
    let template = play(&["a.ws", "--template", "no.yaml"], &[handler]);
    assert!(text(&template.stderr).contains("no.yaml"), "{template:?}");
}

#[test]
fn the_environment_may_name_the_port_of_a_recording() {
    let folder = folder(&[("a.ws", "> foo\n< foo\n")]);
    let echo = echo_cwasm();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = |arguments: &[&str]| output(command(folder.path()).args(arguments).arg(echo).env("GOBLET_PORT", &port));
    let recorded = run(&["--record", "b.ws"]);
    assert!(text(&recorded.stderr).contains(&format!("cannot listen on 127.0.0.1:{port}")), "{recorded:?}");
    assert_ends(&run(&["a.ws"]), "1 passed", 0);
    assert_unusable(&run(&["a.ws", "--port", "0"]), &["--port is for --record"]);
}

#[test]
fn a_handler_that_does_not_build_is_told_once() {
    let folder = folder(&[("a.ws", "> foo\n"), ("b.ws", "> foo\n")]);
    let handler = folder.path().join("handler");
    fs::create_dir_all(handler.join("src")).unwrap();
    let manifest = "[package]\nname = \"x\"\nedition = \"2024\"\n[workspace]\n[lib]\ncrate-type = [\"cdylib\"]\n";
    fs::write(handler.join("Cargo.toml"), manifest).unwrap();
    fs::write(handler.join("src/lib.rs"), "no rust").unwrap();
    let played = output(command(folder.path()).args([".", "handler"]));
    let stderr = text(&played.stderr);
    assert_eq!((played.status.code(), text(&played.stdout)), (Some(1), String::new()), "{stderr}");
    assert_eq!(stderr.matches("the build of").count(), 1, "{stderr}");
    // The report says so, too, in a folder that is made.
    let played = output(command(folder.path()).args([".", "handler", "--junit", "reports/report.xml"]));
    assert_eq!(played.status.code(), Some(1));
    let report = read_report(&folder.path().join("reports/report.xml"));
    let [failed, skipped] = &report.test_suites[0].test_cases[..] else { panic!("{report:?}") };
    assert!(matches!(skipped.status, TestCaseStatus::Skipped { .. }), "{skipped:?}");
    let TestCaseStatus::NonSuccess { kind, message, .. } = &failed.status else { panic!("{failed:?}") };
    assert_eq!(*kind, NonSuccessKind::Error);
    assert!(message.as_ref().unwrap().as_str().contains("the build of"), "{message:?}");
}

fn read_report(file: &Path) -> Report {
    Report::deserialize_from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn ci_gets_a_report() {
    let folder = folder(&[("a.ws", "> foo\n< foo\n"), ("b.ws", "> foo\n< bar <&>\n")]);
    let played = output(command(folder.path()).args(["a.ws", "b.ws", "--junit", "report.xml"]).arg(echo_cwasm()));
    assert_eq!(played.status.code(), Some(1));
    let report = read_report(&folder.path().join("report.xml"));
    assert_eq!((report.tests, report.failures), (2, 1));
    let [passed, failed] = &report.test_suites[0].test_cases[..] else { panic!("{report:?}") };
    assert_eq!((passed.name.as_str(), failed.name.as_str()), ("a.ws", "b.ws"));
    assert!(matches!(passed.status, TestCaseStatus::Success { .. }));
    let TestCaseStatus::NonSuccess { kind, message, description, .. } = &failed.status else { panic!("{failed:?}") };
    assert_eq!(*kind, NonSuccessKind::Failure);
    assert_eq!(message.as_ref().unwrap().as_str(), "b.ws:2: expected: bar <&>; got: foo");
    assert!(description.as_ref().unwrap().as_str().contains("- bar <&>\n  + foo\n"));
}

/// Python's XML parser takes nothing that is not well-formed.
#[test]
fn a_report_is_xml_whatever_is_sent() {
    let odd = r"\ufffe\uffff\u0001\u001b[2J\u0085]]>";
    let transcript = format!("> \\\"{odd}\"\n< \\\"other {odd}\"\n");
    let folder = folder(&[("a.ws", &transcript)]);
    let played = output(command(folder.path()).args(["a.ws", "--junit", "report.xml"]).arg(echo_cwasm()));
    assert_eq!(played.status.code(), Some(1));
    let read = "import sys, xml.etree.ElementTree as tree\nfor failure in tree.parse(sys.argv[1]).iter('failure'): \
                print(ascii(failure.get('message')), ascii(failure.text))";
    let shown = output(Command::new("python3").args(["-c", read]).arg(folder.path().join("report.xml")));
    let shown = text(&shown.stdout);
    for character in ["\\\\u{fffe}", "\\\\u{ffff}", "\\\\u{1}", "\\\\u{1b}[2J", "\\\\u{85}"] {
        // What was expected and what came, in both parts.
        assert!(shown.matches(character).count() >= 4, "not {character:?} in {shown:?}");
    }
}

/// Of editors and file managers: Emacs' lock is a link to nothing.
#[test]
fn files_that_are_no_transcripts_are_left_alone() {
    let project = TempDir::new().unwrap();
    let tests = project.path().join("tests");
    fs::create_dir_all(tests.join("folder.ws")).unwrap();
    fs::write(tests.join("._a.ws"), b"\0\x05\x16\x07\xff").unwrap();
    std::os::unix::fs::symlink("me@here.1234:1", tests.join(".#a.ws")).unwrap();
    std::os::unix::fs::symlink("a.ws", tests.join("linked.ws")).unwrap();
    fs::write(tests.join("a.ws"), "> foo\n< foo\n").unwrap();
    fs::create_dir(tests.join("deeper")).unwrap();
    fs::write(tests.join("deeper/b.ws"), "> foo\n< foo\n").unwrap();
    assert_ends(&output(command(project.path()).arg("tests").arg(echo_cwasm())), "2 passed", 0);
    assert_ends(&output(command(project.path()).arg("tests/deeper").arg(echo_cwasm())), "1 passed", 0);
    // A link of a name that is none of theirs was meant to be one.
    std::os::unix::fs::symlink("gone", tests.join("b.ws")).unwrap();
    assert_unusable(&output(command(project.path()).arg("tests").arg(echo_cwasm())), &["cannot read tests/b.ws"]);
}

/// A running `goblet test`.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that has a text in it.
    fn line(&mut self, text: &str) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.contains(text)).unwrap()
    }

    /// Ends it with Ctrl-C. Gives its exit code, and what it still prints.
    fn interrupt(self) -> (i32, String) {
        self.stop(Signal::SIGINT)
    }

    fn stop(mut self, signal: Signal) -> (i32, String) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
        let rest = self.lines.by_ref().map(Result::unwrap).collect::<Vec<_>>().join("\n");
        (self.child.wait().unwrap().code().unwrap(), rest)
    }
}

/// A test that fails leaves nothing behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn ctrl_c_ends_it() {
    let folder = folder(&[("a.ws", "> foo\n< foo\n"), ("b.ws", "< never\n"), ("c.ws", "< never\n")]);
    let mut command = command(folder.path());
    command.args([".", "--timeout", "3600", "--jobs", "2", "--junit", "report.xml"]);
    let mut running = Running::start(command.arg(echo_cwasm()));
    running.line("passed  ./a.ws");
    let (code, rest) = running.interrupt();
    assert!(rest.starts_with("1 passed, 2 not played in "), "{rest}");
    assert_eq!(code, 130);
    let cases = read_report(&folder.path().join("report.xml")).test_suites.remove(0).test_cases;
    let is_skipped: Vec<_> = cases.iter().map(|case| matches!(case.status, TestCaseStatus::Skipped { .. })).collect();
    assert_eq!(is_skipped, [false, true, true]);
}

#[test]
fn the_exit_code_tells_which_signal_has_ended_it() {
    let folder = folder(&[("a.ws", "> foo\n< foo\n"), ("b.ws", "< never\n")]);
    for (signal, expected) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let mut command = command(folder.path());
        command.args([".", "--timeout", "3600", "--jobs", "1"]);
        let mut running = Running::start(command.arg(echo_cwasm()));
        running.line("passed  ./a.ws");
        let (code, rest) = running.stop(signal);
        assert!(rest.starts_with("1 passed, 1 not played in "), "{rest}");
        assert_eq!(code, expected);
    }
}

/// Starts to record, and gives the URL.
fn record(folder: &Path, arguments: &[&str]) -> (Running, String) {
    let mut running = Running::start(command(folder).args(["--port", "0", "--record"]).args(arguments));
    let url = running.line("Listening on ").trim_start_matches("Listening on ").to_owned();
    running.line("Recording to ");
    (running, url)
}

#[tokio::test]
async fn what_was_recorded_passes() {
    let folder = TempDir::new().unwrap();
    let (_puppet, puppet) = puppet_cwasm();
    let puppet = puppet.to_str().unwrap();
    let (running, url) = record(folder.path(), &["session.ws", puppet]);
    let mut one = Client::connect(&url).await.unwrap();
    let mut two = Client::connect(&format!("{url}?x=1")).await.unwrap();
    assert!(Client::connect(&format!("{url}?reject=418&x=%20")).await.is_err());
    for message in ["foo", "two\nlines", "/regex/", "\\", "{\"a\":  1}", "base64:", " tab\t \r\n", "\"quoted\""] {
        assert_eq!(one.ask(&format!("echo {message}")).await, message);
    }
    assert_eq!(two.ask("echo žluťoučký 🐎").await, "žluťoučký 🐎");
    two.close().await;
    let (code, rest) = running.interrupt();
    assert_eq!(code, 0, "{rest}");
    assert!(rest.contains("session.ws ("), "{rest}");
    let recorded = fs::read_to_string(folder.path().join("session.ws")).unwrap();
    for line in ["client-1: connect\n", "client-2: connect ?x=1\n", "client-3: connect ?reject=418&x=%20 => 418\n"] {
        assert!(recorded.contains(line), "{recorded}");
    }
    let played = output(command(folder.path()).args(["session.ws", puppet]));
    assert_ends(&played, "1 passed", 0);
    // It does compare.
    fs::write(folder.path().join("session.ws"), recorded.replace("client-1< foo\n", "client-1< bar\n")).unwrap();
    assert_ends(&output(command(folder.path()).args(["session.ws", puppet])), "0 passed, 1 failed", 1);
}

#[tokio::test]
async fn what_runs_elsewhere_is_recorded_by_its_url() {
    let dev = Dev::echo().await;
    let folder = TempDir::new().unwrap();
    let (running, url) = record(folder.path(), &["session.ws", "--url", &dev.url]);
    assert!(url.ends_with("/api/"), "{url}");
    let mut client = Client::connect(&url).await.unwrap();
    assert_eq!(client.ask("foo").await, "foo");
    let (code, rest) = running.interrupt();
    assert_eq!(code, 0, "{rest}");
    assert_ends(&output(command(folder.path()).args(["session.ws", "--url", &dev.url])), "1 passed", 0);
}

#[tokio::test]
async fn a_recording_is_not_lost() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("new/tests/session.ws");
    let (running, url) = record(folder.path(), &["new/tests/session.ws", echo_cwasm().to_str().unwrap()]);
    let mut client = Client::connect(&url).await.unwrap();
    assert_eq!(client.ask("foo").await, "foo");
    // It cannot be written any more.
    fs::remove_dir(file.parent().unwrap()).unwrap();
    let (code, rest) = running.interrupt();
    assert_eq!(code, 1, "{rest}");
    assert!(rest.contains("client-1: connect\nclient-1> foo\nclient-1< foo"), "{rest}");
    fs::write(folder.path().join("file"), "").unwrap();
    let run = output(command(folder.path()).args(["--record", "file/session.ws"]).arg(echo_cwasm()));
    assert_unusable(&run, &["--record: cannot write file/session.ws: Not a directory"]);
}

/// Whether as many files are open in a process as may be.
fn has_every_file_open(process: u32, limit: usize) -> bool {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap().map(|file| file.unwrap().file_name());
    // One that it was started with may have a higher number.
    open.filter(|number| number.to_str().unwrap().parse::<usize>().unwrap() < limit).count() == limit
}

#[tokio::test]
async fn a_recording_goes_on_when_no_more_connections_can_be() {
    const LIMIT: usize = 64;
    let dev = Dev::echo().await;
    let folder = TempDir::new().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {LIMIT} && exec \"$0\" \"$@\""), GOBLET, "test", "--port", "0"]);
    command.args(["--record", "session.ws", "--url", &dev.url]).current_dir(folder.path());
    let mut running = Running::start(&mut command);
    let url = running.line("Listening on ").trim_start_matches("Listening on ").to_owned();
    let address = url.trim_start_matches("ws://").trim_end_matches("/api/");
    let mut client = Client::connect(&url).await.unwrap();
    assert_eq!(client.ask("foo").await, "foo");
    // They wait in the listener's queue, if they are not accepted.
    let mut others = Vec::new();
    for _ in 0..LIMIT {
        others.push(TcpStream::connect(address).await.unwrap());
    }
    let all_are_open = async {
        while !has_every_file_open(running.child.id(), LIMIT) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, all_are_open).await.expect("it has all files open that it may have");
    assert_eq!(client.ask("bar").await, "bar");
    drop(others);
    assert_eq!(Client::connect(&url).await.unwrap().ask("baz").await, "baz");
    assert_eq!(running.interrupt().0, 0);
    let recorded = fs::read_to_string(folder.path().join("session.ws")).unwrap();
    assert!(recorded.contains("client-1< bar\n") && recorded.contains("client-2< baz\n"), "{recorded}");
}

#[test]
fn without_a_client_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let (running, _) = record(folder.path(), &["session.ws", echo_cwasm().to_str().unwrap()]);
    assert_eq!(running.interrupt().0, 1);
    assert!(!folder.path().join("session.ws").exists());
}

/// A function that sends the close code of each client that goes to the one that has written.
const WATCH: &str = r#"
import json, os, pathlib, urllib.parse, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
connections = os.environ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] + "/@connections/"
def send(connection, text):
    urllib.request.urlopen(connections + urllib.parse.quote(connection), text.encode()).close()
watcher = pathlib.Path(os.environ["WATCHER"])
while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id, event = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    context = event["requestContext"]
    if context["eventType"] == "MESSAGE":
        watcher.write_text(context["connectionId"])
        send(context["connectionId"], "watching")
    elif context["eventType"] == "DISCONNECT" and context["connectionId"] != watcher.read_text():
        send(watcher.read_text(), str(context["disconnectStatusCode"]))
    urllib.request.urlopen(f"{api}/{request_id}/response", b'{"statusCode": 200}').close()
"#;

#[tokio::test]
async fn a_client_that_vanishes_is_recorded_as_one() {
    let folder = folder(&[("watch.py", WATCH)]);
    let program = format!("python3 {}", folder.path().join("watch.py").display());
    let watcher = format!("WATCHER={}", folder.path().join("watcher").display());
    let options = ["session.ws", "--env", &watcher, "--command", &program];
    let (running, url) = record(folder.path(), &options);
    let mut watcher = Client::connect(&url).await.unwrap();
    assert_eq!(watcher.ask("watch").await, "watching");
    drop(Client::connect(&url).await.unwrap());
    assert_eq!(watcher.receive().await, "1006");
    let (code, rest) = running.interrupt();
    assert_eq!(code, 0, "{rest}");
    let recorded = fs::read_to_string(folder.path().join("session.ws")).unwrap();
    assert!(recorded.contains("client-2: drop\nclient-1< 1006\n"), "{recorded}");
    let play = || output(command(folder.path()).args(options));
    assert_ends(&play(), "1 passed", 0);
    // Who closes is told apart.
    fs::write(folder.path().join("session.ws"), recorded.replace("client-2: drop\n", "client-2: close\n")).unwrap();
    let failed = play();
    assert_ends(&failed, "0 passed, 1 failed", 1);
    assert!(text(&failed.stdout).contains("- 1006\n  + 1005\n"), "{}", text(&failed.stdout));
}

#[tokio::test]
async fn a_client_that_cannot_be_recorded_is_told_of() {
    let folder = TempDir::new().unwrap();
    let mut recording = command(folder.path());
    recording.args(["--port", "0", "--record", "session.ws", "--url", "ws://127.0.0.1:1/api/"]).stderr(Stdio::piped());
    let mut running = Running::start(&mut recording);
    let url = running.line("Listening on ").trim_start_matches("Listening on ").to_owned();
    let mut stderr = running.child.stderr.take().unwrap();
    assert!(Client::connect(&url).await.is_err());
    assert_eq!(running.interrupt().0, 1);
    let mut told = String::new();
    stderr.read_to_string(&mut told).unwrap();
    let note = "client-1 is not recorded: cannot connect to ws://127.0.0.1:1/api/: nobody listens there";
    assert!(told.contains(note) && told.contains("session.ws is not written"), "{told}");
}

/// Types into a program in a terminal when it takes a line: it has turned off the echo of the terminal itself then.
const TYPIST: &str = "
import os, pty, sys, termios, time

def shown(master):
    global terminal
    terminal = master
    return os.read(master, 1024)

def typed(stdin):
    for _ in range(1000):
        if not termios.tcgetattr(terminal)[3] & termios.ECHO:
            break
        time.sleep(0.01)
    return os.read(stdin, 1024)

pty.spawn(sys.argv[1:], shown, typed)
";

/// What wsdump shows in a terminal, with all escape sequences. Its two threads may write at once. Then a prompt is inside of a
/// message, and nobody could tell: it is asked again.
fn shown_by_wsdump(url: &str, typed_and_shown: &[(&str, &str)]) -> String {
    loop {
        let session = typed_into_wsdump(url, typed_and_shown);
        let is_whole = |message: &str| message.starts_with("\u{1b}[34m< ") && !message.contains("\u{1b}[39m> ");
        if session.split("\u{1b}[2K\u{1b}[E").skip(1).all(is_whole) {
            return session;
        }
        eprintln!("wsdump's threads wrote at once: {session:?}");
    }
}

fn typed_into_wsdump(url: &str, typed_and_shown: &[(&str, &str)]) -> String {
    let python = virtual_environment("tests/requirements.txt").join("bin/python");
    let wsdump = python.with_file_name("wsdump");
    let mut terminal = Command::new(python)
        .args(["-c", TYPIST, wsdump.to_str().unwrap(), url])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut typed, mut shown) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let mut session = String::new();
    let mut until = |session: &mut String, text: &str| {
        let mut bytes = Vec::new();
        while !String::from_utf8_lossy(&bytes).contains(text) {
            let mut byte = [0];
            shown.read_exact(&mut byte).unwrap();
            bytes.extend(byte);
        }
        session.push_str(&String::from_utf8(bytes).unwrap());
    };
    until(&mut session, "> ");
    for (line, answer) in typed_and_shown {
        writeln!(typed, "{line}").unwrap();
        until(&mut session, answer);
        until(&mut session, "\r\n> ");
    }
    // Not by Ctrl-C: a thread of wsdump may keep it from ending.
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    session
}

#[tokio::test]
async fn what_wsdump_shows_passes() {
    let dev = Dev::start(["guest/chat"]).await;
    let session = shown_by_wsdump(
        &dev.url,
        &[
            ("John", "of commands."),
            ("hello", "not in chatroom."),
            ("/help", "in your room."),
            ("/nick Jan Žižka", "Jan Žižka\u{1b}[39m"),
        ],
    );
    assert!(
        session.starts_with("Press Ctrl+C to quit") && session.contains("\u{1b}[34m< Using nickname: John"),
        "{session}"
    );
    assert_ends(&play(&[("a.ws", &session)], &root().join("guest/chat"), &[]), "1 passed", 0);
    let other = session.replace("Using nickname: John", "Using nickname: Jon");
    assert_ends(&play(&[("a.ws", &other)], &root().join("guest/chat"), &[]), "0 passed, 1 failed", 1);
}

/// A server that answers each text with the bytes that it names in hexadecimal.
async fn answering_bytes() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut client = accept_async(stream).await.unwrap();
                while let Some(Ok(message)) = client.next().await {
                    // Pings are answered by themselves.
                    let Message::Text(text) = message else { continue };
                    let digits = text.as_bytes().chunks(2).map(|digits| str::from_utf8(digits).unwrap());
                    let bytes: Vec<_> = digits.map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect();
                    client.send(Message::binary(bytes)).await.unwrap();
                }
            });
        }
    });
    url
}

/// wsdump shows a binary message as Python's `repr` does:
/// <https://github.com/websocket-client/websocket-client/blob/master/websocket/_wsdump.py>.
#[tokio::test(flavor = "multi_thread")]
async fn binary_messages_that_wsdump_shows_pass() {
    let sent: Vec<String> = (0..=u8::MAX).map(|byte| format!("{byte:02x}")).collect();
    let sent = [&sent.concat(), "", "00ff", "2761", "2722"];
    let repr = "import sys\nfor sent in sys.argv[1:]: print(repr(bytes.fromhex(sent)))";
    let shown = output(Command::new("python3").args(["-c", repr]).args(sent));
    let shown = text(&shown.stdout);
    let steps = sent.iter().zip(shown.lines()).map(|(sent, shown)| format!("> {sent}\n\n< {shown}\n"));
    let session = format!("Press Ctrl+C to quit\n{}> ^C\n", steps.collect::<String>());
    let url = answering_bytes().await;
    let play = |session: &str| {
        let folder = folder(&[("a.ws", session)]);
        output(command(folder.path()).args(["a.ws", "--url", &url]))
    };
    assert_ends(&play(&session), "1 passed", 0);
    let other = play(&session.replace(r"b'\x00\xff'", r"b'\x00\xfe'"));
    assert_ends(&other, "0 passed, 1 failed", 1);
    let shown = text(&other.stdout);
    assert!(shown.contains("- base64:AP4=") && shown.contains("+ base64:AP8="), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_messages_that_wsdump_shows_pass() {
    let compress = "
import gzip, zlib
deflate = zlib.compressobj(wbits=-15)
print(gzip.compress(b'one\\ntwo').hex(), (deflate.compress(b'three') + deflate.flush()).hex())
";
    let compressed = output(Command::new("python3").args(["-c", compress]));
    let compressed = text(&compressed.stdout);
    let [zip, deflate] = compressed.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{compressed}") };
    let url = answering_bytes().await;
    let session = shown_by_wsdump(&url, &[(zip, "[gzip] one\r\ntwo"), (deflate, "[zlib] three")]);
    let play = |session: &str| {
        let folder = folder(&[("a.ws", session)]);
        output(command(folder.path()).args(["a.ws", "--url", &url]))
    };
    assert_ends(&play(&session), "1 passed", 0);
    for (from, to) in [("[gzip] one", "[gzip] two"), ("[zlib] three", "[gzip] three")] {
        assert_ends(&play(&session.replace(from, to)), "0 passed, 1 failed", 1);
    }
}
