//! Chalice apps as handlers. Nothing in them knows of goblet.

#![allow(clippy::unwrap_used)]

#[path = "../support/rooms.rs"]
mod rooms;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use support::{Dev, GOBLET, output, root, run, virtual_environment};
use tempfile::TempDir;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{ClientRequestBuilder, Error},
};

/// A copy of an app, because builds write beside it.
fn app(name: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let app = root().join("tests/functions").join(name);
    run(Command::new("cp").arg("-R").arg(app.join(".")).arg(folder.path()));
    folder
}

fn write(folder: &Path, file: &str, content: &str) {
    let file = folder.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

/// An app of one file.
fn file(content: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "app.py", content);
    folder
}

/// Nothing but the file: there is no environment with Chalice, and no requirements.txt.
#[tokio::test]
async fn the_echo_of_chalices_documentation() {
    let app = file(&fs::read_to_string(root().join("tests/functions/chalice_echo/app.py")).unwrap());
    let config = r#"{"version": "2.0", "stages": {"dev": {"environment_variables": {"TABLE": "chat"}}}}"#;
    write(app.path(), ".chalice/config.json", config);
    let mut command = Dev::command(app.path(), ["app.py", "--timeout", "60"]);
    let mut dev = Dev::spawn(command.env_remove("VIRTUAL_ENV"));
    let warning = dev.line("environment_variables are not read").await;
    assert!(warning.contains(".chalice/config.json") && warning.contains("GOBLET_ENVIRONMENT=TABLE"), "{warning}");
    let note = dev.line("note: ").await;
    assert!(note.contains("the project does not bring Chalice: the handler gets version 1.34.0"), "{note}");
    let dev = dev.listening().await;
    let mut client = dev.connect().await;
    for text in ["foo", "bar", "\0 \u{1f600} ü"] {
        assert_eq!(client.ask(text).await, text);
    }

    let component = app.path().join(".goblet/python/app/app.wasm");
    let shown = output(Command::new(GOBLET).arg("inspect").arg(component)).stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("on-message") && !shown.contains("on-connect"), "{shown}");
}

/// What a client asks for, and how many messages it gets.
const WISHES: [(&str, usize); 18] = [
    ("shape", 1),
    ("fields", 1),
    ("parsed {\"a\": [1]}", 1),
    ("parsed {", 1),
    ("info", 1),
    ("invalid", 1),
    ("errors", 3),
    ("parameters", 4),
    ("large", 1),
    ("binary", 1),
    ("log", 1),
    ("fail", 1),
    ("lost", 1),
    ("unknown", 1),
    ("marshal", 1),
    ("response", 0),
    ("gone", 1),
    ("close", 0),
];

/// The app has boto3 beside it in both runs. In the component, the stand-in goes before it.
#[tokio::test]
async fn an_app_behaves_as_it_does_natively() {
    let environment = virtual_environment("tests/requirements.txt");
    let app = app("chalice_features");
    let start = |arguments: &[&str]| Dev::spawn(Dev::command(app.path(), arguments).env("VIRTUAL_ENV", &environment));
    let mut native = start(&["--template", "template.yaml"]).listening().await;
    let expected = played(&mut native).await;
    drop(native);
    let mut dev = start(&["app.py", "--timeout", "60", "--log-level", "debug"]);
    for what in [
        "boto3.client('kinesis') cannot be called: a handler has no network",
        "boto3.resource('s3') cannot be called: a handler has no network",
        "@app.route is not served: a handler gets the events of a WebSocket API alone",
    ] {
        let warning = dev.line(what).await;
        assert!(warning.starts_with("warning: app.py:"), "{warning}");
    }
    let mut dev = dev.listening().await;
    let outcomes = played(&mut dev).await;
    for (outcome, expected) in outcomes.iter().zip(&expected) {
        assert_eq!(outcome, expected);
    }
    assert_eq!(outcomes.len(), WISHES.len() + CONNECTING.len());

    // Natively, all that is logged is of level info, and a Blueprint's handlers do not work.
    let mut client = dev.connect().await;
    client.ask("log").await;
    for (level, text) in
        [("debug", "DEBUG - at debug"), ("warn", "WARNING - at warning"), ("error", "ERROR - at error")]
    {
        let line = dev.line(&format!("features - {text}")).await;
        assert!(line.contains(&format!("  {level}  ")), "{line}");
    }
    client.close().await;
    dev.line("features - INFO - in $disconnect: 1005, ['people', 'app']").await;

    let mut client = dev.connect().await;
    let (client_text, resource) = (client.ask("service").await, client.receive().await);
    assert!(client_text.contains("boto3.client('kinesis'): a handler has no network"), "{client_text}");
    assert!(resource.contains("boto3.resource('s3'): a handler has no network"), "{resource}");
    assert_eq!(client.ask("state").await, "a value");
}

