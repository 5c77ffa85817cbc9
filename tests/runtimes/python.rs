//! Python functions, by our own runtime client: nothing is installed. What they get is what AWS's client gives, of
//! <https://github.com/aws/aws-lambda-python-runtime-interface-client>.

use std::os::unix::fs::symlink;

use crate::{
    project::Project,
    support::{Dev, virtual_environment},
};

fn wishes() -> Project {
    Project::new("python3.11", "app.handler").with("python/app.py", "app.py")
}

#[tokio::test]
async fn a_function_runs_without_a_client_of_its_own() {
    let mut dev = wishes().start().await;
    let first = dev.process().await;
    assert!(first.contains(r#""path": true"#), "{first}");
    assert_eq!(dev.process().await, first);
}

#[tokio::test]
async fn the_context_is_lambdas() {
    let dev = wishes().start().await;
    let expected = r#"{"id": 36, "name": "Fn", "arn": "arn:aws:lambda:us-east-1:000000000000:function:Fn", "memory": "128", "version": "$LATEST", "left": true, "clients": [null, null], "trace": "Root="}"#;
    assert_eq!(dev.connect().await.ask("context").await, expected);
}

#[tokio::test]
async fn errors_have_lambdas_names_and_the_process_goes_on() {
    let mut dev = wishes().start().await;
    let process = dev.process().await;
    for (wish, error) in [
        ("raise", "KeyError: 'lost'"),
        ("set", "Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable"),
        ("large", "Function.ResponseSizeTooLarge: Response payload size (7000031 bytes)"),
    ] {
        let line = dev.outcome(wish).await;
        assert!(line.contains(error), "{line}");
    }
    assert!(dev.outcome("decimal").await.ends_with(" ms"));
    assert_eq!(dev.process().await, process);
    let line = dev.outcome("exit").await;
    assert!(line.contains("the function's process ended before it had answered (exit status: 3)"), "{line}");
    assert_ne!(dev.process().await, process);
}

#[tokio::test]
async fn a_traceback_has_the_functions_own_lines_alone() {
    let mut dev = wishes().start().await;
    dev.connect().await.send("raise").await;
    let line = dev.line("in handler").await;
    assert!(line.contains("app.py") && !line.contains("python.py"), "{line}");
}

/// Nor has it what the import itself does.
#[test]
fn a_traceback_of_the_start_has_the_functions_own_lines_alone() {
    let project = Project::new("python3.11", "app.handler");
    let project = project.write("app.py", "import deep").write("deep.py", "raise ValueError('deep')");
    let output = crate::support::output(project.command(&[]).as_std_mut());
    let stdout = String::from_utf8(output.stdout).unwrap();
    let frames: Vec<_> = stdout.lines().filter(|line| line.contains("File \"")).collect();
    assert_eq!(frames.len(), 2, "{stdout}");
    assert!(frames[0].contains("app.py") && frames[1].contains("deep.py"), "{stdout}");
}

#[tokio::test]
async fn a_line_without_an_end_swallows_no_record() {
    let code = "import logging
def handler(event, context):
    print('begun', end='')
    logging.getLogger().info('record of %s', event['body'])
    print('rest', end='')
    return {'statusCode': 200}
";
    let mut dev = Project::new("python3.11", "app.handler").write("app.py", code).start().await;
    dev.connect().await.send("foo").await;
    for text in ["begun", "record of foo", "rest"] {
        let line = dev.line(text).await;
        assert!(line.ends_with(&format!("info         {text}")), "{line}");
    }
}

#[tokio::test]
async fn what_is_printed_and_logged_is_shown() {
    let mut dev = wishes().start().await;
    assert_eq!(dev.connect().await.ask("log").await, r#""done""#);
    let lines = dev.lines("$default").await.join("\n");
    for text in ["printed", "said so", "caught"] {
        assert!(lines.contains(text), "{lines}");
    }
    // Lambda's level is INFO.
    assert!(!lines.contains("hidden"), "{lines}");
}

#[tokio::test]
async fn a_handler_in_a_folder() {
    for handler_name in ["src/app.aside", "src.app.aside"] {
        let project = Project::new("python3.11", handler_name).with("python/app.py", "src/app.py");
        assert_eq!(project.start().await.connect().await.ask("foo").await, r#""aside""#);
    }
}

#[tokio::test]
async fn the_virtual_environment_beside_the_code_is_used() {
    let code = "import boto3, os, sys
def handler(event, context):
    api = boto3.client('apigatewaymanagementapi')
    text = 'awslambdaric' if 'awslambdaric.bootstrap' in sys.modules else 'goblet'
    api.post_to_connection(ConnectionId=event['requestContext']['connectionId'], Data=text)
    return {'statusCode': 200}
";
    let project = Project::new("python3.11", "app.handler").write("app.py", code);
    // Above the function's folder, as in most projects.
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    // AWS's own client is there, too.
    assert_eq!(project.start().await.connect().await.ask("foo").await, "awslambdaric");
}

#[tokio::test]
async fn another_version_is_noted() {
    let project = Project::new("python3.99", "app.handler").with("python/app.py", "app.py");
    let mut dev = Dev::spawn(&mut project.command(&[]));
    let note = dev.line("note:").await;
    assert!(note.contains("Resources.Fn: its Runtime is python3.99, but it runs on"), "{note}");
    let dev = dev.listening().await;
    assert!(dev.connect().await.ask("foo").await.contains("process"));
}

#[test]
fn what_is_missing_is_said_at_the_start() {
    let function = || Project::new("python3.11", "app.handler");
    function().is_refused(&["Resources.Fn", "there is no app.py in", "Handler app.handler"]);
    function()
        .write("app.py", "def other(): pass")
        .is_refused(&["Handler 'handler' missing on module 'app'", "correct Handler app.handler"]);
    function().write("app.py", "def handler(:").is_refused(&["Syntax error in module 'app'", "app.py", "line 1"]);
    function()
        .write("app.py", "import goblet_none\ndef handler(): pass")
        .is_refused(&["No module named 'goblet_none'", "-m pip install goblet_none"]);
    // One file deeper.
    function()
        .write("app.py", "import own.deep")
        .write("own/deep.py", "import goblet_none.part")
        .is_refused(&["No module named 'goblet_none'", "-m pip install goblet_none"]);
    function().write("app.py", "import own.none").write("own/deep.py", "").is_refused(&["No module named 'own.none'"]);
    function()
        .write("app.py", "def handler(): pass")
        .write("requirements.txt", "# comment\ngoblet-none[x]==1.0  # other\npip; python_version > '3'\n")
        .is_refused(&["goblet-none of", "requirements.txt is not installed", "-m pip install -r"]);
    Project::new("python3.11", "app").is_refused(&["Handler \"app\"", "app.handler"]);
}

#[tokio::test]
async fn requirements_may_be_in_utf_16() {
    // As PowerShell's `pip freeze > requirements.txt` writes it.
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let missing = wishes().write("requirements.txt", utf_16("\u{feff}goblet-none==1.0\r\n"));
    missing.is_refused(&["goblet-none of", "requirements.txt is not installed"]);
    // The last two are neither in UTF-8 nor in UTF-16.
    for content in [utf_16("\u{feff}pip\r\n"), b"pip # \xe9\n".to_vec(), b"\xff\xfep".to_vec()] {
        let project = wishes().write("requirements.txt", content);
        assert!(project.start().await.connect().await.ask("foo").await.contains("process"));
    }
}

#[tokio::test]
async fn an_import_that_may_not_be_made_is_no_reason_to_refuse() {
    for imports in [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import goblet_none",
        "import sys\nif sys.version_info < (3, 0):\n    import goblet_none",
        "try:\n    import goblet_none\nexcept ImportError:\n    pass",
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendor'))\nimport vendored",
    ] {
        let code = format!("{imports}\ndef handler(event, context):\n    return {{'statusCode': 200}}\n");
        let project = Project::new("python3.11", "app.handler").write("app.py", &code).write("vendor/vendored.py", "");
        let mut dev = project.start().await;
        let line = dev.outcome("foo").await;
        assert!(!line.contains("failed"), "{line}");
    }
}

#[test]
fn no_interpreter() {
    let project = wishes();
    let mut command = project.command(&[]);
    command.env("PATH", "/nowhere");
    let stderr = String::from_utf8(crate::support::output(command.as_std_mut()).stderr).unwrap();
    assert!(stderr.contains("Resources.Fn: Runtime python3.11 needs Python: install it"), "{stderr}");
}

#[test]
fn code_that_sam_builds() {
    for (runtime, method) in [("nodejs20.x", "esbuild"), ("provided.al2023", "go1.x"), ("dotnet8", "dotnet")] {
        let project = Project::new(runtime, "app.handler");
        let project = project.template(&format!("    Metadata:\n      BuildMethod: {method}\n"));
        project.is_refused(&["Resources.Fn", method, "Run `sam build` and then `goblet dev --built`"]);
    }
}

/// Names that come from elsewhere cannot be seen: the function is started.
#[tokio::test]
async fn a_handler_that_comes_from_elsewhere() {
    for code in ["from real import *", "from real import aside as handler", "import real\nhandler = real.aside"] {
        let project = Project::new("python3.11", "app.handler").with("python/app.py", "real.py").write("app.py", code);
        // `*` brings `handler`, the others `aside`.
        assert!(!project.start().await.connect().await.ask("foo").await.is_empty());
    }
}
