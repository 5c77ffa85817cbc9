//! DynamoDB in `goblet dev`, as AWS's own SDKs find it.

#![allow(clippy::unwrap_used)]

#[path = "support/dynamodb.rs"]
mod dynamodb;
mod support;

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
};

use aws_sdk_dynamodb::{
    Client as DynamoDb,
    types::{AttributeValue, BillingMode, KeySchemaElement, TableDescription},
};
use goblet_template::Template;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use support::{Dev, GOBLET, PATIENCE, echo_cwasm, output, root, virtual_environment};
use tempfile::TempDir;
use tokio::time::{Duration, Instant, sleep};

/// A table with one attribute as its key, in a template that serves the echo.
const TEMPLATE: &str = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: api
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: !GetAtt Echo.Arn}}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: echo.cwasm
      Handler: echo
      Runtime: provided.al2023
      Environment: {Variables: {TABLE: !Ref Things}}
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
";

const THINGS: &str = "local-Things";

/// `goblet dev` with a client of its DynamoDB.
struct WithDynamoDb {
    dev: Dev,
    endpoint: String,
    client: DynamoDb,
}

impl WithDynamoDb {
    async fn of(mut dev: Dev) -> Self {
        let (endpoint, client) = dynamodb::connect(&mut dev).await;
        Self { dev, endpoint, client }
    }

    async fn echo(arguments: &[&str]) -> Self {
        let arguments = [&[echo_cwasm().to_str().unwrap()], arguments].concat();
        Self::of(Dev::start(arguments).await).await
    }

    async fn template(folder: &Path, arguments: &[&str]) -> Self {
        let arguments = [&["--template", "template.yaml"], arguments].concat();
        Self::of(Dev::start_in(folder, arguments).await).await
    }

    async fn describe(&self, table: &str) -> TableDescription {
        self.client.describe_table().table_name(table).send().await.unwrap().table.unwrap()
    }

    async fn time_to_live(&self, table: &str) -> Option<String> {
        let described = self.client.describe_time_to_live().table_name(table).send().await.unwrap();
        described.time_to_live_description.unwrap().attribute_name
    }

    async fn put(&self, table: &str, id: &str) {
        let put = self.client.put_item().table_name(table).item("id", text(id));
        put.send().await.unwrap();
    }

    async fn has(&self, table: &str, id: &str) -> bool {
        let get = self.client.get_item().table_name(table).key("id", text(id)).consistent_read(true);
        get.send().await.unwrap().item.is_some()
    }

