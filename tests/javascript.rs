//! Handlers in JavaScript and TypeScript, by the commands that take a handler.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use goblet_testing::{Event, Handler, InMemoryServices};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use support::{Client, Dev, GOBLET, output, root};
use tempfile::TempDir;

/// A folder with a handler's files. It has no other project above it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        write(&folder.path().join(name), text);
    }
    folder
}

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn goblet(folder: &Path, arguments: &[&str]) -> Output {
    output(Command::new(GOBLET).args(arguments).current_dir(folder))
}

/// What a command that fails says.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = goblet(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// What `goblet inspect` shows of a handler.
fn inspected(folder: &Path, handler: &str) -> String {
    let output = goblet(folder, &["inspect", handler]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A handler that answers each message with an expression.
fn answering(expression: &str) -> String {
    format!(
        "import {{ send }} from \"goblet\";\nexport function onMessage(event) {{ send(event.connectionId, {expression}); }}\n"
    )
}

#[tokio::test]
async fn the_echo_of_the_repository_echoes() {
    for handler in ["guest/echo-javascript", "guest/echo-typescript"] {
        let dev = Dev::start([handler]).await;
        let mut client = dev.connect().await;
        for text in ["foo", "\0 grüße 😀", &"x".repeat(30_000)] {
            assert_eq!(client.ask(text).await, text);
        }
    }
}

#[test]
fn a_build_that_is_stopped_leaves_nothing() {
    let session = "> foo\n< foo\n";
    let folder = folder(&[("handler.js", &answering("event.body")), ("a.ws", session)]);
    let temporary = TempDir::new().unwrap();
    let mut goblet = Command::new(GOBLET)
        .args(["test", "a.ws", "handler.js"])
        .current_dir(folder.path())
        .env("TMPDIR", temporary.path())
        .spawn()
        .unwrap();
    while !has_file(temporary.path(), "world.wit") {
        assert!(goblet.try_wait().unwrap().is_none(), "the build has not begun");
        thread::yield_now();
    }
    kill(Pid::from_raw(goblet.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(goblet.wait().unwrap().code(), Some(130));
    let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Whether there is such a file in a folder, or in one below. What is removed meanwhile has none.
fn has_file(folder: &Path, name: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).any(|path| path.ends_with(name) || has_file(&path, name))
}

#[test]
fn a_handler_is_tested_without_a_server() {
    let handler = Handler::build(root().join("guest/echo-javascript"));
    let services = InMemoryServices::open(["alice", "bob"]);
    handler.handle(Event::message("alice", "foo"), &services).unwrap();
    assert_eq!(services.connections.sent("alice"), ["foo"]);
    services.connections.disconnect("bob");
    handler.handle(Event::message("bob", "foo"), &services).unwrap();
    let too_large = "x".repeat(128 * 1024 + 1);
    let error = handler.handle(Event::message("alice", too_large.as_str()), &services).unwrap_err();
    assert!(error.to_string().contains("PayloadTooLargeError: "), "{error}");
}

#[tokio::test]
async fn a_file_is_served_and_reloaded_with_what_it_imports() {
    let folder = folder(&[
        (
            "handler.js",
            &answering("shout(event.body)").replace("import", "import { shout } from \"./words.js\";\nimport"),
        ),
        ("words.js", "export const shout = (text) => text.toUpperCase();"),
    ]);
    let mut dev = Dev::start_in(folder.path(), ["handler.js"]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "FOO");

    let format = "import { format } from 'node:util';\nexport const shout = (text) => format('%s!', text);";
    write(&folder.path().join("words.js"), format);
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "foo!");

    write(&folder.path().join("words.js"), "export const shout = (text) => {");
    dev.line("words.js:1").await;
    dev.line("the version from before is still served").await;
    assert_eq!(client.ask("foo").await, "foo!");

    // A file that comes after the import of it.
    let json = "import data from './end.json' with { type: 'json' };\nexport const shout = (text) => text + data.end;";
    write(&folder.path().join("words.js"), json);
    dev.line("the version from before is still served").await;
    write(&folder.path().join("end.json"), r#"{"end": "?"}"#);
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "foo?");
    write(&folder.path().join("end.json"), r#"{"end": "."}"#);
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "foo.");

    // A module that is renamed.
    fs::rename(folder.path().join("words.js"), folder.path().join("speech.js")).unwrap();
    let handler = fs::read_to_string(folder.path().join("handler.js")).unwrap();
    write(&folder.path().join("handler.js"), &handler.replace("words.js", "speech.js"));
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "foo.");
}

#[tokio::test]
async fn a_project_in_typescript_with_a_package_is_served() {
    let folder = folder(&[
        ("package.json", r#"{"name": "shouter", "dependencies": {"shout": "1"}}"#),
        ("src/index.ts", SHOUTER),
        (
            "node_modules/shout/package.json",
            r#"{"name": "shout", "main": "lib.cjs", "browser": {"crypto": false, "fs": false}}"#,
        ),
        // What a package leaves out for browsers is what a handler has, or else it is empty.
        (
            "node_modules/shout/lib.cjs",
            "require('crypto').randomBytes(1).readUInt8();
            module.exports = (text) => require('fs').readFileSync ? text : text.toUpperCase();",
        ),
        ("template.yaml", TEMPLATE),
    ]);
    let dev = Dev::start_in(folder.path(), ["--template", "template.yaml"]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "FOO");
}

const SHOUTER: &str = "
import type { MessageEvent } from 'goblet';
import { send } from 'goblet';
import shout from 'shout';

export async function onMessage({ connectionId, body }: MessageEvent): Promise<void> {
  send(connectionId, await Promise.resolve<string>(shout(body)));
}
";

/// A route to the folder's handler.
const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $default:
          FunctionArn: !GetAtt Shouter.Arn
  Shouter:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: shouter, CodeUri: .}
";

#[tokio::test]
async fn groups_and_state_are_kept() {
    let dev = Dev::start(["tests/javascript/keeper.js"]).await;
    let (mut ada, mut bob) = (dev.connect().await, dev.connect().await);
    let ask = async |client: &mut Client, message: &str, answer: &str| {
        assert_eq!(client.ask(message).await, answer, "{message}");
    };
    ask(&mut ada, "join lobby Ada", "null").await;
    ask(&mut bob, "join lobby Bob", "null").await;
    let members: Vec<String> = serde_json::from_str(&ada.ask("members lobby").await).unwrap();
    assert!(members.len() == 2 && members.contains(&"Ada".to_owned()), "{members:?}");
    ask(&mut ada, "say lobby hi", r#"{"reached":1,"failed":[]}"#).await;
    assert_eq!(bob.receive().await, "hi");
    ask(&mut bob, "leave lobby", "null").await;
    ask(&mut ada, "members lobby", r#"["Ada"]"#).await;

    ask(&mut ada, "get a", "null").await;
    ask(&mut ada, "put a ü", "null").await;
    ask(&mut bob, "get a", r#""ü""#).await;
    ask(&mut bob, "putNew a x", r#"[true,true,"somebody else has changed the entry"]"#).await;
    ask(&mut bob, "putNew b x", "null").await;
    ask(&mut bob, "list", r#"["a","b"]"#).await;
    ask(&mut bob, "list b", r#"["b"]"#).await;
    ask(&mut bob, "remove a", "null").await;
    ask(&mut bob, "list", r#"["b"]"#).await;
    ask(&mut ada, "count", "1").await;
    ask(&mut bob, "count", "2").await;
}

#[test]
fn a_handler_has_the_routes_and_the_services_that_it_uses() {
    let folder = folder(&[
        (
            "all.mjs",
            "import { groups } from 'goblet';\nexport const onConnect = () => {}, onMessage = () => {};\nexport { onMessage as onDisconnect };\nexport const joined = groups.joined;",
        ),
        ("common.cjs", "const { send } = require('./other.cjs');\nexports.onMessage = (event) => send(event);"),
        ("other.cjs", "exports.send = () => {};"),
        ("typed.ts", "export const onConnect = (event: { connectionId: string }): boolean => !!event;"),
    ]);
    let all = inspected(folder.path(), "all.mjs");
    let routes = "  $connect (on-connect)\n  $default and the API's own (on-message)\n  $disconnect (on-disconnect)\n";
    assert!(all.contains(routes), "{all}");
    assert!(all.contains("websocket/groups@") && !all.contains("websocket/state@"), "{all}");
    let typed = inspected(folder.path(), "typed.ts");
    assert!(typed.starts_with("routes\n  $connect (on-connect)\nimports\n"), "{typed}");
    let common = inspected(folder.path(), "common.cjs");
    assert!(common.starts_with("routes\n  $default and the API's own (on-message)\nimports\n"), "{common}");
    assert!(!common.contains("websocket/groups@") && !common.contains("refused"), "{common}");
}

#[test]
fn odd_names_are_compiled_and_packed() {
    let folder =
        folder(&[("ünser chat (1).js", "export function onMessage() {}"), ("package.json", "{\"type\": \"module\"}")]);
    for arguments in [&["compile", "ünser chat (1).js"][..], &["package", "ünser chat (1).js", "--target", "arm64"]] {
        let output = goblet(folder.path(), arguments);
        assert!(output.status.success(), "{output:?}");
    }
    for file in [".goblet/ünser chat (1).cwasm", "ünser chat (1).zip"] {
        assert!(folder.path().join(file).is_file(), "no {file}");
    }
    // What is written beside the code is none of git's business.
    assert_eq!(fs::read_to_string(folder.path().join(".goblet/.gitignore")).unwrap(), "*\n");
}

#[test]
fn what_is_no_handler_is_told_with_the_next_step() {
    for (source, says) in [
        ("export const handler = async () => ({ statusCode: 200 });", "is a Lambda function: it exports \"handler\""),
        ("exports.handler = async () => ({ statusCode: 200 });", "is a Lambda function: it exports \"handler\""),
        ("export const answer = 42;", "It exports answer. A handler exports one or more of the functions onConnect"),
        ("", "It exports nothing."),
        ("export function onMessage( {", "handler.js:1:"),
        (
            "import fs from 'fs';\nexport const onMessage = () => fs;",
            "fs is not available in a handler: a handler has no files",
        ),
        (
            "import 'node:net';\nexport const onMessage = () => {};",
            "net is not available in a handler: a handler has no network",
        ),
        (
            "import 'worker_threads';\nexport const onMessage = () => {};",
            "worker_threads is not available in a handler: ",
        ),
        (
            "import 'child_process';\nexport const onMessage = () => {};",
            "child_process is not available in a handler: ",
        ),
        (
            "import _ from 'lodash';\nexport const onMessage = _.noop;",
            "Run `npm install` if package.json names the package, or else `npm install lodash`",
        ),
        ("await 1;\nexport const onMessage = () => {};", "await is available in functions only"),
        ("import 'goblet/no-such';\nexport const onMessage = () => {};", "there is no such part of goblet"),
    ] {
        let folder = folder(&[("handler.js", source)]);
        let refusal = refusal(folder.path(), &["inspect", "handler.js"]);
        assert!(refusal.contains(says), "{source}: {refusal}");
        assert!(refusal.contains("handler.js"), "{source}: {refusal}");
    }
}

#[test]
fn a_native_addon_is_refused_by_name() {
    let folder = folder(&[
        ("handler.js", "import { hash } from 'quick-hash';\nexport const onMessage = ({ body }) => hash(body);"),
        ("node_modules/quick-hash/package.json", r#"{"name": "quick-hash", "main": "index.js"}"#),
        ("node_modules/quick-hash/index.js", "module.exports = require('./build/hash.node');"),
        ("node_modules/quick-hash/build/hash.node", ""),
    ]);
    let refusal = refusal(folder.path(), &["inspect", "handler.js"]);
    assert!(refusal.contains("quick-hash is a native addon (it loads ./build/hash.node)"), "{refusal}");
}

#[test]
fn what_a_package_imports_and_does_not_call_is_a_warning() {
    let folder = folder(&[
        ("handler.js", "import { shout } from 'reader';\nexport const onMessage = ({ body }) => shout(body);"),
        ("node_modules/reader/package.json", r#"{"name": "reader", "main": "index.js"}"#),
        (
            "node_modules/reader/index.js",
            "const { readFileSync } = require('fs');\nexports.read = () => readFileSync('x');\nexports.shout = (text) => text;",
        ),
    ]);
    let output = goblet(folder.path(), &["inspect", "handler.js"]);
    assert!(output.status.success(), "{output:?}");
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(warning.contains("reader imports fs, which fails when it is called"), "{warning}");
    assert!(warning.contains("node_modules/reader/index.js:1:"), "{warning}");
}

#[test]
fn an_import_that_is_computed_is_a_warning() {
    let folder = folder(&[
        (
            "handler.js",
            "import { any } from 'any';\nexport const onMessage = async ({ body }) =>\n  any(await import(body));",
        ),
        ("node_modules/any/package.json", r#"{"name": "any", "main": "index.js"}"#),
        ("node_modules/any/index.js", "exports.any = (name) => require(name);"),
    ]);
    let output = goblet(folder.path(), &["inspect", "handler.js"]);
    assert!(output.status.success(), "{output:?}");
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(warning.contains("will not be bundled") && warning.contains("handler.js:3:"), "{warning}");
    assert!(!warning.contains("node_modules"), "{warning}");
}

#[test]
fn a_folder_is_told_by_its_package_json() {
    let folder = folder(&[("package.json", r#"{"main": "dist/index.js"}"#)]);
    let says = refusal(folder.path(), &["inspect", "."]);
    assert!(says.contains("package.json names no handler (its main, dist/index.js, does not exist)"), "{says}");
    write(&folder.path().join("index.js"), "exports.handler = async () => ({ statusCode: 200 });");
    let says = refusal(folder.path(), &["dev", "."]);
    assert!(says.contains("index.js is no handler") && says.contains("--template"), "{says}");
    write(&folder.path().join("package.json"), "{");
    let says = refusal(folder.path(), &["inspect", "."]);
    assert!(says.contains("cannot read") && says.contains("package.json"), "{says}");
}

/// A folder for programs that has those, and no others.
fn programs(names: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in names {
        std::os::unix::fs::symlink(program(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn program(name: &str) -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap();
    let mut files = std::env::split_paths(&paths).map(|folder| folder.join(name));
    files.find(|file| file.is_file()).unwrap_or_else(|| panic!("no {name} in PATH")).canonicalize().unwrap()
}

#[test]
fn missing_tools_are_named_with_the_next_step() {
    let folder = folder(&[("handler.js", "export function onMessage() {}")]);
    let run = |path: &TempDir, cache: &Path| {
        let mut command = Command::new(GOBLET);
        command.args(["inspect", "handler.js"]).current_dir(folder.path());
        output(command.env("PATH", path.path()).env("XDG_CACHE_HOME", cache))
    };
    let cache = TempDir::new().unwrap();
    let without_npm = run(&programs(&["node"]), cache.path());
    assert_eq!(without_npm.status.code(), Some(1), "{without_npm:?}");
    let says = String::from_utf8(without_npm.stderr).unwrap();
    assert!(says.contains("cannot start npm") && says.contains("https://nodejs.org"), "{says}");
    // What has failed once is tried again.
    let again = String::from_utf8(run(&programs(&[]), cache.path()).stderr).unwrap();
    assert!(again.contains("cannot start npm"), "{again}");
    let file = cache.path().join("no-folder");
    fs::write(&file, "").unwrap();
    let says = String::from_utf8(run(&programs(&["node"]), &file).stderr).unwrap();
    assert!(says.contains("XDG_CACHE_HOME"), "{says}");
}

#[test]
fn the_projects_own_tools_are_used() {
    let folder = folder(&[
        ("handler.js", "export function onMessage() {}"),
        ("node_modules/goblet/package.json", &format!("{{\"version\": \"{}\"}}", env!("CARGO_PKG_VERSION"))),
        ("node_modules/goblet/build/main.mjs", "console.log(JSON.stringify({ error: 'the own one' }));"),
        ("node_modules/goblet/wit/websocket.wit", ""),
        ("node_modules/esbuild/package.json", "{}"),
        ("node_modules/componentize-qjs/package.json", "{}"),
    ]);
    assert!(refusal(folder.path(), &["inspect", "handler.js"]).contains("the own one"));
    write(&folder.path().join("node_modules/goblet/package.json"), r#"{"version": "0.0.1"}"#);
    inspected(folder.path(), "handler.js");
}

#[test]
fn the_package_works_under_node() {
    let output =
        output(Command::new("node").args(["--test", "sdk/javascript/test/package.test.mjs"]).current_dir(root()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
