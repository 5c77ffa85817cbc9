//! `goblet new`: what it makes, what it asks, and what it refuses. `tests/deploy/projects.rs` builds and serves the projects.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use nix::{pty::openpty, sys::signal::Signal};
use support::{Dev, GOBLET, output};
use tempfile::TempDir;

const LANGUAGES: [&str; 4] = ["rust", "python", "javascript", "typescript"];
const EXAMPLES: [&str; 2] = ["echo", "chat"];

fn new(folder: &Path, arguments: &[&str]) -> Output {
    output(Command::new(GOBLET).arg("new").args(arguments).current_dir(folder).stdin(std::process::Stdio::null()))
}

/// What it says when it refuses.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = new(folder, arguments);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// All files in a folder, by their paths in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

#[test]
fn every_project_has_what_its_readme_names() {
    let folder = TempDir::new().unwrap();
    for language in LANGUAGES {
        for example in EXAMPLES {
            let name = format!("{example}-{language}");
            let output = new(folder.path(), &[&name, "--lang", language, "--example", example]);
            assert!(output.status.success(), "{output:?}");
            let project = folder.path().join(&name);
            let readme = fs::read_to_string(project.join("README.md")).unwrap();
            assert!(readme.starts_with(&format!("# {name}\n")), "{readme}");
            assert!(!readme.contains("pip install goblet") && !readme.contains("npm install --save-dev"), "{readme}");
            let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
            let named = rows.flat_map(|row| row.split(" | ").next().unwrap().split(", "));
            let named: Vec<&str> = named.map(|path| path.trim_matches('`')).collect();
            assert_eq!(named.len(), 7, "{named:?}");
            for path in named {
                let is_there = path == "tests/*.ws" || project.join(path).exists();
                assert!(is_there, "{name} has no {path}");
            }
            for file in files(&project) {
                let text = fs::read_to_string(&file).unwrap();
                let is_filled = !text.contains("{{") || file.starts_with(project.join("vendor"));
                assert!(is_filled && file.extension().is_none_or(|end| end != "template"), "{}", file.display());
            }
            let transcripts = files(&project.join("tests"));
            assert!(transcripts.iter().any(|file| file.extension().is_some_and(|end| end == "ws")), "{transcripts:?}");
        }
    }
}

#[test]
fn a_project_in_python_needs_the_oldest_python_only() {
    let folder = TempDir::new().unwrap();
    for example in EXAMPLES {
        assert!(new(folder.path(), &[example, "--lang", "python", "--example", example]).status.success());
        let project = folder.path().join(example);
        assert!(fs::read_to_string(project.join("pyproject.toml")).unwrap().contains("requires-python = \">=3.9\""));
        assert!(fs::read_to_string(project.join("README.md")).unwrap().contains("Python 3.9 or later"));
        let python = files(&project).into_iter().filter(|file| file.extension().is_some_and(|end| end == "py"));
        let parse =
            "import ast, sys\nfor file in sys.argv[1:]: ast.parse(open(file).read(), file, feature_version=(3, 9))";
        let parsed = output(Command::new("python3").args(["-c", parse]).args(python));
        assert!(parsed.status.success(), "{parsed:?}");
    }
}

#[tokio::test]
async fn a_new_project_is_served() {
    let folder = TempDir::new().unwrap();
    let made = new(folder.path(), &["shout", "--lang", "javascript", "--example", "echo"]);
    insta::assert_snapshot!(String::from_utf8(made.stdout).unwrap());
    let dev = Dev::start_in(&folder.path().join("shout"), [""; 0]).await;
    assert_eq!(dev.connect().await.ask("foo").await, "foo");
    dev.signal(Signal::SIGINT);
    assert!(dev.wait().await.success());
}