    /// What an HTTP request gets: the status and the body.
    fn request(&self, method: &str, host: &str, headers: &str) -> (u16, String) {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = if host.is_empty() { address } else { host };
        let body = r#"{"TableName": "goblet"}"#;
        let request = format!(
            "{method} / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}",
            length = body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Ends it without giving it the time to do anything.
    async fn kill(self) {
        self.dev.signal(Signal::SIGKILL);
        assert!(!self.dev.wait().await.success());
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A folder with the template and the echo.
fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(echo_cwasm(), folder.path().join("echo.cwasm")).unwrap();
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    folder
}

/// The environment of the function, the echo, once it has answered.
async fn variables_of(dev: &Dev) -> Vec<String> {
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    // `$connect` and the message may have started one each: all have the same environment.
    let process = dev.processes()[0];
    let environment = fs::read_to_string(format!("/proc/{process}/environ")).unwrap();
    environment.split('\0').map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn a_handler_has_a_table_without_asking() {
    let WithDynamoDb { dev, endpoint, .. } = &WithDynamoDb::echo(&[]).await;
    let environment = variables_of(dev).await;
    for expected in ["GOBLET_TABLE=goblet".to_owned(), format!("AWS_ENDPOINT_URL_DYNAMODB={endpoint}")] {
        assert!(environment.contains(&expected), "{expected}: {environment:?}");
    }
}

/// The keys and indexes of a table, in an order of their own.
fn keys_and_indexes(schema: &Value) -> Vec<String> {
    let mut parts = Vec::new();
    for (property, value) in schema.as_object().unwrap() {
        parts.extend(value.as_array().unwrap().iter().map(|part| format!("{property}: {part}")));
    }
    parts.sort();
    parts
}

#[tokio::test]
async fn the_table_of_a_handler_is_that_of_the_deployed_one() {
    let deployed = Template::read(&root().join("chat.yaml"), &BTreeMap::new(), "us-east-1").unwrap();
    let [deployed] = deployed.tables.as_slice() else { panic!("one table, not {:?}", deployed.tables) };
    let started = WithDynamoDb::echo(&[]).await;

    let table = started.describe("goblet").await;
    let key = |elements: &[KeySchemaElement]| -> Value {
        let element = |e: &KeySchemaElement| json!({"AttributeName": e.attribute_name, "KeyType": e.key_type.as_str()});
        elements.iter().map(element).collect()
    };
    let attributes = table.attribute_definitions().iter();
    let attributes = attributes.map(|attribute| {
        json!({"AttributeName": attribute.attribute_name, "AttributeType": attribute.attribute_type.as_str()})
    });
    let indexes = table.global_secondary_indexes().iter().map(|index| {
        let projection = index.projection().unwrap().projection_type().unwrap();
        json!({
            "IndexName": index.index_name(),
            "KeySchema": key(index.key_schema()),
            "Projection": {"ProjectionType": projection.as_str()},
        })
    });
    let described = json!({
        "KeySchema": key(table.key_schema()),
        "AttributeDefinitions": attributes.collect::<Value>(),
        "GlobalSecondaryIndexes": indexes.collect::<Value>(),
    });
    assert_eq!(keys_and_indexes(&described), keys_and_indexes(&json!(deployed.schema)));
    assert_eq!(table.billing_mode_summary().unwrap().billing_mode, Some(BillingMode::PayPerRequest));
    assert_eq!(started.time_to_live("goblet").await, deployed.time_to_live);
}

#[tokio::test]
async fn a_command_has_a_table_too() {
    let command = format!("{GOBLET} bootstrap");
    let folder = echo_cwasm().parent().unwrap();
    let arguments = ["--command", &format!("env LAMBDA_TASK_ROOT={} _HANDLER=echo {command}", folder.display())];
    let started = WithDynamoDb::of(Dev::start_in(folder, arguments).await).await;
    assert!(started.describe("goblet").await.table_name.is_some());
    assert!(variables_of(&started.dev).await.contains(&"GOBLET_TABLE=goblet".to_owned()));
}

#[tokio::test]
async fn a_handler_of_a_template_has_the_table_that_the_template_gives_it() {
    let chat = root().join("guest/chat").canonicalize().unwrap();
    let folder = TempDir::new().unwrap();
    let template = TEMPLATE
        .replace("CodeUri: echo.cwasm", &format!("CodeUri: {}", chat.display()))
        .replace("Handler: echo", "Handler: chat");
    fs::write(folder.path().join("template.yaml"), &template).unwrap();
    let output = output(Command::new(GOBLET).args(["dev", "--port", "0"]).current_dir(folder.path()));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && !String::from_utf8(output.stdout).unwrap().contains("Listening"));
    assert!(error.contains("error: Resources.Echo: ") && error.contains("GOBLET_TABLE"), "{error}");

    let started = WithDynamoDb::of(Dev::start(["--template", "chat.yaml"]).await).await;
    let mut alice = started.dev.connect().await;
    alice.ask("alice").await;
    alice.ask("/join lobby").await;
    let mut bob = started.dev.connect().await;
    bob.ask("bob").await;
    bob.ask("/join lobby").await;
    bob.send("hello").await;
    while !alice.receive().await.contains("hello") {}
    assert_eq!(started.time_to_live("local-Table").await.as_deref(), Some("ttl"));
    assert_ne!(started.describe("local-Table").await.item_count, Some(0));
}

/// The arguments that start functions of Python.
fn python() -> String {
    let python = virtual_environment("tests/requirements.txt").join("bin/python");
    format!("{} -m awslambdaric app.handler", python.display())
}

/// A copy of the function that keeps notes.
fn notes() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in ["app.py", "template.yaml"] {
        fs::copy(root().join("tests/functions/boto3_notes").join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn answer(own: &[&str], everyone: usize) -> Value {
    let seen = "arn:aws:dynamodb:us-east-1:000000000000:table/local-Seen";
    json!({"own": own, "everyone": everyone, "seen": seen})
}

#[tokio::test]
async fn a_function_with_boto3_finds_the_tables_of_its_template() {
    let folder = notes();
    let mut started = WithDynamoDb::template(folder.path(), &["--command", &python()]).await;
    let mut alice = started.dev.connect().await;
    let mut bob = started.dev.connect().await;
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    assert_eq!(read(alice.ask("one").await), answer(&["one"], 1));
    assert_eq!(read(bob.ask("two").await), answer(&["two"], 2));
    assert_eq!(started.describe("local-Seen").await.item_count, Some(2));

    // Code that changes is no reason to lose items.
    let app = fs::read_to_string(folder.path().join("app.py")).unwrap();
    fs::write(folder.path().join("app.py"), app + "\n# changed\n").unwrap();
    started.dev.line("reloaded in").await;
    assert_eq!(read(alice.ask("three").await), answer(&["one", "three"], 3));
}

#[tokio::test]
async fn an_endpoint_in_the_template_stays() {
    let folder = project();
    for (variables, expected) in [
        ("{AWS_ENDPOINT_URL: 'http://127.0.0.1:4566'}", None),
        ("{AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000'}", Some("http://127.0.0.1:8000")),
    ] {
        let template = TEMPLATE.replace("{TABLE: !Ref Things}", variables);
        fs::write(folder.path().join("template.yaml"), template).unwrap();
        let dev = Dev::start_in(folder.path(), ["--template", "template.yaml"]).await;
        let variables = variables_of(&dev).await;
        let endpoint = variables.iter().find_map(|variable| variable.strip_prefix("AWS_ENDPOINT_URL_DYNAMODB="));
        assert_eq!(endpoint, expected);
        let finds_lambda = variables.iter().any(|variable| variable.starts_with("AWS_ENDPOINT_URL_LAMBDA="));
        assert_eq!(finds_lambda, expected.is_some());
        // Nor has it a table that the template does not give it.
        assert!(!variables.iter().any(|variable| variable.starts_with("GOBLET_TABLE=")), "{variables:?}");
    }
}

#[tokio::test]
async fn a_template_that_changes_changes_its_tables() {
    let folder = project();
    let template = folder.path().join("template.yaml");
    let mut started = WithDynamoDb::template(folder.path(), &[]).await;
    started.put(THINGS, "one").await;

    // One more, and what expires.
    let more = format!(
        "{TEMPLATE}      TimeToLiveSpecification: {{AttributeName: ttl, Enabled: true}}\n  More: {{Type: AWS::Serverless::SimpleTable}}\n"
    );
    fs::write(&template, &more).unwrap();
    started.dev.line("reloaded in").await;
    assert!(started.has(THINGS, "one").await);
    assert!(!started.has("local-More", "one").await);
    assert_eq!(started.time_to_live(THINGS).await.as_deref(), Some("ttl"));

    // What is refused leaves all as it was.
    fs::write(
        &template,
        more.replace("AttributeDefinitions: [{AttributeName: id,", "AttributeDefinitions: [{AttributeName: name,"),
    )
    .unwrap();
    let error = started.dev.line("error:").await;
    assert!(error.contains("Resources.Things.Properties: "), "{error}");
    started.dev.line("the version from before is still served").await;
    assert!(started.has(THINGS, "one").await);

    // Another key.
    let changed = more.replace("[{AttributeName: id,", "[{AttributeName: name,");
    fs::write(&template, changed).unwrap();
    let note = started.dev.line("note:").await;
    assert!(note.ends_with("the keys or indexes of the table local-Things have changed: it is empty now"), "{note}");
    started.dev.line("reloaded in").await;
    let table = started.describe(THINGS).await;
    assert_eq!(table.key_schema()[0].attribute_name, "name");
    assert_eq!(table.item_count, Some(0));
}

#[tokio::test]
async fn a_table_that_dynamodb_refuses_is_named() {
    let folder = project();
    for (right, wrong, says) in [
        (
            "AttributeType: S}]",
            "AttributeType: S}, {AttributeName: more, AttributeType: S}]",
            "Resources.Things.Properties: ",
        ),
        (
            "    Properties:\n      KeySchema",
            "    Properties:\n      TableName: no/name\n      KeySchema",
            "Resources.Things.Properties: ",
        ),
        ("KeyType: HASH", "KeyType: hash", "Resources.Things.Properties.KeySchema[0].KeyType: unknown variant `hash`"),
    ] {
        fs::write(folder.path().join("template.yaml"), TEMPLATE.replace(right, wrong)).unwrap();
        let output = output(Command::new(GOBLET).args(["dev", "--port", "0"]).current_dir(folder.path()));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_file_keeps_items() {
    let folder = project();
    // In the folder that is watched, because the function's code is there.
    let template = TEMPLATE.replace("CodeUri: echo.cwasm", "CodeUri: .");
    fs::write(folder.path().join("template.yaml"), &template).unwrap();
    let data = ["--data", "chat.db"];
    let started = WithDynamoDb::template(folder.path(), &data).await;
    started.put(THINGS, "one").await;
    started.kill().await;

    let started = WithDynamoDb::template(folder.path(), &data).await;
    assert!(started.has(THINGS, "one").await);
    started.put(THINGS, "two").await;

    let fail = |arguments: &[&str]| {
        let mut command = Command::new(GOBLET);
        let output = output(command.args(["dev", "--port", "0"]).args(arguments).current_dir(folder.path()));
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let in_use = fail(&data);
    let expected = "chat.db is in use by another `goblet dev`: end that one, or choose another file with --data";
    assert!(in_use.contains(expected), "{in_use}");

    // It is no code that changes, though it is among the code.
    let mut dev = started.dev;
    fs::write(folder.path().join("notes.txt"), "changed").unwrap();
    let changed = dev.line("changed: reloading").await;
    assert!(changed.ends_with("  notes.txt changed: reloading template.yaml"), "{changed}");
    dev.signal(Signal::SIGINT);
    assert!(dev.wait().await.success());

    let started = WithDynamoDb::template(folder.path(), &data).await;
    assert!(started.has(THINGS, "one").await && started.has(THINGS, "two").await);
    started.kill().await;

    fs::write(folder.path().join("template.yaml"), template.replace("[{AttributeName: id,", "[{AttributeName: name,"))
        .unwrap();
    let other = fail(&data);
    assert!(other.contains("the table local-Things in "), "{other}");
    assert!(other.contains("chat.db has other keys or indexes: choose another file with --data"), "{other}");
    let no_database = fail(&["--data", "template.yaml"]);
    assert!(no_database.contains("template.yaml (--data): is it a file that `goblet dev` has made?"), "{no_database}");
    let no_folder = fail(&["--data", "no/chat.db"]);
    assert!(no_folder.contains("cannot open the file no/chat.db (--data)"), "{no_folder}");
}

#[tokio::test]
async fn what_has_expired_is_deleted() {
    let started = WithDynamoDb::echo(&[]).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (name, ttl) in [("old", Some(now - 1)), ("new", Some(now + 3600)), ("lasting", None)] {
        let put = started.client.put_item().table_name("goblet").item("PK", text("s#a")).item("SK", text(name));
        let put = match ttl {
            Some(ttl) => put.item("ttl", AttributeValue::N(ttl.to_string())),
            None => put,
        };
        put.send().await.unwrap();
    }
    let end = Instant::now() + PATIENCE;
    let left = loop {
        let scan = started.client.scan().table_name("goblet").send().await.unwrap();
        let mut left: Vec<String> = scan.items().iter().map(|item| item["SK"].as_s().unwrap().clone()).collect();
        left.sort();
        if !left.contains(&"old".to_owned()) {
            break left;
        }
        assert!(Instant::now() < end, "it is still there");
        sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(left, ["lasting", "new"]);
}

/// A page can send anything that a program can, but for the marks that its browser adds, and the host.
#[tokio::test]
async fn pages_do_not_reach_it() {
    let mut started = WithDynamoDb::echo(&[]).await;
    let operation = "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.DescribeTable\r\n\
         X-Amz-Date: 20261125T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/20261125/us-east-1/dynamodb/aws4_request, \
         SignedHeaders=host, Signature=a\r\n";
    for method in ["POST", "OPTIONS", "GET"] {
        for mark in ["Origin: https://example.com\r\n", "Origin: null\r\n", "Sec-Fetch-Site: same-origin\r\n"] {
            let (status, body) = started.request(method, "", &format!("{operation}{mark}"));
            assert_eq!(status, 403, "{method} {mark}");
            let message = serde_json::from_str::<Value>(&body).unwrap()["message"].clone();
            assert!(message.as_str().unwrap().starts_with("web pages may not call this"), "{message}");
            assert!(started.dev.line("only browsers send").await.contains("  403  "));
        }
        for host in ["example.com", "127.0.0.1.example.com", "127.0.0.1"] {
            let (status, body) = started.request(method, host, operation);
            assert_eq!(status, 403, "{method} {host}");
            assert!(body.contains("this is not called"), "{body}");
            assert!(started.dev.line("this is not called").await.contains("  403  "));
        }
    }
    let (status, body) = started.request("POST", "", operation);
    assert_eq!(status, 200, "{body}");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["Table"]["TableName"], "goblet");
}
