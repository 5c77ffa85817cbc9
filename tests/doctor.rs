//! `goblet doctor`: what is there, what is missing, and what to do.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink},
    path::Path,
    process::Command,
};

use serde_json::{Value, json};
use support::{GOBLET, output};
use tempfile::TempDir;

/// What `goblet doctor` prints to stdout and stderr, and its exit code.
struct Doctor {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

/// Runs it with another `PATH`, home and cache folder than the developer's. `CARGO` is what `cargo test` sets.
fn doctor(path: &Path, home: &Path, arguments: &[&str]) -> Doctor {
    run(command(path, home, arguments).env_remove("CARGO"))
}

fn command(path: &Path, home: &Path, arguments: &[&str]) -> Command {
    let mut goblet = Command::new(GOBLET);
    goblet.arg("doctor").args(arguments).current_dir(home).env("PATH", path).env("HOME", home);
    for (variable, _) in env::vars().filter(|(variable, _)| variable.starts_with("AWS_")) {
        goblet.env_remove(variable);
    }
    goblet.env_remove("XDG_CACHE_HOME");
    goblet
}

fn run(goblet: &mut Command) -> Doctor {
    let output = output(goblet);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Doctor { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

fn program(folder: impl AsRef<Path>, name: &str, script: &str) {
    let file = folder.as_ref().join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The line of one thing.
fn line<'a>(doctor: &'a Doctor, name: &str) -> &'a str {
    let line = doctor.stdout.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
    line.unwrap_or_else(|| panic!("no {name} in: {}", doctor.stdout)).trim()
}

#[test]
fn what_is_missing_comes_with_the_next_step() {
    let empty = TempDir::new().unwrap();
    let doctor = doctor(empty.path(), empty.path(), &[]);
    for (name, next) in [
        ("cargo", "https://rustup.rs"),
        ("cc", "apt install gcc"),
        ("wasm32-wasip2", "https://rustup.rs"),
        ("python3", "https://www.python.org"),
        ("node", "https://nodejs.org"),
        ("npm", "https://nodejs.org"),
        ("sam", "pip install aws-sam-cli"),
        ("make", "package manager"),
    ] {
        let line = line(&doctor, name);
        assert!(line.starts_with("missing") && line.contains(next), "{line}");
    }
    let aws = line(&doctor, "aws");
    assert!(aws.starts_with("later") && aws.contains("https://aws.amazon.com/cli/"), "{aws}");
    let credentials = line(&doctor, "credentials");
    assert!(credentials.starts_with("later") && credentials.contains("aws configure"), "{credentials}");
    // Not a terminal.
    assert!(!doctor.stdout.contains('\x1b'), "{}", doctor.stdout);
    assert!(doctor.stderr.contains("missing: cargo, "), "{}", doctor.stderr);
    assert_eq!(doctor.code, Some(1));
}

#[test]
fn what_is_there_is_ok_with_its_version() {
    let home = TempDir::new().unwrap();
    let path = env::var_os("PATH").unwrap();
    let doctor = doctor(Path::new(&path), home.path(), &["python", "javascript"]);
    for name in ["python3", "venv", "node", "npm"] {
        assert!(line(&doctor, name).starts_with("ok"), "{}", doctor.stdout);
    }
    assert!(line(&doctor, "python3").contains(" 3."), "{}", doctor.stdout);
    // The tests' own home has no private installation.
    for name in ["componentize-py", "goblet-javascript"] {
        let line = line(&doctor, name);
        assert!(line.starts_with("later") && line.contains("the first build installs it"), "{line}");
        assert!(line.contains(&format!("{}/.cache/goblet/{name}-", home.path().display())), "{line}");
    }
    let other_name = self::doctor(Path::new(&path), home.path(), &["python", "typescript"]);
    assert_eq!(other_name.stdout, doctor.stdout);
    assert!(!doctor.stdout.contains("cargo"), "nobody asked for Rust: {}", doctor.stdout);
    assert_eq!((doctor.stderr.as_str(), doctor.code), ("", Some(0)));
}

#[test]
fn credentials_are_found_in_a_file_and_by_a_variable() {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), "[default]\nsso_session = x\n").unwrap();
    let mut command = command(home.path(), home.path(), &["deploy"]);
    assert!(line(&run(&mut command), "credentials").ends_with(".aws/config"));
    let by_variable = run(command.env("AWS_PROFILE", "shop"));
    assert!(line(&by_variable, "credentials").ends_with("by the variable AWS_PROFILE"), "{}", by_variable.stdout);
}

