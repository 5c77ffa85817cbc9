//! A handler in JavaScript has the same promises of the sandbox, and what JavaScript's authors expect besides.

use std::{collections::HashSet, sync::OnceLock, time::Duration};

use serde_json::{Value, json};

use super::{
    bootstrap::{Bootstrap, Package},
    events::{self, CONNECTION_ID},
    guests,
    management_api::ManagementApi,
};

/// The handler that does what it is told, compiled.
fn puppet() -> &'static [u8] {
    static PUPPET: OnceLock<Vec<u8>> = OnceLock::new();
    PUPPET.get_or_init(|| guests::built("tests/javascript/puppet").1)
}

/// The puppet, with something to observe it by.
struct Trial {
    puppet: Bootstrap,
    api: ManagementApi,
}

impl Trial {
    async fn start() -> Self {
        Self::of(Package::handler(puppet())).await
    }

    async fn of(package: Package) -> Self {
        let api = ManagementApi::start().await;
        Self { puppet: package.variable("AWS_LAMBDA_LOG_LEVEL", "DEBUG").management_api(&api).start(), api }
    }

    /// Sends an event that fails, between two that are echoed by one process. Returns the error's type and text.
    async fn survive_event(&self, event: &Value) -> (String, String) {
        self.echo("echo good").await;
        let process_id = self.puppet.process_id();
        let error = self.puppet.error(event).await;
        self.echo("echo good").await;
        assert_eq!(self.puppet.process_id(), process_id, "another process after {event}");
        error
    }

    async fn survive(&self, message: &str) -> (String, String) {
        self.survive_event(&events::message(message)).await
    }

    async fn echo(&self, message: &str) {
        let posts = self.api.posts().len();
        self.puppet.invoke(&events::message(message)).await.unwrap();
        let text = message.split_once(' ').unwrap().1;
        assert_eq!(self.api.posts()[posts..], [(CONNECTION_ID.to_owned(), text.to_owned())]);
    }

    /// Level and message of the records with a text in them, once there is one. The text is in one line.
    async fn records(&self, text: &str) -> Vec<(String, String)> {
        let lines = self.puppet.output(text).await;
        let records = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let field = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
        let records = records.map(|record| (field(&record, "level"), field(&record, "message")));
        records.filter(|(_, message)| message.contains(text)).collect()
    }
}

#[tokio::test]
async fn text_and_bytes_come_back_as_they_were() {
    let trial = Trial::start().await;
    for text in ["foo", "\0", "a\0b", "grüße 😀 \u{10ffff}", "line\nline\r\n", &"x".repeat(128 * 1024)] {
        trial.echo(&format!("echo {text}")).await;
    }
    trial.echo("slowly foo").await;
    // In UTF-16, as JavaScript counts.
    assert_eq!(trial.puppet.returned("length 😀").await, "9");
    let bytes = trial.puppet.invoke(&events::encoded_message("AP+A")).await.unwrap();
    assert_eq!(bytes, json!({"statusCode": 200, "body": "AP+A", "isBase64Encoded": true}));
    assert_eq!(trial.puppet.invoke(&events::message("bytes")).await.unwrap()["body"], "AP8=");
    let (error_type, text) = trial.survive(&format!("echo {}", "x".repeat(128 * 1024 + 1))).await;
    assert_eq!(error_type, "Handler.Failed");
    assert!(text.starts_with("PayloadTooLargeError: the payload is larger than 128 KB"), "{text}");
}

