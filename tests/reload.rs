//! What is served changes, and connections stay.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::Stdio,
    time::{Duration, SystemTime},
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use support::{Client, Dev, GOBLET, PATIENCE, echo_cwasm, echo_wasm, puppet, root};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    process::Command,
    time::{sleep, timeout},
};

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
    dev.line("the version from before is still served").await;
    assert_eq!(client.ask(MESSAGE).await, "foo");
}

/// Writes a crate outside of the workspace.
fn write_crate(folder: &Path, name: &str, manifest: &str, source: &str) {
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n{manifest}");
    // Dependencies are built once for all tests.
    let config = format!("[build]\ntarget-dir = \"{}\"\n", support::folder().join("crates").display());
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join(".cargo")).unwrap();
    fs::write(folder.join(".cargo/config.toml"), config).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), source).unwrap();
}

/// The manifest of a handler, for a crate outside of the workspace.
fn handler_manifest() -> String {
    let sdk = root().join("sdk/rust").canonicalize().unwrap();
    format!("[lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\ngoblet = {{ path = \"{}\" }}\n", sdk.display())
}

fn echo_source() -> String {
    fs::read_to_string(root().join("guest/echo/src/lib.rs")).unwrap()
}

/// The echo's source, with another expression for what it answers.
fn answering(payload: &str) -> String {
    let source = echo_source();
    let answering = source.replace("event.body)", &format!("{payload})"));
    assert_ne!(answering, source);
    answering
}

#[tokio::test]
async fn a_crate_is_built_again() {
    let folder = TempDir::new().unwrap();
    write_crate(folder.path(), "copy", &handler_manifest(), &echo_source());
    let mut dev = Dev::start([folder.path()]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");

    fs::write(folder.path().join("src/lib.rs"), "no Rust").unwrap();
    dev.line("the version from before is still served").await;
    assert_eq!(client.ask("foo").await, "foo");

    fs::write(folder.path().join("src/lib.rs"), answering("\"loud\"")).unwrap();
    let line = dev.line("reloaded in").await;
    assert!(line.ends_with(&format!("{} (src/lib.rs changed); connections stay", folder.path().display())), "{line}");
    assert_eq!(client.ask("foo").await, "loud");
}

#[tokio::test]
async fn a_path_dependency_is_watched() {
    let folder = TempDir::new().unwrap();
    let (library, handler) = (folder.path().join("library"), folder.path().join("handler"));
    write_crate(&library, "answer", "", "pub fn answer() -> &'static str { \"one\" }");
    let manifest = format!("{}answer = {{ path = \"../library\" }}\n", handler_manifest());
    write_crate(&handler, "asker", &manifest, &answering("answer::answer()"));
    let mut dev = Dev::start([&handler]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "one");

    fs::write(library.join("src/lib.rs"), "pub fn answer() -> &'static str { \"two\" }").unwrap();
    let line = dev.line("reloaded in").await;
    assert!(line.contains("library/src/lib.rs changed"), "{line}");
    assert_eq!(client.ask("foo").await, "two");
}

/// A folder with a Python function, which a template in it serves: `CodeUri: .`.
fn python_folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let template = TEMPLATE.replace("CodeUri: mirror", "CodeUri: .").replace("!GetAtt Echo.Arn", "!GetAtt Mirror.Arn");
    fs::write(folder.path().join("template.yaml"), template).unwrap();
    fs::copy(root().join("tests/functions/mirror/mirror.py"), folder.path().join("mirror.py")).unwrap();
    folder
}

const PYTHON: [&str; 2] = ["--command", "python3 {handler}.py"];

/// Puts a file in its place at once. The name that it has before does not count.
fn put(file: &Path, content: impl AsRef<[u8]>) {
    let next = file.with_extension("next~");
    fs::write(&next, content).unwrap();
    fs::rename(&next, file).unwrap();
}

/// Changes a file of the code, which is reloaded then, and returns what was told up to there.
async fn lines_of_reload(dev: &mut Dev, file: &Path, content: &str) -> Vec<String> {
    put(file, content);
    dev.lines("reloaded in").await
}

/// What has no new content is not named by the reload that comes next.
#[tokio::test]
async fn only_new_content_is_reloaded() {
    let folder = python_folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path(".gitignore"), "*.db\n").unwrap();
    let mut dev = Dev::start_in(folder.path(), PYTHON).await;
    let question = r#"{"action": "ask", "routeKey": true}"#;
    assert_eq!(dev.connect().await.ask(question).await, "ask");
    for round in ["1", "2"] {
        // A touch, a file that is saved as it was, and what runs beside the code writes.
        let source = fs::read(path("mirror.py")).unwrap();
        fs::File::options().write(true).open(path("mirror.py")).unwrap().set_modified(SystemTime::now()).unwrap();
        put(&path("mirror.py"), source);
        fs::create_dir_all(path("__pycache__")).unwrap();
        for written in ["__pycache__/mirror.cpython-313.pyc", "function.log", "chat.db", ".mirror.py.swp"] {
            fs::write(path(written), round).unwrap();
        }
        let lines = lines_of_reload(&mut dev, &path("other.py"), round).await;
        let told: Vec<_> = lines.iter().filter(|line| line.contains("changed")).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told.iter().all(|line| line.contains("other.py changed") || line.contains("(other.py changed)")),
            "{told:?}"
        );
    }
}