/// The conversation is the one of the native run, which is tested with the runtimes.
#[tokio::test]
async fn a_chat_with_a_table_behaves_as_it_does_natively() {
    let chat = app("chalice_chat");
    let template = chat.path().join("template.yaml");
    let allowed = fs::read_to_string(&template).unwrap();
    let mut command = Dev::command(chat.path(), ["--template", "template.yaml"]);
    let mut dev =
        Dev::spawn(command.env("VIRTUAL_ENV", virtual_environment("tests/requirements.txt"))).listening().await;
    rooms::are_talked_in(&dev).await;

    // Connecting needs PutItem. Who has sent a message is looked up with Query.
    fs::write(&template, allowed.replace("BatchWriteItem,Query:", "BatchWriteItem:")).unwrap();
    dev.line("reloaded in").await;
    let mut client = dev.connect().await;
    assert!(client.ask("Ada").await.contains("Internal server error"));
    let refused = dev.line("$default     Ada").await;
    let (start, end) = refused.split_once("the handler may not do dynamodb:Query on table/").unwrap();
    assert!(
        start.ends_with("ClientError: An error occurred (AccessDeniedException) when calling the Query operation: ")
    );
    assert!(
        end.contains("To allow it, add dynamodb:Query:table/") && end.contains("to GOBLET_SIGNED_REQUESTS"),
        "{end}"
    );

    fs::write(&template, allowed.replace("dynamodb:PutItem", "dynamodb:putItem")).unwrap();
    dev.line("does not know the action \"putItem\"").await;
}

/// How clients connect, each with the app's wish.
const CONNECTING: [&str; 5] = ["refuse", "chat", "status", "text", "fail"];

/// What clients get, and how the events end.
async fn played(dev: &mut Dev) -> Vec<[String; 3]> {
    let mut outcomes = Vec::new();
    for wish in CONNECTING {
        let answer = connected(&dev.url, wish).await;
        let shape = dev.line(&format!("{wish} connects: ")).await;
        let shape = shape.split_once("connects: ").unwrap().1.to_owned();
        outcomes.push([format!("{wish}: {answer}"), shape, outcome(&dev.line("$connect     ").await)]);
    }
    for (wish, answers) in WISHES {
        let mut client = dev.connect().await;
        client.send(wish).await;
        let mut received = Vec::new();
        for _ in 0..answers {
            received.push(without_ids(&client.receive().await));
        }
        let lines = dev.lines(&format!("$default     {wish}")).await;
        let logged = lines.iter().filter_map(|line| line.split_once("features - ")).map(|(_, text)| text);
        // The client before may leave at the same time.
        let logged: Vec<_> = logged.filter(|text| !text.contains("$disconnect")).collect();
        outcomes.push([format!("{wish}: {}", received.join("\n")), logged.join("\n"), outcome(lines.last().unwrap())]);
        if ["gone", "close"].contains(&wish) {
            assert_eq!(u16::from(client.closed().await.code), 1000);
        }
    }
    outcomes
}

