//! The host behind a Runtime API that is not ours: the emulator of cargo-lambda.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Stdio,
    time::Duration,
};

use support::{GOBLET, PATIENCE, folder, puppet, virtual_environment};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    task,
    time::timeout,
};

/// A message on an API's route `$default`.
const EVENT: &str = r#"{
    "requestContext": {
        "eventType": "MESSAGE", "routeKey": "$default", "messageId": "m", "connectionId": "c", "connectedAt": 1,
        "requestId": "r", "apiId": "a", "stage": "api", "domainName": "d", "identity": {"sourceIp": "192.0.2.1"}
    },
    "body": "return foo"
}"#;

/// A running emulator, and the variables that it wants a function to have.
struct Emulator {
    port: u16,
    variables: Vec<(String, String)>,
    _process: Child,
}

impl Emulator {
    async fn start() -> Self {
        let cargo_lambda = virtual_environment("tests/emulator/requirements.txt").join("bin/cargo-lambda");
        // It starts in a Rust project only.
        let project = folder().join("emulated");
        fs::create_dir_all(project.join("src")).unwrap();
        fs::write(project.join("Cargo.toml"), "[package]\nname = \"emulated\"\nedition = \"2024\"\n[workspace]\n")
            .unwrap();
        fs::write(project.join("src/main.rs"), "fn main() {}\n").unwrap();
        // A port that was free a moment ago: the emulator does not tell which one it takes.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(cargo_lambda)
            .args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1", "--invoke-port"])
            .arg(port.to_string())
            .current_dir(project)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut variables = Vec::new();
        while let Some(line) = timeout(PATIENCE, lines.next_line()).await.expect("a line in time").unwrap() {
            if line.contains("starting Runtime server") {
                task::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Self { port, variables, _process: process };
            }
            let variable = line.rsplit(' ').next().and_then(|word| word.split_once('='));
            variables.extend(variable.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        panic!("the emulator ended");
    }

    /// The body of the response to an event.
    async fn invoke(&self, event: &'static str) -> String {
        let port = self.port;
        let name = self.variables.iter().find(|(name, _)| name == "AWS_LAMBDA_FUNCTION_NAME").unwrap().1.clone();
        let request = move || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let length = event.len();
            write!(
                stream,
                "POST /2015-03-31/functions/{name}/invocations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Length: {length}\r\n\r\n{event}"
            )
            .unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).unwrap();
            response
        };
        let response = task::spawn_blocking(request).await.unwrap();
        response.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// The program that ships, where `GOBLET_BOOTSTRAP` names it, or else `goblet` as the host.
fn bootstrap() -> Command {
    if let Some(program) = env::var_os("GOBLET_BOOTSTRAP") {
        return Command::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(program));
    }
    let mut command = Command::new(GOBLET);
    command.arg("bootstrap");
    command
}

/// Its emulator sends the same deadline with every event: ten minutes after midnight of 1970-01-01.
#[tokio::test]
#[ignore = "downloads cargo-lambda with its compiler, 100 MB: .ci/run runs it"]
async fn events_from_cargo_lambda_are_answered() {
    let package = tempfile::TempDir::new().unwrap();
    fs::write(package.path().join("puppet.cwasm"), puppet()).unwrap();
    let emulator = Emulator::start().await;
    let mut host = bootstrap()
        .envs(emulator.variables.iter().cloned())
        .env("LAMBDA_TASK_ROOT", package.path())
        .env("_HANDLER", "puppet")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    for _ in 0..3 {
        let answer = timeout(PATIENCE, emulator.invoke(EVENT)).await.expect("an answer in time");
        assert_eq!(answer, r#"{"statusCode":200,"body":"foo","isBase64Encoded":false}"#);
    }
    host.kill().await.unwrap();
    let output = timeout(Duration::from_secs(10), host.wait_with_output()).await.expect("ends in time").unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.matches("has passed already").count(), 1, "{output}");
}
