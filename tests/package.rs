//! `goblet package`: what it writes, and where.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    env,
    fs::{self, File},
    io::Read as _,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use support::{GOBLET, echo_cwasm, output};
use tempfile::TempDir;
use zip::ZipArchive;

/// A program of this machine that stands for `bootstrap`.
const PROGRAM: &str = "/bin/sh";

const THIS_MACHINE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
const OTHER: &str = if cfg!(target_arch = "aarch64") { "x86_64" } else { "arm64" };

/// Runs `goblet package` in a folder.
fn package(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut goblet = Command::new(GOBLET);
    output(goblet.arg("package").args(arguments).current_dir(folder).env_remove("GOBLET_BOOTSTRAP"))
}

fn assert_fails(arguments: &[&str], texts: &[&str]) {
    let output = package(&TempDir::new().unwrap(), arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    for text in texts {
        assert!(stderr.contains(text), "{text} is not in: {stderr}");
    }
}

fn assert_runs(program: &Path) {
    let status = Command::new(program).args(["-c", "exit 7"]).status().unwrap();
    assert_eq!(status.code(), Some(7));
}

#[test]
fn a_folder_gets_the_host_itself() {
    let folder = TempDir::new().unwrap();
    // SAM names the folder in this way, and it exists; the Makefile of an author may name one that does not.
    for output in [folder.path().to_str().unwrap(), "new/folder/"] {
        let arguments = ["--host", "--bootstrap", PROGRAM, "--target", THIS_MACHINE, "-o", output];
        assert!(package(&folder, &arguments).status.success());
        let bootstrap = folder.path().join(output).join("bootstrap");
        assert!(fs::read(&bootstrap).unwrap() == fs::read(PROGRAM).unwrap());
        assert_runs(&bootstrap);
    }
}

#[test]
fn what_a_variable_names_is_told_with_the_variable() {
    let mut goblet = Command::new(GOBLET);
    let output = output(goblet.args(["package", "--host"]).env("GOBLET_BOOTSTRAP", "/none"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("GOBLET_BOOTSTRAP") && stderr.contains("unset it") && stderr.contains("/none"), "{stderr}");
}

#[test]
fn the_output_is_looked_at_before_anything_is_built() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for command in ["package", "compile"] {
        let mut goblet = Command::new(GOBLET);
        // There is no such handler, which would be the next thing that it says.
        let output = output(goblet.args([command, "none.wasm", "-o", "file/x"]).current_dir(&folder));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("--output: cannot write file/x"), "{stderr}");
    }
}

#[test]
fn the_content_is_alone_in_a_pipe() {
    let folder = TempDir::new().unwrap();
    let packed = package(&folder, &[echo_cwasm().to_str().unwrap(), "--output", "/dev/stdout"]);
    assert!(packed.status.success(), "{packed:?}");
    assert!(package(&folder, &[echo_cwasm().to_str().unwrap(), "--output", "echo.zip"]).status.success());
    assert!(packed.stdout == fs::read(folder.path().join("echo.zip")).unwrap());
}