/// How an event ended: what is said after its milliseconds, and the status. The host names its own errors.
fn outcome(line: &str) -> String {
    let (before, after) = line.rsplit_once(" ms").unwrap();
    let status = before.split_whitespace().rev().nth(1).unwrap_or_default();
    let status = if status.parse::<u16>().is_ok() { status } else { "" };
    format!("{status}{}", after.trim().trim_start_matches("Handler.Failed: "))
}

/// An error frame has ids, which differ each time.
fn without_ids(message: &str) -> String {
    message.split_once("\"connectionId\"").map_or(message, |(start, _)| start).to_owned()
}

/// The status, and the subprotocol if there is one.
async fn connected(url: &str, wish: &str) -> String {
    let mut request = ClientRequestBuilder::new(format!("{url}?wish={wish}").parse().unwrap());
    if wish == "chat" {
        request = request.with_sub_protocol("chat");
    }
    match connect_async(request).await {
        Ok((_, response)) => format!("{:?}", response.headers().get("sec-websocket-protocol")),
        Err(Error::Http(response)) => response.status().to_string(),
        Err(error) => panic!("{error}"),
    }
}

/// What the build says of an app that it refuses.
fn refusal(app: &Path) -> String {
    let mut command = Command::new(GOBLET);
    command.args(["inspect", "app.py"]).current_dir(app).env_remove("VIRTUAL_ENV");
    let Output { status, stderr, .. } = output(&mut command);
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    stderr
}

#[test]
fn what_cannot_work_is_refused_with_the_reason() {
    let http = "from chalice import Chalice\napp = Chalice(app_name='web')\n@app.route('/')\ndef index():\n    pass\n\
                @app.route('/a')\ndef a():\n    pass\n@app.schedule('rate(1 hour)')\ndef hourly(event):\n    pass\n";
    let s3 = "import boto3\nfrom chalice import Chalice\napp = Chalice(app_name='files')\ns3 = boto3.client('s3')\n\
              @app.on_ws_message()\ndef message(event):\n    pass\n";
    let both = "import goblet\nfrom chalice import Chalice\napp = Chalice(app_name='both')\n@app.on_ws_message()\n\
                def message(event):\n    pass\n@goblet.on_message\ndef other(event):\n    pass\n";
    let apps: [(TempDir, &[&str]); 3] = [
        (
            file(http),
            &[
                "app.py serves no route of a WebSocket API: put @app.on_ws_message()",
                "app.py:3: @app.route (and 1 more) is not served",
                "app.py:9: @app.schedule is not served",
            ],
        ),
        (
            file(s3),
            &[
                "app.py:4: boto3.client('s3') cannot be called: a handler has no network. Of AWS, it reaches",
                "`chalice package`",
            ],
        ),
        (file(both), &["app.py: Chalice's decorator and @goblet.on_message serve the same route: keep one"]),
    ];
    for (folder, texts) in apps {
        let said = refusal(folder.path());
        for text in texts {
            assert!(said.contains(text), "no {text:?} in {said}");
        }
    }
}

#[test]
fn what_chalice_would_put_beside_the_app_is_found() {
    let app = file("from chalice import Chalice\nimport vendored\nimport goblet_none\n");
    write(app.path(), ".chalice/config.json", "{}");
    write(app.path(), "vendor/vendored.py", "");
    let said = refusal(app.path());
    assert!(said.contains("app.py:3: there is no module goblet_none") && !said.contains("vendored"), "{said}");
}

/// The adapter's own tests, under plain Python with the real Chalice.
#[test]
fn the_adapter() {
    let environment = virtual_environment("tests/requirements.txt");
    let packages = fs::read_dir(environment.join("lib")).unwrap().next().unwrap().unwrap().path().join("site-packages");
    // The stand-ins go before the packages.
    let folders = ["build/src/python", "build/src/python/stand_ins", "sdk/python"].map(|folder| root().join(folder));
    let path = folders.iter().chain([&packages]).map(|folder| folder.to_str().unwrap()).collect::<Vec<_>>().join(":");
    run(Command::new("python3")
        .arg(root().join("tests/chalice/adapter.py"))
        .env("PYTHONPATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1"));
}