/// `goblet dev > dev.txt 2>&1` in the folder of the code: each line would cause a reload, which tells a line.
#[tokio::test]
async fn its_own_output_is_no_change() {
    its_output_is_no_change("exec \"$@\" > dev.txt 2>&1").await;
}

/// The same with programs between it and the file.
#[tokio::test]
async fn what_reads_its_output_and_writes_it_to_a_file_is_no_change() {
    its_output_is_no_change("\"$@\" 2>&1 | cat | tee dev.txt").await;
}

/// Serves from a shell, whose script has the output in `dev.txt`.
async fn its_output_is_no_change(script: &str) {
    let folder = python_folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("dev.txt"), "").unwrap();
    let goblet = Dev::command(folder.path(), PYTHON);
    let goblet = goblet.as_std();
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(goblet.get_program()).args(goblet.get_args()).current_dir(folder.path());
    let mut shell = shell.stdout(Stdio::null()).process_group(0).spawn().unwrap();
    let group = Pid::from_raw(shell.id().unwrap().try_into().unwrap());
    let told = async |text: &str| loop {
        let told = fs::read_to_string(path("dev.txt")).unwrap();
        if told.contains(text) {
            return told;
        }
        sleep(Duration::from_millis(10)).await;
    };
    let told = async |text: &str| timeout(PATIENCE, told(text)).await.unwrap_or_else(|_| panic!("never told {text:?}"));
    let listening = told("/dev/\n").await;
    let url = listening.lines().find_map(|line| line.strip_prefix("Listening on ")).unwrap();
    let mut client = Client::connect(url).await.unwrap();
    for round in 1..=3 {
        for message in 0..3 {
            let question = format!(r#"{{"action": "ask", "routeKey": true, "message": "{round}.{message}"}}"#);
            assert_eq!(client.ask(&question).await, "ask");
            // It is told before the next one is asked.
            told(&format!("{round}.{message}")).await;
        }
        put(&path("other.py"), round.to_string());
        let reloaded = async {
            while fs::read_to_string(path("dev.txt")).unwrap().matches("reloaded in").count() < round {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, reloaded).await.expect("it reloads");
        let told = fs::read_to_string(path("dev.txt")).unwrap();
        assert_eq!(told.matches("changed: reloading").count(), round, "{told}");
        assert_eq!(told.matches("other.py changed: reloading").count(), round, "{told}");
    }
    killpg(group, Signal::SIGTERM).unwrap();
    shell.wait().await.unwrap();
}

/// Something that writes all the time keeps no change waiting.
#[tokio::test]
async fn a_change_is_seen_while_something_writes_all_the_time() {
    let folder = python_folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path(".gitignore"), "noise\n").unwrap();
    let mut dev = Dev::start_in(folder.path(), PYTHON).await;
    let noise = path("noise");
    let writing = tokio::spawn(async move {
        for number in 0_u64.. {
            fs::write(&noise, number.to_string()).unwrap();
            sleep(Duration::from_millis(10)).await;
        }
    });
    lines_of_reload(&mut dev, &path("other.py"), "new").await;
    writing.abort();
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
  AskResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiAskRoute, RouteResponseKey: $default}
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

    fs::write(path("template.yaml"), TEMPLATE.replace("ask:", "query:").replace("ApiAskRoute", "ApiQueryRoute"))
        .unwrap();
    dev.line("reloaded in").await;
    assert_eq!(client.ask(question).await, question);
    assert_eq!(client.ask(r#"{"action": "query", "routeKey": true}"#).await, "query");

    fs::write(path("template.yaml"), TEMPLATE.replace("StageName: !Ref Stage", "StageName: !Ref Gone")).unwrap();
    dev.line("the template has neither a parameter nor a resource Gone").await;
    assert_eq!(client.ask("bar").await, "bar");
}

/// The functions of a nested application are called by both logical ids, and its template is watched.
#[tokio::test]
async fn a_nested_application_is_served_and_watched() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let outer = "
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: dev
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: !GetAtt App.Outputs.Arn, RouteResponseSelectionExpression: $default}}
  App: {Type: AWS::Serverless::Application, Properties: {Location: app/template.yaml}}
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
";
    let inner = "
Resources:
  Mirror:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: mirror, Environment: {Variables: {EVENTS: /dev/null}}}
Outputs: {Arn: {Value: !GetAtt Mirror.Arn}}
";
    fs::write(path("template.yaml"), outer).unwrap();
    fs::create_dir(path("app")).unwrap();
    fs::write(path("app/template.yaml"), inner).unwrap();
    let mirror = fs::read_to_string(root().join("tests/functions/mirror/mirror.py")).unwrap();
    fs::write(path("app/mirror.py"), &mirror).unwrap();
    fs::write(path("app/other.py"), mirror.replace(" got ", " saw ")).unwrap();
    let mut dev = Dev::start_in(folder.path(), ["--command", "App-Mirror=python3 {handler}.py"]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "$default got foo");

    put(&path("app/template.yaml"), inner.replace("Handler: mirror", "Handler: other"));
    dev.line("(app/template.yaml changed)").await;
    assert_eq!(client.ask("foo").await, "$default saw foo");
}