#[test]
fn the_commands_are_those_of_a_program_that_npm_installed() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("node_modules/@goblet-rs/linux-x64/bin/goblet");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::copy(GOBLET, &program).unwrap();
    let new = |name| {
        let mut goblet = Command::new(&program);
        goblet.args(["new", name, "--lang", "javascript", "--example", "echo"]).current_dir(&folder);
        String::from_utf8(output(goblet.env("PATH", folder.path())).stdout).unwrap()
    };
    let says = new("shout");
    assert!(says.contains("  npx goblet dev  ") && says.contains("  npx goblet test  "), "{says}");
    let readme = fs::read_to_string(folder.path().join("shout/README.md")).unwrap();
    assert!(readme.contains("\n$ npx goblet dev\n") && readme.contains("\n$ npx goblet test\n"), "{readme}");
    assert!(!readme.contains("$ goblet"), "{readme}");
    // Who has Node.js may have no Python.
    assert!(readme.contains("\n$ npx wscat --connect ws://") && !readme.contains("pip"), "{readme}");
    // It is in `PATH` if npm has installed it for all folders.
    File::create(folder.path().join("goblet")).unwrap();
    let says = new("call");
    assert!(says.contains("  goblet dev  "), "{says}");
}

#[test]
fn what_it_cannot_make_is_told_with_the_next_step() {
    let folder = TempDir::new().unwrap();
    let options = ["--lang", "python", "--example", "echo"];
    let refused = |path: &str| refusal(folder.path(), &[&[path], &options[..]].concat());

    let says = refused("My Chat");
    assert!(says.contains("\"My Chat\" cannot be the name of a project") && says.contains("e.g. my-chat"), "{says}");
    assert!(refused("goblet").contains("is the package that the handler imports"));
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/notes.txt"), "mine").unwrap();
    let says = refused("full");
    assert!(says.contains("is not empty (it has notes.txt)") && says.contains("another name"), "{says}");
    assert_eq!(fs::read_to_string(folder.path().join("full/notes.txt")).unwrap(), "mine");
    assert!(refused("full/notes.txt/chat").contains("cannot"), "{}", refused("full/notes.txt/chat"));

    let says = refusal(folder.path(), &["chat"]);
    assert!(says.contains("--lang (rust, python, javascript, typescript) is missing"), "{says}");
    let says = refusal(folder.path(), &["chat", "--lang", "python"]);
    assert!(says.contains("--example (echo, chat) is missing"), "{says}");
    assert!(refusal(folder.path(), &[]).contains("NAME is missing"));
    assert!(!folder.path().join("chat").exists(), "nothing is made");
}

#[test]
fn an_empty_folder_becomes_a_project() {
    let folder = TempDir::new().unwrap();
    let project = folder.path().join("chat");
    fs::create_dir_all(project.join(".git")).unwrap();
    let output = new(&project, &[".", "--lang", "ts", "--example", "chat"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!String::from_utf8(output.stdout).unwrap().contains("cd "));
    assert!(fs::read_to_string(project.join("package.json")).unwrap().contains("\"name\": \"chat\""));
    assert!(project.join("handler.ts").is_file());
}

#[test]
fn what_is_not_said_is_asked_on_a_terminal() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/notes.txt"), "mine").unwrap();
    let terminal = openpty(None, None).unwrap();
    let mut goblet = Command::new(GOBLET);
    goblet.arg("new").current_dir(folder.path()).stdin(terminal.slave.try_clone().unwrap());
    let mut child = goblet.stdout(terminal.slave.try_clone().unwrap()).stderr(terminal.slave).spawn().unwrap();
    // It would keep the terminal open.
    drop(goblet);
    let mut terminal = File::from(terminal.master);
    let mut shown = String::new();
    for (question, answer) in [
        ("Name of the project: ", "My Chat"),
        ("starts with a letter, e.g. my-chat. The project is named after its folder\r\nName of the project: ", "full"),
        ("give the project another name, or empty the folder first\r\nName of the project: ", "chat"),
        ("Language (rust, python, javascript, typescript): ", "cobol"),
        ("\"cobol\" is none of them\r\nLanguage (rust, python, javascript, typescript): ", "Python"),
        ("Example (echo, chat): ", "chat"),
        ("README.md has all commands", ""),
    ] {
        shown.clear();
        while !shown.contains(question) {
            let mut bytes = [0; 1024];
            let length =
                terminal.read(&mut bytes).unwrap_or_else(|error| panic!("no {question:?} in {shown}: {error}"));
            shown.push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
        terminal.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }
    assert!(child.wait().unwrap().success());
    assert!(folder.path().join("chat/rooms.py").is_file());
}