#[tokio::test]
async fn an_event_has_the_requests_fields_at_its_top() {
    let trial = Trial::start().await;
    let event: Value = serde_json::from_str(&trial.puppet.returned("json body").await).unwrap();
    let expected = json!({
        "connectionId": CONNECTION_ID,
        "requestId": events::REQUEST_ID,
        "routeKey": "$default",
        "domainName": "abc.execute-api.us-east-1.amazonaws.com",
        "stage": "api",
        "apiId": "abc",
        "connectedAt": 1_795_464_725_000_u64,
        "sourceIp": "192.0.2.1",
        "userAgent": "test",
        "authorizer": {},
        "stageVariables": {},
        "messageId": "XfVRYGf_IAMFxMh=",
        "body": "body",
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn a_client_is_accepted_or_refused() {
    let puppet = Package::handler(puppet()).start();
    let status = async |name: &str| puppet.invoke(&events::connect(&json!({"name": name}))).await.unwrap();
    assert_eq!(status("ada").await["statusCode"], 200);
    assert_eq!(status("nobody").await["statusCode"], 401);
    assert_eq!(status("no").await["statusCode"], 403);
    let mut event = events::connect(&json!({"name": "subprotocol"}));
    event["multiValueHeaders"]["sec-websocket-protocol"] = json!(["chat.v2, chat.v1"]);
    let accepted = puppet.invoke(&event).await.unwrap();
    assert_eq!(accepted["headers"]["Sec-WebSocket-Protocol"], "chat.v2");
}

#[tokio::test]
async fn an_error_in_each_route_fails_its_event() {
    let trial = Trial::start().await;
    for (event, says) in [
        (events::connect(&json!({"name": "throw"})), "Error: a, b may not"),
        (events::message("throw bang"), "PuppetError: bang"),
        (events::message("throwLater bang"), "PuppetError: bang"),
        (events::message("throwText bang"), "thrown: bang"),
        (events::message("forget"), "SyntaxError: nobody asks"),
        (events::message("neverEnd"), "Error: onMessage waits for a promise that nothing will resolve: it never ends"),
        (events::message("object"), "TypeError: what onMessage returned is an object: give a string or a Uint8Array"),
        (events::message("sendNothing"), "TypeError: the message is undefined: give a string or a Uint8Array"),
        (events::message("no-such-command"), "TypeError: "),
        (events::message("network"), "Error: fetch is not available in a handler: a handler has no network"),
        (events::message("socket"), "Error: WebSocket is not available in a handler: a handler has no network"),
        (events::message("worker"), "Error: Worker is not available in a handler: a handler has one thread"),
        (events::message("subtle"), "NotSupportedError: crypto.subtle.generateKey is not available in a handler"),
        (events::disconnect(1000, "throw"), "Error: not yet"),
    ] {
        let (error_type, text) = trial.survive_event(&event).await;
        assert_eq!(error_type, "Handler.Failed", "{text}");
        assert!(text.starts_with(says), "{text}");
    }
}

#[tokio::test]
async fn an_error_is_one_record_with_places_in_the_authors_files() {
    let trial = Trial::start().await;
    trial.survive("throw bang").await;
    let records = trial.records("at throw (puppet.ts:").await;
    assert_eq!(records.len(), 1, "{records:?}");
    let (level, message) = &records[0];
    assert_eq!(level, "ERROR");
    let source = include_str!("../javascript/puppet/failing.ts");
    let line = 1 + source.lines().position(|line| line.contains("throw new PuppetError")).unwrap();
    assert!(message.starts_with("PuppetError: bang\n"), "{message}");
    assert!(message.contains(&format!("at fail (failing.ts:{line}:")), "{message}");
    assert!(message.contains("[cause]: TypeError: the cause"), "{message}");
    trial.survive("sendNothing").await;
    let records = trial.records("at sendNothing (puppet.ts:").await;
    assert_eq!(records.len(), 1, "{records:?}");
    for ours in ["<input>", "componentize", "component/", "src/", "__async"] {
        assert!(!message.contains(ours) && !records[0].1.contains(ours), "{ours} in {message} or {records:?}");
    }
}

#[tokio::test]
async fn console_has_levels_and_one_record_a_call() {
    let trial = Trial::start().await;
    trial.puppet.invoke(&events::message("log")).await.unwrap();
    for (level, message) in [
        ("DEBUG", "a debug"),
        ("INFO", "a number 5 { list: [ 1, 2 ], map: Map(1) { 'key' => 1n } }"),
        ("WARN", "two\nlines"),
    ] {
        let records = trial.records(message.lines().next().unwrap()).await;
        assert_eq!(records, [(level.to_owned(), message.to_owned())]);
    }
    let [(level, message)] = &trial.records("an error:").await[..] else { panic!("no record, or several") };
    assert_eq!(level, "ERROR");
    assert!(message.starts_with("an error: RangeError: too far\n    at log (puppet.ts:"), "{message}");
}

#[tokio::test]
async fn errors_of_connections_are_classes() {
    let trial = Trial::start().await;
    assert_eq!(trial.puppet.returned("gone").await, "true true DisconnectedError gone");
    assert_eq!(trial.puppet.returned("sendAll").await, "gone: DisconnectedError");
}

#[tokio::test]
async fn a_connection_is_described_and_closed() {
    let trial = Trial::start().await;
    let described: Value = serde_json::from_str(&trial.puppet.returned("describe").await).unwrap();
    let expected = json!({
        "connectedAt": 1_795_464_725_001_u64,
        "lastActiveAt": 1_795_464_726_000_u64,
        "sourceIp": "192.0.2.1",
        "userAgent": "test",
    });
    assert_eq!(described, expected);
    trial.puppet.invoke(&events::message("close idle")).await.unwrap();
    let (error_type, text) = trial.survive("close gone").await;
    assert_eq!(error_type, "Handler.Failed");
    assert!(text.starts_with("DisconnectedError: "), "{text}");
    assert_eq!(trial.api.closed(), ["idle", "gone"]);
}

#[tokio::test]
async fn nothing_is_as_it_was_when_the_component_was_built() {
    let package = Package::handler(puppet()).variable("TABLE", "chat").variable("GOBLET_ENVIRONMENT", "TABLE");
    let puppet = package.start();
    let before = now();
    let mut seen = HashSet::new();
    for _ in 0..2 {
        let fresh: Value = serde_json::from_str(&puppet.returned("fresh").await).unwrap();
        assert!(u128::from(fresh["loaded"]["now"].as_u64().unwrap()) >= before, "{fresh}");
        // Also what the modules read while they were loaded.
        assert_eq!(fresh["loaded"]["environment"], json!({"TABLE": "chat"}));
        let random = ["/loaded/random", "/loaded/uuid", "/random", "/uuid", "/bytes", "/values"];
        for pointer in random {
            let value = fresh.pointer(pointer).unwrap().to_string();
            assert!(seen.insert(value.clone()), "{pointer} is {value} again");
        }
    }
    assert_eq!(puppet.returned("environment").await, r#"{"TABLE":"chat"}"#);
}

fn now() -> u128 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()
}

#[tokio::test]
async fn promises_timers_and_the_web_are_there() {
    let puppet = Package::handler(puppet()).start();
    let promises: Value = serde_json::from_str(&puppet.returned("promises").await).unwrap();
    let expected = json!({
        "numbers": [0, 1, 2],
        "settled": ["fulfilled", "rejected", "fulfilled"],
        "any": "any",
        "race": "fast",
        "order": ["tick", "microtask", "timer"],
        "isSame": true,
    });
    assert_eq!(promises, expected);
    let web = "https://example.com/chat?name=Ada+L&room=%C3%BC ü😀 1970-01-01T00:00:00.000Z aGk= hi 6869";
    assert_eq!(puppet.returned("web").await, web);

    // They are those of Node.js itself.
    let hashes: Value = serde_json::from_str(&puppet.returned("hashes").await).unwrap();
    let hmac = "2f02e24ae2e1fe880399f27600afa88364e6062bf9bbe114b32fa8f23d03608a";
    let url = "DMF1ucDxtqgxw5niaXcmYQ";
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    assert_eq!(hashes, json!(["kAFQmDzST7DWlj99KOF/cg==", sha1, hmac, url, true, true, false, "NotSupportedError"]));
}

#[tokio::test]
async fn what_never_ends_is_stopped() {
    let trial = Trial::of(Package::handler(puppet()).timeout(Duration::from_secs(2))).await;
    for message in ["loop", "loopOfPromises", "sleep", "logOn"] {
        let (error_type, text) = trial.survive(message).await;
        assert_eq!(error_type, "Handler.TimedOut", "{message}: {text}");
    }
    let cut_off = trial.records("printed 256 KB").await;
    assert_eq!(cut_off.len(), 1, "{cut_off:?}");
}

#[tokio::test]
async fn memory_and_the_stack_have_limits() {
    let trial = Trial::start().await;
    let (error_type, text) = trial.survive("memory").await;
    assert!(error_type == "Handler.OutOfMemory" || text.contains("out of memory"), "{error_type} {text}");
    let (error_type, text) = trial.survive("recurse").await;
    assert!(text.contains("stack"), "{error_type} {text}");
}

#[tokio::test]
async fn exit_is_one_failed_event() {
    let trial = Trial::start().await;
    for status in ["0", "3"] {
        let (error_type, text) = trial.survive(&format!("exit {status}")).await;
        assert_eq!(error_type, "Handler.Trapped", "{text}");
        let records = trial.records(&format!("process.exit({status}) was called")).await;
        assert_eq!(records.len(), 1, "{records:?}");
    }
}