/// Writes a crate whose build never ends. When it is built, it connects to the listener.
fn write_crate_that_hangs(folder: &Path, listener: &TcpListener) {
    write_crate(folder, "hangs", "[lib]\ncrate-type = [\"cdylib\"]\n", "");
    // It has no dependencies. In a target folder of its own it neither waits for other builds nor holds them up.
    fs::remove_file(folder.join(".cargo/config.toml")).unwrap();
    let build = format!(
        "use std::{{io::Read as _, net::TcpStream}};\n\
         fn main() {{\n\
             let mut stream = TcpStream::connect({:?}).unwrap();\n\
             let _ = stream.read(&mut [0]);\n\
         }}\n",
        listener.local_addr().unwrap().to_string()
    );
    fs::write(folder.join("build.rs"), build).unwrap();
}

/// Lets a build begin, ends `goblet dev` by a signal, and sees that nothing is left of the build.
async fn assert_signal_ends_build(dev: Dev, listener: TcpListener, signal: Signal) {
    let build = build_begins(listener).await;
    dev.signal(signal);
    assert!(dev.wait().await.success());
    build_ends(build).await;
}

/// Waits for the connection from the build.
async fn build_begins(listener: TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    timeout(PATIENCE, listener.accept()).await.expect("the build begins").unwrap().0
}

/// The build's end of the connection closes with its process.
async fn build_ends(mut build: TcpStream) {
    let read = timeout(PATIENCE, build.read(&mut [0])).await.expect("the build ends");
    assert!(matches!(read, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_signal_ends_a_command_that_builds() {
    for (command, signal, code) in
        [("compile", Signal::SIGTERM, 143), ("package", Signal::SIGINT, 130), ("inspect", Signal::SIGHUP, 129)]
    {
        let (folder, temporary) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        write_crate_that_hangs(folder.path(), &listener);
        let mut goblet = Command::new(GOBLET);
        goblet.args([command, "."]).current_dir(folder.path()).env("TMPDIR", temporary.path()).kill_on_drop(true);
        let mut goblet = goblet.spawn().unwrap();
        let build = build_begins(listener).await;
        kill(Pid::from_raw(goblet.id().unwrap().try_into().unwrap()), signal).unwrap();
        let status = timeout(PATIENCE, goblet.wait()).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Some(code), "{command}");
        build_ends(build).await;
        let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("goblet-")), "{command}: {left:?}");
    }
}

#[tokio::test]
async fn a_signal_ends_the_first_build() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let folder = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        write_crate_that_hangs(folder.path(), &listener);
        let dev = Dev::spawn(&mut Dev::command(root(), [folder.path()]));
        assert_signal_ends_build(dev, listener, signal).await;
    }
}

#[tokio::test]
async fn a_signal_ends_a_build_while_it_serves() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::create_dir(path("echo")).unwrap();
    fs::copy(echo_cwasm(), path("echo/echo.cwasm")).unwrap();
    write_crate_that_hangs(&path("mirror"), &listener);
    let template = TEMPLATE.replace("python3.11", "provided.al2023");
    // At first the crate is no function's.
    let before = template.replace("CodeUri: mirror", "CodeUri: echo").replace("Handler: mirror", "Handler: echo");
    fs::write(path("template.yaml"), before).unwrap();
    let mut dev = Dev::start_in(folder.path(), [""; 0]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");

    fs::write(path("template.yaml"), template).unwrap();
    dev.line("template.yaml changed: reloading template.yaml").await;
    assert_signal_ends_build(dev, listener, Signal::SIGTERM).await;
    assert_eq!(u16::from(client.closed().await.code), 1001);
}

#[tokio::test]
async fn the_environment_has_the_template_s_parameters_and_the_command() {
    let folder = TempDir::new().unwrap();
    let template =
        TEMPLATE.replace("Echo.Arn", "Mirror.Arn").replace("Resources:", "  Other: {Type: String}\nResources:");
    fs::write(folder.path().join("template.yaml"), template).unwrap();
    fs::create_dir(folder.path().join("mirror")).unwrap();
    fs::copy(root().join("tests/functions/mirror/mirror.py"), folder.path().join("mirror/mirror.py")).unwrap();
    let mut goblet = Dev::command(folder.path(), [""; 0]);
    goblet.env("GOBLET_PARAMETER_OVERRIDES", "Other=1 Stage=test").env("GOBLET_COMMAND", "Mirror=python3 {handler}.py");
    let dev = Dev::spawn(&mut goblet).listening().await;
    assert!(dev.url.ends_with("/test/"), "{}", dev.url);
    assert_eq!(dev.connect().await.ask(r#"{"action": "ask", "routeKey": true}"#).await, "ask");
}
