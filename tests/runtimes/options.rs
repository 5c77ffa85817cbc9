//! What the command line sets for functions.

use std::fs;

use tempfile::TempDir;

use crate::{
    project::Project,
    support::{Dev, output, root},
};

fn wishes() -> Project {
    let project = Project::new("python3.11", "app.handler").with("python/app.py", "app.py");
    project.template("      Environment:\n        Variables:\n          GREETING: template\n")
}

/// What the function finds for `GREETING`, `FROM_FILE` and Lambda's log level.
async fn environment(project: Project, arguments: &[&str]) -> String {
    project.start_with(arguments).await.connect().await.ask("environment").await
}

fn found(greeting: &str, from_file: &str, level: &str) -> String {
    format!(r#"{{"GREETING": {greeting}, "FROM_FILE": {from_file}, "AWS_LAMBDA_LOG_LEVEL": "{level}"}}"#)
}

#[tokio::test]
async fn variables_and_the_level_of_the_log() {
    let from_template = environment(wishes(), &[]).await;
    assert_eq!(from_template, found(r#""template""#, "null", "INFO"));
    let given = environment(wishes(), &["--env", "GREETING=a=b", "--log-level", "debug"]).await;
    assert_eq!(given, found(r#""a=b""#, "null", "DEBUG"));
}

#[tokio::test]
async fn variables_from_files() {
    let folder = TempDir::new().unwrap();
    let (lines, json) = (folder.path().join(".env"), folder.path().join("env.json"));
    fs::write(&lines, "# lines\nFROM_FILE='two words'\nGREETING=lines\n").unwrap();
    fs::write(&json, r#"{"Parameters": {"GREETING": "all"}, "Fn": {"GREETING": "one"}, "None": {"A": "1"}}"#).unwrap();
    let (lines, json) = (lines.to_str().unwrap(), json.to_str().unwrap());
    let from_lines = environment(wishes(), &["--env-file", lines]).await;
    assert_eq!(from_lines, found(r#""lines""#, r#""two words""#, "INFO"));
    let both = ["--env-file", lines, "--env-file", json];
    assert_eq!(environment(wishes(), &both).await, found(r#""one""#, r#""two words""#, "INFO"));
    let given = [both.as_slice(), &["--env", "GREETING=given"]].concat();
    assert_eq!(environment(wishes(), &given).await, found(r#""given""#, r#""two words""#, "INFO"));
    let project = wishes();
    let mut dev = Dev::spawn(&mut project.command(&both));
    let note = dev.line("note:").await;
    assert!(note.contains("sets variables of None, but there is no function"), "{note}");
}

#[tokio::test]
async fn a_variable_of_ones_own_is_passed_on() {
    let project = wishes();
    let dev = Dev::spawn(project.command(&["--env", "GREETING"]).env("GREETING", "own")).listening().await;
    assert_eq!(dev.connect().await.ask("environment").await, found(r#""own""#, "null", "INFO"));
    let failed = output(project.command(&["--env", "GREETING"]).env_remove("GREETING").as_std_mut());
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert!(stderr.contains("GREETING is not set in your environment"), "{stderr}");
}

#[tokio::test]
async fn memory_and_time() {
    let mut dev = wishes().start_with(&["--memory", "512", "--timeout", "1"]).await;
    let context = dev.connect().await.ask("context").await;
    assert!(context.contains(r#""memory": "512""#), "{context}");
    let line = dev.outcome("sleep").await;
    assert!(line.contains("the function timed out after 1.00 seconds"), "{line}");
}

#[tokio::test]
async fn a_command_gets_the_routes_that_are_named() {
    // There is a template here, which is not served.
    let project = wishes();
    let mirror = root().join("tests/functions/mirror/mirror.py");
    let command = format!("python3 '{}'", mirror.display());
    let mut dev = project.start_with(&["--command", &command, "--routes", "$default,$disconnect"]).await;
    dev.connect().await.close().await;
    dev.line("accepted (the API has no $connect route)").await;
    let line = dev.line("$disconnect").await;
    assert!(!line.contains("the API has no"), "{line}");
}

#[test]
fn route_keys_that_nothing_matches_are_refused() {
    for (route_key, says) in [
        ("connect", "write '$connect', with the $ and between single quotes"),
        ("$default,disconnect", "write '$disconnect', with the $"),
        ("$message", "no message selects a route key with a $ but $connect, $default and $disconnect"),
        ("", "or the shell takes $connect for a variable"),
    ] {
        let command = ["--command", "python3 app.py", "--routes", route_key];
        let output = output(Dev::command(root(), command).as_std_mut());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(says), "{stderr}");
    }
}

#[tokio::test]
async fn a_command_for_a_function_that_is_not_there_is_noted() {
    let project = wishes();
    let mut dev = Dev::spawn(&mut project.command(&["--command", "Fm=python3 app.py"]));
    let note = dev.line("note: --command").await;
    assert!(note.ends_with("--command Fm=… is not used: there is no function Fm; there are: Fn"), "{note}");
    assert!(dev.listening().await.connect().await.ask("process").await.contains("process"));
}

#[test]
fn a_command_for_one_function_needs_a_template() {
    let output = output(Dev::command(root(), ["--command", "Fn=python3 app.py", "--routes", "$default"]).as_std_mut());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("is for one function of a template, and there is no template"), "{stderr}");
}
