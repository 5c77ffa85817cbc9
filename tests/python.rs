//! Handlers in Python, from their source to a client.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::{Command, Output},
};

use support::{Client, Dev, GOBLET, root};
use tempfile::TempDir;

/// The puppet as a function of a template. One variable is for the handler, the other one is not.
const TEMPLATE: &str = r#"
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: { ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: api, AutoDeploy: true }
  Connect: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: $connect, Target: !Sub "integrations/${Integration}" } }
  Default: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${Integration}" } }
  Disconnect: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: $disconnect, Target: !Sub "integrations/${Integration}" } }
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Puppet.Arn}/invocations"
  Puppet:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: puppet
      CodeUri: built
      Timeout: 10
      MemorySize: 128
      Environment: { Variables: { GOBLET_ENVIRONMENT: GREETING, GREETING: hello, SECRET: x } }
"#;

/// A folder with the puppet and its template. It is compiled as it is for Lambda: `goblet dev` would serve a draft.
fn puppet() -> TempDir {
    let folder = TempDir::new().unwrap();
    let (from, to) = (root().join("tests/python/puppet"), folder.path().join("puppet"));
    fs::create_dir_all(to.join("strange")).unwrap();
    for file in ["app.py", "strange/__init__.py", "strange/await_del_with.py"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    fs::create_dir(folder.path().join("built")).unwrap();
    let compiled = goblet(folder.path(), &["compile", "puppet", "--output", "built/puppet.cwasm"]);
    assert!(compiled.status.success(), "{compiled:?}");
    folder
}

/// Asks for what fails, and returns the lines up to the one that says how the event ended.
async fn failure(dev: &mut Dev, client: &mut Client, message: &str) -> String {
    let frame = client.ask(message).await;
    assert!(frame.starts_with(r#"{"message": "Internal server error""#), "{frame}");
    // The event's own line has the message, too; it comes last.
    dev.lines("Handler.").await.join("\n")
}

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[tokio::test]
async fn a_handler_does_what_it_is_told_and_no_harm() {
    let folder = puppet();
    let mut dev = Dev::start_in(folder.path(), [""; 0]).await;
    let mut client = dev.connect().await;

    // Nothing is from the time when the component was built, nor from the event before.
    let (first, second) = (client.ask("boot").await, client.ask("boot").await);
    let (first, second): (Vec<_>, Vec<_>) = (first.lines().collect(), second.lines().collect());
    assert_eq!(first.len(), 6);
    for (first, second) in first.iter().zip(&second) {
        assert_ne!(first, second);
    }
    let time: f64 = second[4].parse().unwrap();
    let age = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64() - time;
    assert!((0.0..support::PATIENCE.as_secs_f64()).contains(&age), "{age} s");
    assert_eq!([client.ask("count").await, client.ask("count").await], ["1", "1"]);
    // docs/python.md says why the seed of hashes is the component's, and why that does no harm.
    assert_eq!(client.ask("hash you").await, client.ask("hash you").await);
    assert_eq!(client.ask("environment").await, "['hello', ['GREETING']]");

    // Modules that are imported inside of functions, by the author and by Python itself.
    let inner = r#"["05b16a01-46c6-56dd-bd6e-c6dfb4a1427a", 2026, "e9"]"#;
    assert_eq!(client.ask("inner_imports").await, inner);
    assert_eq!(client.ask("in_a_loop").await, "one two");
    assert_eq!(client.ask("zones Europe/Zurich").await, "2026-07-01T00:00:00+02:00 True");
    assert_eq!(client.ask("greet you").await, "Hello, you!");

    // Payloads.
    assert_eq!(client.ask("strange").await, "\0 \u{1f600} ünïcode");
    assert_eq!(client.ask("say \0 \u{1f600}").await, "\0 \u{1f600}");
    assert_eq!(client.ask("repeat 131072").await.len(), 131_072);
    let sent =
        "DisconnectedError L0SM9cOFvHcCIhw=, PayloadTooLargeError , TypeError , UnicodeEncodeError , L0SM9cOFvHcCIhw=";
    assert_eq!(client.ask("send_wrong").await, sent);

    let refused = client.ask("refused").await;
    let refused: Vec<&str> = refused.lines().collect();
    for (line, start) in refused.iter().zip([
        "gaierror: ",
        "gaierror: ",
        "PermissionError: ",
        "PermissionError: ",
        "FileNotFoundError: ",
        "FileNotFoundError: ",
        "FileNotFoundError: ",
        "RuntimeError: can't start new thread",
        "OSError: [Errno 58] wasi does not support processes.",
    ]) {
        assert!(line.starts_with(start), "{refused:?}");
    }
    assert_eq!(refused.len(), 9);

    logs_have_levels(&mut dev, &mut client).await;
    failures_are_told(&mut dev, &mut client).await;

    // And it still works.
    assert_eq!(client.ask("say hi").await, "hi");
    client.close().await;
    let lines = dev.lines("Handler.").await.join("\n");
    contains(&lines, &["Traceback", "in disconnect", "RuntimeError: left with 1005", "Handler.Failed: RuntimeError"]);
    connects(&mut dev).await;
}

async fn logs_have_levels(dev: &mut Dev, client: &mut Client) {
    assert_eq!(client.ask("logs").await, "logged");
    let lines = dev.lines("logged").await;
    let record = |level: &str, text: &str| {
        lines.iter().position(|line| line.contains(&format!("  {level} ")) && line.ends_with(text)).unwrap_or_else(
            || {
                panic!("no {level} {text:?} in {lines:#?}");
            },
        )
    };
    let places = [
        record("info", " printed"),
        record("info", " in lines"),
        record("warn", " one record"),
        record("info", " puppet: informed"),
        record("error", " an error"),
        record("warn", ": UserWarning: old"),
    ];
    assert!(places.is_sorted(), "{lines:#?}");
    assert_eq!(lines[places[2] + 1].trim(), "of two lines");
    assert!(!lines.iter().any(|line| line.contains("not shown")), "{lines:#?}");
}

async fn failures_are_told(dev: &mut Dev, client: &mut Client) {
    let lines = failure(dev, client, "fail two words").await;
    contains(&lines, &["  error  ", " Traceback (most recent call last):\n", "File \"app.py\", line ", "in deeper"]);
    contains(&lines, &["raise ValueError(argument)", "Handler.Failed: ValueError: two words"]);
    assert_eq!(lines.matches("  error  ").count(), 1, "one record: {lines}");
    for own in ["goblet_component", "importlib", "panicked", "wasm backtrace"] {
        assert!(!lines.contains(own), "{own:?} in {lines}");
    }
    let lines = failure(dev, client, "greet").await;
    contains(&lines, &["File \"strange/await_del_with.py\", line 4, in greeting", "LookupError: nobody to greet"]);
    contains(&failure(dev, client, "exit 3").await, &["Handler.Failed: SystemExit: 3"]);
    contains(&failure(dev, client, "os_exit 1").await, &["Handler.Trapped", "exit(1)"]);
    contains(&failure(dev, client, "recur").await, &["Handler.Failed: RecursionError"]);
    contains(&failure(dev, client, "unseen wave").await, &["No module named 'wave'", "write an `import` of this one"]);
    contains(&failure(dev, client, "connect").await, &["gaierror", "A handler has no network"]);
    contains(&failure(dev, client, "open").await, &["FileNotFoundError", "A handler has no files"]);
    contains(&failure(dev, client, "thread").await, &["RuntimeError", "A handler has no threads"]);
    let lines = failure(dev, client, "grow").await;
    assert!(lines.contains("MemoryError") || lines.contains("Handler.OutOfMemory"), "{lines}");
    contains(&failure(dev, client, "loop").await, &["Handler.TimedOut"]);
    let lines = failure(dev, client, "print_on").await;
    contains(&lines, &[" and on", "Handler.TimedOut"]);
}

async fn connects(dev: &mut Dev) {
    let status = |result: Result<Client, tokio_tungstenite::tungstenite::Error>| match result {
        Ok(_) => 101,
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    };
    let url = dev.url.clone();
    for (what, expected) in [("reject", 401), ("fail", 502), ("wrong", 502)] {
        assert_eq!(status(Client::connect(&format!("{url}?do={what}")).await), expected, "{what}");
    }
    // What fails inside of `async def` is told as everywhere.
    let lines = dev.lines("Handler.").await.join("\n");
    contains(&lines, &["in connect", "Handler.Failed: LookupError: no such user"]);
    assert!(!lines.contains("asyncio"), "{lines}");
    dev.line("goblet.on_connect returned a value of type str").await;
}

const ECHO: &str =
    "import goblet\n\n@goblet.on_message\ndef echo(event):\n    goblet.send(event.connection_id, event.body)\n";

const COUNTER: &str = r#"
from goblet import on_connect, on_message as serve, send, state
import goblet.groups

@on_connect
def join(event):
    goblet.groups.join("all", event.connection_id, "me")

@serve
def count(event):
    entry = state.get("counts", "messages")
    count = entry.json() + 1 if entry else 1
    state.put("counts", "messages", str(count), if_revision=entry and entry.revision, if_absent=not entry)
    try:
        state.put("counts", "messages", "0", if_absent=True)
    except goblet.ConflictError:
        members = [member.label for member in goblet.groups.members("all")]
        goblet.groups.send("all", f"{count} {members} {[entry.key for entry in state.all_entries('counts')]}")
"#;

#[tokio::test]
async fn a_file_is_served_and_reloaded() {
    let folder = TempDir::new().unwrap();
    let app = folder.path().join("app.py");
    fs::write(&app, ECHO).unwrap();
    fs::write(folder.path().join("requirements.txt"), "-r base.txt\n").unwrap();
    fs::write(folder.path().join("base.txt"), "").unwrap();
    let mut dev = Dev::start([&app]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");

    // It is watched, although no line of the handler names it.
    fs::write(folder.path().join("base.txt"), "-r absent.txt\n").unwrap();
    dev.line("base.txt names absent.txt").await;
    dev.line("the version from before is still served").await;
    fs::write(folder.path().join("base.txt"), "").unwrap();
    dev.line("reloaded in").await;

    fs::write(&app, ECHO.replace("event.body", "1 / len(event.body)")).unwrap();
    dev.line("reloaded in").await;
    let lines = failure(&mut dev, &mut client, "foo").await;
    contains(
        &lines,
        &["File \"app.py\", line 5, in echo", "send(event.connection_id, 1 / len", "Handler.Failed: TypeError"],
    );

    fs::write(&app, "import goblet\n\ndef echo(:\n").unwrap();
    dev.line("app.py:3: ").await;
    dev.line("the version from before is still served").await;
    fs::write(&app, format!("{ECHO}return\n")).unwrap();
    dev.line("app.py:6: 'return' outside function").await;
    fs::write(&app, ECHO).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "foo");

    // It has other routes and other imports than before.
    fs::write(&app, COUNTER).unwrap();
    dev.line("reloaded in").await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "1 ['me'] ['messages']");
    assert_eq!(client.ask("foo").await, "2 ['me'] ['messages']");
}

/// Stands for componentize-py, and says that it has each of the versions that are installed. It makes no component.
const NO_COMPONENTIZE_PY: &str = r#"#!/bin/sh
[ "$1" = --version ] || exit 1
for tool in "${XDG_CACHE_HOME:-$HOME/.cache}"/goblet/componentize-py-*/bin/componentize-py; do "$tool" --version; done
"#;

/// After the first component with the same routes and imports, no other one is made.
#[tokio::test]
async fn other_modules_need_no_other_component() {
    let (first, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::write(first.path().join("app.py"), ECHO).unwrap();
    drop(Dev::start_in(first.path(), ["app.py"]).await);

    let programs = other.path().join(".venv/bin");
    fs::create_dir_all(&programs).unwrap();
    fs::write(other.path().join(".venv/pyvenv.cfg"), "").unwrap();
    let python = support::output(Command::new("python3").args(["-c", "import sys; print(sys.executable)"])).stdout;
    symlink(String::from_utf8(python).unwrap().trim(), programs.join("python")).unwrap();
    let tool = programs.join("componentize-py");
    fs::write(&tool, NO_COMPONENTIZE_PY).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(other.path().join("greeting.py"), "import goblet\n\nTEXT = 'Hello, '\n").unwrap();
    let app = "import greeting\nfrom goblet import on_message, send\n\n@on_message\ndef greet(event):\n    \
               send(event.connection_id, greeting.TEXT + event.body)\n";
    fs::write(other.path().join("app.py"), app).unwrap();
    let dev = Dev::start_in(other.path(), ["app.py"]).await;
    assert_eq!(dev.connect().await.ask("you").await, "Hello, you");

    // Another import does need one.
    fs::write(other.path().join("app.py"), format!("import colorsys\n{app}")).unwrap();
    contains(&error(other.path(), &["dev", "app.py", "--port", "0"]), &["componentize-py cannot make a component"]);
}

fn goblet(folder: &Path, arguments: &[&str]) -> Output {
    support::output(Command::new(GOBLET).args(arguments).current_dir(folder))
}

/// What a failing command says.
fn error(folder: &Path, arguments: &[&str]) -> String {
    let output = goblet(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_example_is_inspected_compiled_and_packed() {
    let folder = TempDir::new().unwrap();
    fs::copy(root().join("guest/echo-python/app.py"), folder.path().join("app.py")).unwrap();
    // The modules are not run when the component is built.
    let app = fs::read_to_string(folder.path().join("app.py")).unwrap() + "\nimport os\n\nos.environ[\"ABSENT\"]\n";
    fs::write(folder.path().join("app.py"), app).unwrap();

    let inspected = String::from_utf8(goblet(folder.path(), &["inspect", "app.py"]).stdout).unwrap();
    contains(&inspected, &["routes\n  $default and the API's own (on-message)\nimports\n", "goblet:websocket/log@0.1"]);
    for absent in ["groups", "state", "refused", "on-connect"] {
        assert!(!inspected.contains(absent), "{inspected}");
    }
    let packed = goblet(folder.path(), &["package", "app.py", "--output", "echo.zip"]);
    assert!(packed.status.success(), "{packed:?}");
    let mut zip = zip::ZipArchive::new(fs::File::open(folder.path().join("echo.zip")).unwrap()).unwrap();
    assert_eq!(zip.by_index(0).unwrap().name().unwrap(), "app.cwasm");
    // Git sees nothing of the build.
    assert_eq!(fs::read_to_string(folder.path().join(".goblet/.gitignore")).unwrap(), "*\n");
}

#[test]
fn what_is_wrong_is_told_with_its_file_and_line() {
    let folder = TempDir::new().unwrap();
    let told = |source: &str| {
        fs::write(folder.path().join("app.py"), source).unwrap();
        error(folder.path(), &["inspect", "app.py"])
    };
    contains(
        &told("print('hi')\n"),
        &["app.py imports neither goblet nor chalice", "serve it by its template, or by --command"],
    );
    contains(&told("import goblet\n"), &["app.py serves no route: put @goblet.on_message before"]);
    contains(&told("import goblet\nx = (\n"), &["app.py:2: '(' was never closed"]);
    contains(
        &told(&format!("import absent_package\n{ECHO}")),
        &["app.py:1: there is no module absent_package: install"],
    );
    contains(&told(&format!("{ECHO}import ssl\n")), &["app.py:6: Python's ssl does not exist in WebAssembly"]);
    contains(&told(&format!("{ECHO}from . import x\n")), &["app.py:6: this import leaves the handler's folder"]);
    fs::create_dir(folder.path().join("project")).unwrap();
    fs::write(folder.path().join("project/pyproject.toml"), "[project]\nname = \"x\"\n").unwrap();
    contains(&error(folder.path(), &["inspect", "project"]), &["project has no app.py"]);
}

/// Packages come from the project's virtual environment: pure ones are in the component, native ones are refused.
#[test]
fn packages_are_bundled_or_refused() {
    let folder = TempDir::new().unwrap();
    let packages = folder.path().join(".venv/lib/python3/site-packages");
    fs::create_dir_all(packages.join("native")).unwrap();
    fs::write(folder.path().join(".venv/pyvenv.cfg"), "").unwrap();
    fs::write(packages.join("native/__init__.py"), "from native._core import fast\n").unwrap();
    fs::write(packages.join("native/_core.cpython-313-x86_64-linux-gnu.so"), "\u{7f}ELF").unwrap();
    fs::write(packages.join("pure.py"), "try:\n    import native\nexcept ImportError:\n    native = None\n").unwrap();

    let app = folder.path().join("app.py");
    fs::write(&app, format!("{ECHO}\ndef later():\n    import native\n")).unwrap();
    let said = error(folder.path(), &["inspect", "app.py"]);
    contains(&said, &["app.py:8: native has native code (native/_core.cpython-313-x86_64-linux-gnu.so)"]);

    fs::write(
        &app,
        format!("import pure\n{ECHO}\nDIGIT = '\\d'\ndef later():\n    import absent_package\n    __import__(DIGIT)\n"),
    )
    .unwrap();
    let output = goblet(folder.path(), &["inspect", "app.py"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    contains(&said, &["warning: app.py:10: there is no module absent_package", "warning: app.py:8: "]);
    contains(&said, &["warning: app.py:11: which module this imports is known only when it runs"]);
}

/// Where a project names its packages, and where their versions are locked.
const PACKAGES: [&[(&str, &str)]; 5] = [
    &[("requirements.txt", "colorama==0.4.5\n")],
    // PyPI's goblet is another project, and has no such version.
    &[
        ("requirements.txt", "-r \"my packages/all of them.txt\"  # comment\n-c versions.txt\n"),
        ("my packages/all of them.txt", "goblet==99.0 \\\n    --hash=sha256:00\n-r ../requirements.txt\ncolorama\n"),
        ("versions.txt", "colorama==0.4.5\n"),
    ],
    &[("pyproject.toml", "[project]\nname = 'chat'\ndependencies = ['colorama==0.4.5']\n")],
    &[
        ("pyproject.toml", "[project]\nname = 'chat'\ndependencies = ['colorama>=0.4', 'goblet>=0.1']\n"),
        ("uv.lock", "version = 1\n[[package]]\nname = 'colorama'\nversion = '0.4.5'\n"),
    ],
    // Poetry has words for versions of its own.
    &[
        (
            "pyproject.toml",
            "[tool.poetry]\nname = 'chat'\nversion = '1.0.0'\ndescription = ''\nauthors = []\n\
             [tool.poetry.dependencies]\npython = '^3.9'\ncolorama = '^0.4'\ngoblet = '^0.1'\n",
        ),
        ("poetry.lock", "[[package]]\nname = 'colorama'\nversion = '0.4.5'\n"),
    ],
];

#[test]
fn the_packages_that_a_project_names_are_installed() {
    for files in PACKAGES {
        let folder = TempDir::with_prefix("a project ").unwrap();
        // The build ends after the packages.
        fs::write(folder.path().join("app.py"), format!("import colorama\nimport absent\n{ECHO}")).unwrap();
        fs::create_dir(folder.path().join("my packages")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        contains(&error(folder.path(), &["inspect", "app.py"]), &["app.py:2: there is no module absent"]);
        let installed = folder.path().join(".goblet/python/app/packages/colorama-0.4.5.dist-info");
        assert!(installed.is_dir(), "{files:?}");
        if let Some((versions, _)) = files.iter().find(|(name, _)| *name == "versions.txt") {
            fs::write(folder.path().join(versions), "colorama==0.4.6\n").unwrap();
            error(folder.path(), &["inspect", "app.py"]);
            assert!(installed.with_file_name("colorama-0.4.6.dist-info").is_dir());
        }
    }
}

#[test]
fn the_build_reads_files_of_requirements_as_pip_does() {
    let python = support::virtual_environment("tests/requirements.txt").join("bin/python");
    unittests_with(&python, &["tests/python/requirements_in_files.py"], "build/src/python");
}

#[test]
fn without_python_the_next_step_is_told() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("app.py"), ECHO).unwrap();
    let mut command = Command::new(GOBLET);
    command.args(["inspect", "app.py"]).current_dir(folder.path()).env("PATH", folder.path());
    let output = support::output(command.env("XDG_CACHE_HOME", folder.path().join("cache")));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    contains(&said, &["cannot start python3", "needs Python 3.9 or later", "https://www.python.org/downloads/"]);
    assert!(!said.contains("installing"), "{said}");
}

/// A folder with an echo, and with a script that stands for `python3`.
fn echo_with_python(script: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("app.py"), ECHO).unwrap();
    let python = folder.path().join("python3");
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Makes no virtual environment.
const NO_VENV: &str = "#!/bin/sh\n[ \"$1\" = --version ] && echo Python 3.11.0\n";

/// Makes one whose Python installs a componentize-py that only has the version that it is asked for.
const VENV: &str = r#"#!/bin/sh
bin=${0%/*}
case "$1 $2" in
    --version*) echo Python 3.11.0 ;;
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip") printf '#!/bin/sh\necho componentize-py %s\n' "${6#*==}" >"$bin/componentize-py"; chmod +x "$bin/componentize-py" ;;
    *) exit 1 ;;
esac
"#;

#[test]
fn tools_that_no_longer_work_are_installed_again() {
    let folder = echo_with_python(VENV);
    let path = std::env::join_paths([folder.path(), Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    // The build ends after the tools: this Python runs no script.
    let goblet = || {
        let mut command = Command::new(GOBLET);
        command.args(["inspect", "app.py"]).current_dir(folder.path()).env("PATH", &path);
        let output = support::output(command.env("XDG_CACHE_HOME", folder.path().join("cache")));
        String::from_utf8(output.stderr).unwrap()
    };
    contains(&goblet(), &["installing componentize-py", ", once; ", "installed componentize-py"]);
    let said = goblet();
    assert!(!said.contains("installing"), "{said}");
    let cache = fs::read_dir(folder.path().join("cache/goblet")).unwrap();
    let tools = cache.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    for name in ["python", "componentize-py"] {
        let program = tools.join("bin").join(name);
        fs::remove_file(&program).unwrap();
        // As after an upgrade of the system, which removes a Python.
        symlink("/no/such/python", &program).unwrap();
        contains(&goblet(), &["again, because it no longer works there", "installed componentize-py"]);
        assert!(program.is_file());
    }
    let said = goblet();
    assert!(!said.contains("installing"), "{said}");
}

#[test]
fn nobody_else_may_write_to_the_tools_that_are_run() {
    let folder = echo_with_python(NO_VENV);
    let goblet = || {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 000; exec \"$0\" inspect app.py", GOBLET]).current_dir(folder.path());
        command.env("PATH", folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache"));
        let output = support::output(&mut command);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    contains(&goblet(), &["installing componentize-py", "python3 -m venv"]);
    let cache = folder.path().join("cache/goblet");
    let tools = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    for made in [&cache, &tools] {
        assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700, "{}", made.display());
    }

    fs::write(tools.join("complete"), "").unwrap();
    for shared in [&tools, &cache] {
        fs::set_permissions(shared, fs::Permissions::from_mode(0o777)).unwrap();
        contains(&goblet(), &["others may write to ", &format!("chmod go-w {}`", shared.display())]);
    }
}

#[test]
fn the_package_works_under_python() {
    unittests(&["-m", "unittest", "discover", "sdk/python/tests"], "sdk/python");
}

/// What the host returns has no type for the checker.
#[test]
fn the_package_has_types() {
    let mypy = support::virtual_environment("tests/requirements.txt").join("bin/mypy");
    let options = ["--strict", "--no-warn-return-any", "--cache-dir=/dev/null"];
    support::run(Command::new(mypy).args(options).arg("sdk/python/goblet").current_dir(root()));
}

#[test]
fn the_build_finds_what_is_used_of_boto3() {
    unittests(&["tests/python/boto3_analysis.py"], "build/src/python");
}

#[test]
fn boto3_works_over_the_hosts_answers() {
    let python = support::virtual_environment("tests/requirements.txt").join("bin/python");
    unittests_with(&python, &["tests/python/boto3_transport.py"], "build/src/python:sdk/python");
}

fn unittests(arguments: &[&str], path: &str) {
    unittests_with(Path::new("python3"), arguments, path);
}

fn unittests_with(python: &Path, arguments: &[&str], path: &str) {
    let unittest = support::output(
        Command::new(python)
            .args(arguments)
            .env("PYTHONPATH", path)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(root()),
    );
    let said = String::from_utf8_lossy(&unittest.stderr);
    assert!(unittest.status.success(), "{said}");
    // "NO TESTS RAN" is a success, too.
    assert!(said.contains("\nOK\n") && !said.contains("Ran 0 tests"), "{said}");
}
