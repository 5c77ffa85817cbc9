//! Each function is started before the gateway listens: what cannot start is told of then, and not at its first event.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    project::Project,
    support::{Dev, PATIENCE, output, root},
};

fn wishes() -> Project {
    Project::new("python3.11", "app.handler").with("python/app.py", "app.py")
}

#[tokio::test]
async fn the_first_event_finds_a_process_that_is_ready() {
    let dev = wishes().start().await;
    let [process] = dev.processes()[..] else { panic!("one process, not {:?}", dev.processes()) };
    let answer = dev.connect().await.ask("process").await;
    assert!(answer.contains(&format!(r#""process": {process},"#)), "{answer} is not {process}");
}

#[tokio::test]
async fn with_cold_the_first_event_has_a_process_of_its_own() {
    let mut dev = wishes().start_with(&["--cold"]).await;
    dev.line("started").await;
    dev.connect().await.ask("process").await;
    dev.line("started").await;
}

const ROUTE: &str = "        other: {FunctionArn: !GetAtt Other.Arn}\n";

/// A function and another one, which has a route if it is given.
fn with_other(code: &str, route: &str) -> Project {
    let project = wishes().template(
        "  Other:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: other.handler, Runtime: python3.11}
",
    );
    let file = project.folder().join("template.yaml");
    let template = fs::read_to_string(&file).unwrap();
    fs::write(file, template.replace("        $default:\n", &format!("{route}        $default:\n"))).unwrap();
    project.write("other.py", code)
}

/// It waits for what is not there yet, such as a database.
const IMPATIENT: &str = "import os
if not os.path.exists('ready.log'):
    raise RuntimeError('not ready')
def handler(event, context):
    print('at last')
    return {'statusCode': 200}
";

#[tokio::test]
async fn one_that_fails_does_not_stop_the_rest_and_is_started_again_for_its_events() {
    let project = with_other(IMPATIENT, ROUTE);
    let mut dev = Dev::spawn(&mut project.command(&[]));
    let note = dev.line("note:").await;
    assert!(
        note.contains("Resources.Other: the function does not start: RuntimeError: not ready; until then, clients get"),
        "{note}"
    );
    assert!(note.ends_with("from the route other"), "{note}");
    let mut dev = dev.listening().await;
    let mut client = dev.connect().await;
    assert!(client.ask("process").await.contains("process"));
    assert!(client.ask(r#"{"action": "other"}"#).await.contains("Internal server error"));
    // Logs cause no reload.
    fs::write(project.code().join("ready.log"), "").unwrap();
    client.send(r#"{"action": "other"}"#).await;
    dev.line("at last").await;
}

#[tokio::test]
async fn one_without_a_route_is_told_of_too() {
    let project = with_other("raise RuntimeError('no')", "");
    let mut dev = Dev::spawn(&mut project.command(&[]));
    let note = dev.line("note:").await;
    assert!(
        note.ends_with(
            "Resources.Other: the function does not start: RuntimeError: no; until then, whoever invokes it gets this error"
        ),
        "{note}"
    );
    assert!(dev.listening().await.connect().await.ask("process").await.contains("process"));
}

/// On a terminal, both are on the same screen.
#[test]
fn notes_come_before_the_address() {
    let project = with_other("raise RuntimeError('no')", ROUTE);
    let (reader, writer) = io::pipe().unwrap();
    let mut command = project.command(&[]);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut dev = command.as_std_mut().spawn().unwrap();
    // It holds the pipe open.
    drop(command);
    let lines = BufReader::new(reader).lines().map(Result::unwrap);
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("Listening on ")).collect();
    kill(Pid::from_raw(dev.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    dev.wait().unwrap();
    let is_note = |line: &String| line.starts_with("note: Resources.Other: ") && line.ends_with("from the route other");
    assert!(lines.last().is_some_and(is_note), "{lines:?}");
}

#[tokio::test]
async fn after_a_change_the_version_from_before_is_served_if_nothing_starts() {
    let mut dev = wishes().start().await;
    let code = fs::read_to_string(dev.code().join("app.py")).unwrap();
    fs::write(dev.code().join("app.py"), code.replace("import decimal", "import goblet_none")).unwrap();
    let error = dev.line("error: ").await;
    assert!(error.contains("Resources.Fn: Unable to import module 'app': No module named 'goblet_none'"), "{error}");
    dev.line("the version from before is still served").await;
    assert!(dev.connect().await.ask("process").await.contains("process"));
    // The processes of the one that failed are gone: this one's is the only one.
    assert_eq!(dev.processes().len(), 1);
}

#[tokio::test]
async fn a_change_while_a_function_starts_is_served() {
    let project = wishes();
    let file = project.code().join("app.py");
    let code = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("import time\ntime.sleep(4)\n{code}")).unwrap();
    let mut dev = Dev::spawn(&mut project.command(&[]));
    dev.line("starting Resources.Fn …").await;
    fs::write(&file, code).unwrap();
    let mut dev = dev.listening().await;
    dev.line("reloaded in").await;
    assert!(dev.connect().await.ask("process").await.contains("process"));
}

/// The first one waits until the last one starts. There are more of them than are started side by side.
#[tokio::test]
async fn a_slow_one_does_not_hold_up_those_that_come_after_it() {
    let more = 2 * thread::available_parallelism().unwrap().get();
    let functions = (0..=more).map(|number| {
        let handler = if number == 0 { "first" } else { "last" };
        format!(
            "  Other{number:03}:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: code, Handler: {handler}.handler, Runtime: python3.11, Environment: {{Variables: {{N: {number}}}}}}}
"
        )
    });
    let project = wishes()
        .template(&functions.collect::<String>())
        .write("first.py", "import os, time\nwhile not os.path.exists('last.log'): time.sleep(0.01)\nhandler = print\n")
        .write(
            "last.py",
            format!("import os\nif os.environ['N'] == '{more}': open('last.log', 'w')\nhandler = print\n"),
        );
    let mut dev = Dev::spawn(&mut project.command(&[]));
    let lines = dev.lines("Listening on").await;
    assert!(!lines.iter().any(|line| line.contains("note:")), "{lines:?}");
}

/// It takes Lambda's 10 s.
#[tokio::test]
async fn one_that_never_asks_for_an_event_holds_up_nothing_for_long() {
    let project = with_other("import time\ntime.sleep(600)", ROUTE);
    let mut dev = Dev::spawn(&mut project.command(&[]));
    dev.line("starting 2 functions …").await;
    let note = dev.line("note:").await;
    assert!(note.contains("Resources.Other: the function did not ask for an event within 10 s"), "{note}");
    assert!(dev.listening().await.connect().await.ask("process").await.contains("process"));
}

/// What a command says before it ends is shown, and then the error.
#[test]
fn a_command_that_does_not_start() {
    let failed = |arguments: &[&str]| {
        let output = output(Dev::command(root(), arguments).as_std_mut());
        assert_eq!(output.status.code(), Some(1));
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let [_, stderr] = failed(&["--command", "goblet-none app.handler", "--routes", "$default"]);
    assert!(stderr.starts_with("error: --command: there is no program goblet-none in PATH: install it"), "{stderr}");
    let [_, stderr] = failed(&["--command", "./goblet-none", "--routes", "$default"]);
    assert!(stderr.starts_with("error: --command: cannot start ./goblet-none: No such file"), "{stderr}");
    let [_, stderr] = failed(&["--command", "./README.md", "--routes", "$default"]);
    assert!(stderr.starts_with("error: --command: ./README.md may not be run: make it executable"), "{stderr}");
    let [stdout, stderr] = failed(&["--command", "sh -c 'echo told; exit 3'", "--routes", "$default"]);
    assert!(stdout.ends_with("info         told\n"), "{stdout}");
    assert!(stderr.starts_with("error: --command: the function's program ended before it asked"), "{stderr}");
    assert!(stderr.contains("(exit status: 3)"), "{stderr}");
}

/// Whoever does not want to wait hears what it waits for.
#[tokio::test]
async fn what_it_has_printed_is_shown_when_it_is_stopped() {
    let project = wishes().write("app.py", "import time\nprint('no database yet', flush=True)\ntime.sleep(600)");
    let mut dev = Dev::spawn(&mut project.command(&[]));
    dev.line("starting Resources.Fn …").await;
    dev.signal(Signal::SIGINT);
    dev.line("info         no database yet").await;
    assert!(dev.wait().await.success());
}

/// Neither its processes nor its folders outlive it.
#[tokio::test]
async fn after_a_kill_nothing_is_left() {
    let folder = TempDir::new().unwrap();
    let start =
        async |project: &Project| Dev::spawn(project.command(&[]).env("TMPDIR", folder.path())).listening().await;
    let folders = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let project = wishes();
    let mut dev = start(&project).await;
    let [process] = dev.processes()[..] else { panic!("one process, not {:?}", dev.processes()) };
    // At work, for ten minutes.
    let mut client = dev.connect().await;
    client.send("sleep").await;
    client.send("process").await;
    client.receive().await;
    dev.line("$default     process").await;
    let left = folders();
    assert_eq!(left.len(), 1, "{left:?}");
    dev.signal(Signal::SIGKILL);
    dev.wait().await;
    let gone = async {
        // One that nobody has waited for yet has no command line any more.
        while fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty()) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the process ends");
    assert_eq!(folders(), left);
    let next = start(&project).await;
    assert!(!left[0].exists() && folders().len() == 1, "{:?}", folders());
    next.signal(Signal::SIGTERM);
    next.wait().await;
    assert!(folders().is_empty(), "{:?}", folders());
}