#[test]
fn a_private_installation_is_found() {
    let home = TempDir::new().unwrap();
    let path = env::var_os("PATH").unwrap();
    let before = doctor(Path::new(&path), home.path(), &["--json", "python"]);
    let before: Value = serde_json::from_str(&before.stdout).unwrap();
    let text = before["python"][2]["text"].as_str().unwrap();
    let folder = text.rsplit(" in ").next().unwrap();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).unwrap();
    fs::write(Path::new(folder).join("complete"), "").unwrap();
    let programs = Path::new(folder).join("bin");
    fs::create_dir(&programs).unwrap();
    program(&programs, "python", "");
    program(&programs, "componentize-py", &format!("echo componentize-py {}", folder.rsplit('-').next().unwrap()));
    let after = doctor(Path::new(&path), home.path(), &["--json", "python"]);
    let after: Value = serde_json::from_str(&after.stdout).unwrap();
    let place = text.trim_start_matches("the first build installs it: ");
    let expected = json!({"name": "componentize-py", "versions": "", "status": "ok", "text": place});
    assert_eq!(after["python"][2], expected);
    assert_eq!(after.as_object().unwrap().len(), 1);

    // As after an upgrade of the system, which removes a Python.
    fs::remove_file(programs.join("python")).unwrap();
    symlink("/no/such/python", programs.join("python")).unwrap();
    let broken = doctor(Path::new(&path), home.path(), &["python"]);
    assert!(line(&broken, "componentize-py").starts_with("later"), "{}", broken.stdout);

    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    let shared = doctor(Path::new(&path), home.path(), &["python"]);
    let shared = line(&shared, "componentize-py");
    assert!(shared.starts_with("missing") && shared.contains("others may write to"), "{shared}");
}

#[test]
fn a_version_that_is_too_old_is_missing() {
    let (path, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    program(&path, "node", "echo v18.20.4");
    program(&path, "npm", "echo 10.7.0");
    program(&path, "python3", "echo Python 3.8.20");
    program(&path, "sam", "echo SAM CLI, version 1.99.0");
    program(&path, "cargo", "echo 'cargo 1.60.0 (d1fd9fe2c 2022-03-01)'");
    let doctor = doctor(path.path(), home.path(), &[]);
    for (name, says) in [
        ("node", "node is Node.js v18.20.4. Handlers in JavaScript need Node.js 20 or later"),
        ("python3", "python3 is Python 3.8.20. A handler in Python needs Python 3.9 or later"),
        (
            "cargo",
            "it is cargo 1.60.0 (d1fd9fe2c 2022-03-01). A handler in Rust needs Rust 1.95 or later: run `rustup update`",
        ),
        ("sam", "1.99.0, which does not know AWS::Serverless::WebSocketApi"),
    ] {
        let line = line(&doctor, name);
        assert!(line.starts_with("missing") && line.contains(says), "{line}");
    }
    assert!(line(&doctor, "npm").starts_with("ok"), "{}", doctor.stdout);
    assert_eq!(doctor.code, Some(1));
}

#[test]
fn an_empty_variable_names_no_cargo() {
    let (path, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    program(&path, "cargo", "echo cargo 1.99.0");
    let doctor = run(command(path.path(), home.path(), &["rust"]).env("CARGO", ""));
    assert!(line(&doctor, "cargo").starts_with("ok"), "{}", doctor.stdout);
}

#[test]
fn a_program_that_fails_or_hangs_is_missing() {
    let (path, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    program(&path, "cargo", "echo 'rustup could not choose a version of cargo to run' >&2; exit 1");
    program(&path, "make", "/bin/sleep 1000");
    let doctor = doctor(path.path(), home.path(), &["rust", "deploy"]);
    let cargo = line(&doctor, "cargo");
    assert!(cargo.starts_with("missing") && cargo.contains("rustup could not choose a version"), "{cargo}");
    let make = line(&doctor, "make");
    assert!(make.starts_with("missing") && make.contains("has not answered within 20 s"), "{make}");
}