#[test]
fn a_zip_has_the_host_at_its_top() {
    let folder = TempDir::new().unwrap();
    assert!(package(&folder, &["--host", "--bootstrap", PROGRAM]).status.success());
    let mut zip = ZipArchive::new(File::open(folder.path().join("bootstrap.zip")).unwrap()).unwrap();
    assert_eq!(zip.len(), 1);
    let mut bootstrap = zip.by_name("bootstrap").unwrap();
    assert_eq!(bootstrap.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    let mut content = Vec::new();
    bootstrap.read_to_end(&mut content).unwrap();
    assert!(content == fs::read(PROGRAM).unwrap());
}

#[test]
fn the_variable_names_the_host_too() {
    let folder = TempDir::new().unwrap();
    let mut goblet = Command::new(GOBLET);
    goblet.args(["package", "--host", "-o", "./"]).current_dir(&folder).env("GOBLET_BOOTSTRAP", PROGRAM);
    assert!(output(&mut goblet).status.success());
    assert_runs(&folder.path().join("bootstrap"));
}

/// `sam build` runs this rule. Here no folder of `PATH` has a `goblet`.
#[test]
fn the_makefile_of_a_project_finds_the_goblet_that_npm_installed() {
    let folder = TempDir::new().unwrap();
    let mut goblet = Command::new(GOBLET);
    goblet.args(["new", "chat", "--lang", "python", "--example", "chat"]).current_dir(&folder);
    assert!(output(&mut goblet).status.success());
    let [programs, installed] = ["programs", "node_modules/.bin"].map(|name| folder.path().join(name));
    for folder in [&programs, &installed] {
        fs::create_dir_all(folder).unwrap();
    }
    for name in ["make", "sh", "env", "node", "npx"] {
        let path = env::var_os("PATH").unwrap();
        let mut folders = env::split_paths(&path);
        let program = folders.find(|folder| folder.join(name).exists()).unwrap().join(name);
        symlink(program, programs.join(name)).unwrap();
    }
    symlink(GOBLET, installed.join("goblet")).unwrap();
    let mut make = Command::new("make");
    make.args(["-f", &format!("deploy/{THIS_MACHINE}/Makefile"), "build-Host", "ARTIFACTS_DIR=layer"]);
    make.current_dir(folder.path().join("chat")).env_remove("GOBLET");
    let packed = output(make.env("PATH", &programs).env("GOBLET_BOOTSTRAP", PROGRAM));
    assert!(packed.status.success(), "{packed:?}");
    assert_runs(&folder.path().join("chat/layer/bootstrap"));
}

#[test]
fn a_folder_gets_a_handler_itself() {
    let folder = TempDir::new().unwrap();
    let echo = echo_cwasm().to_str().unwrap();
    assert!(package(&folder, &[echo, "--output", "function/"]).status.success());
    assert!(fs::read(folder.path().join("function/echo.cwasm")).unwrap() == fs::read(echo).unwrap());
}

#[test]
fn a_host_for_another_architecture_is_refused() {
    let arguments = ["--host", "--bootstrap", PROGRAM, "--target", OTHER];
    assert_fails(&arguments, &[PROGRAM, &format!("built for {THIS_MACHINE}, but --target is {OTHER}")]);
    let arguments = ["--host", "--target", "riscv64gc-unknown-linux-gnu"];
    assert_fails(&arguments, &["riscv64gc-unknown-linux-gnu", "arm64 and x86_64"]);
    assert_fails(&["--host", "--target", "aarch64-apple-darwin"], &["aarch64-apple-darwin", "AWS Lambda has Linux"]);
}

#[test]
fn only_a_program_is_a_host() {
    let folder = TempDir::new().unwrap();
    for name in ["handler.js", "bootstrap"] {
        let file = folder.path().join(name);
        fs::write(&file, "export function onMessage() {}").unwrap();
        let file = file.to_str().unwrap();
        assert_fails(&["--host", "--bootstrap", file], &[file, "is no Linux program for arm64 or x86_64"]);
    }
    let script = folder.path().join("bootstrap");
    assert_fails(&[script.to_str().unwrap()], &["is no Linux program"]);
}

#[test]
fn a_program_that_carries_no_host_says_how_to_build_it() {
    for (target, triple) in [("arm64", "aarch64"), ("x86_64", "x86_64")] {
        let build = format!("make -f deploy/{target}/Makefile bootstrap");
        let add = format!("--bootstrap target/{triple}-unknown-linux-gnu/layer/bootstrap");
        for target in [target, &format!("{triple}-unknown-linux-gnu")] {
            assert_fails(&["--host", "--target", target], &[&build, &add, "for `sam build`, set GOBLET_BOOTSTRAP"]);
        }
    }
}

#[test]
fn there_is_something_to_pack() {
    assert_fails(&[], &["<FILE|--host>"]);
    assert_fails(&["echo.wasm", "--host"], &["cannot be used with"]);
    assert_fails(&["--host", "--bootstrap", "no/such"], &["cannot read no/such"]);
    assert_fails(&["echo.wasm", "--bootstrap", "bootstrap"], &["cannot be used with"]);
}
