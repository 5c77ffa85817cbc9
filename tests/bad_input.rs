//! What `goblet` says of what it cannot use: the file or the option, and the next step.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use support::{GOBLET, echo_cwasm, echo_wasm, root};
use tempfile::TempDir;

fn goblet<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new(GOBLET).args(arguments).current_dir(root()).output().unwrap()
}

/// Runs `goblet`, which fails with exit code 1 and says all of these.
fn assert_fails<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>, says: &[&str]) {
    let output = goblet(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for text in says {
        assert!(stderr.contains(text), "not {text:?} in: {stderr}");
    }
}

/// A file that `dev` and `inspect` refuse.
fn assert_refused(file: &Path, says: &[&str]) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let says = [says, &[name]].concat();
    assert_fails(["dev".as_ref(), "--port".as_ref(), "0".as_ref(), file], &says);
    assert_fails(["inspect".as_ref(), file], &says);
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn no_such_file() {
    assert_fails(["dev", "--port", "0", "no/such.wasm"], &["no handler at no/such.wasm", "a crate's folder"]);
    assert_fails(["compile", "no/such.wasm"], &["no handler at no/such.wasm"]);
    assert_fails(["inspect", "no/such.wasm"], &["no handler at no/such.wasm"]);
}

#[test]
fn a_folder_without_a_crate() {
    let folder = TempDir::new().unwrap();
    assert_fails(["dev".as_ref(), "--port".as_ref(), "0".as_ref(), folder.path()], &["no crate in", "Cargo.toml"]);
}

#[test]
fn a_crate_that_is_no_handler() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    write(&folder, "Cargo.toml", b"[package]\nname = \"plain\"\nedition = \"2024\"\n[workspace]\n");
    write(&folder, "src/lib.rs", b"");
    let dev = ["dev".as_ref(), "--port".as_ref(), "0".as_ref(), folder.path()];
    assert_fails(dev, &["made no .wasm file", "crate-type = [\"cdylib\"]"]);
    write(&folder, "src/lib.rs", b"no rust");
    assert_fails(dev, &["expected one of", "the build of", "failed"]);
}

#[test]
fn nothing_built() {
    let folder = TempDir::new().unwrap();
    let output = Command::new(GOBLET).args(["dev", "--port", "0", "--built"]).current_dir(folder.path()).output();
    let output = output.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(".aws-sam/build/template.yaml") && stderr.contains("run `sam build`"), "{stderr}");
}

#[test]
fn a_compiled_handler_for_another_architecture() {
    let echo = echo_cwasm().to_str().unwrap();
    assert_fails(["package", echo, "--target", "arm64"], &["echo.cwasm is compiled already", "--target"]);
}

#[test]
fn a_core_module() {
    let folder = TempDir::new().unwrap();
    let file = write(&folder, "core.wasm", b"\0asm\x01\0\0\0");
    assert_refused(&file, &["is a core WebAssembly module, not a component", "wasm32-wasip2"]);
    assert_fails(["compile".as_ref(), file.as_path()], &["is a core WebAssembly module"]);
}

#[test]
fn no_webassembly_at_all() {
    let folder = TempDir::new().unwrap();
    assert_refused(&write(&folder, "text.wasm", b"hello"), &["is no WebAssembly"]);
    assert_refused(&write(&folder, "empty.wasm", b""), &["is no WebAssembly"]);
}

#[test]
fn a_component_that_is_broken() {
    let folder = TempDir::new().unwrap();
    let component = fs::read(echo_wasm()).unwrap();
    assert_refused(&write(&folder, "half.wasm", &component[..component.len() / 2]), &["is no valid component"]);
}

#[test]
fn a_component_without_a_route() {
    let folder = TempDir::new().unwrap();
    let file = write(&folder, "empty.wasm", b"\0asm\x0d\0\x01\0");
    assert_refused(&file, &["exports no route", "goblet:websocket/on-connect, on-message"]);
}

#[test]
fn another_architecture() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("other.cwasm");
    let other = if cfg!(target_arch = "x86_64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };
    let output = file.to_str().unwrap();
    assert!(goblet(["compile", echo_wasm().to_str().unwrap(), "--output", output, "--target", other]).status.success());
    assert_refused(&file, &["was compiled for another host", std::env::consts::ARCH, "goblet compile"]);
}

#[test]
fn another_wasmtime() {
    let folder = TempDir::new().unwrap();
    let mut compiled = fs::read(echo_cwasm()).unwrap();
    // The version stands in the file's own section, `.wasmtime.engine`, before the target.
    let version = format!("{}\x18{}", goblet_host::handler::WASMTIME_VERSION, std::env::consts::ARCH);
    let at = compiled.windows(version.len()).position(|bytes| bytes == version.as_bytes()).unwrap();
    compiled[at..at + 2].copy_from_slice(b"12");
    let file = write(&folder, "old.cwasm", &compiled);
    assert_refused(&file, &["was compiled for another host", "wasmtime 48", "version '12'", "goblet compile"]);
}

#[test]
fn an_unknown_target() {
    let echo = echo_wasm().to_str().unwrap();
    assert_fails(["compile", echo, "--target", "vax-dec-ultrix"], &["vax-dec-ultrix", "aarch64-unknown-linux-gnu"]);
}

#[test]
fn compiled_twice() {
    let echo = echo_cwasm().to_str().unwrap();
    assert_fails(["compile", echo, "--output", "/dev/null"], &["is compiled already"]);
}

#[test]
fn a_place_that_cannot_be_written() {
    let echo = echo_wasm().to_str().unwrap();
    assert_fails(["compile", echo, "--output", "/no/such/folder/echo.cwasm"], &["cannot write /no/such/folder"]);
}

#[test]
fn the_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let echo = echo_cwasm().to_str().unwrap();
    assert_fails(["dev", "--port", &port, echo], &["cannot listen on 127.0.0.1", &port, "--port 0"]);
}

#[test]
fn a_stage_that_is_no_path() {
    let output = goblet(["dev", "--stage", "a/b"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("a stage's name"));
}

/// Rust without the target: a toolchain that has none, and a `rustup` that is missing or fails.
#[test]
fn no_rustup_and_no_target() {
    let tools = TempDir::new().unwrap();
    let tool = |name: &str, script: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let file = write(&tools, name, format!("#!/bin/sh\n{script}\n").as_bytes());
        fs::set_permissions(file, fs::Permissions::from_mode(0o700)).unwrap();
    };
    let stderr = || {
        let mut goblet = Command::new(GOBLET);
        goblet.args(["dev", "--port", "0"]).current_dir(root()).env("PATH", tools.path());
        let output = goblet.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let says = stderr();
    assert!(says.contains("cannot start rustc") && says.contains("https://rustup.rs"), "{says}");
    tool("rustc", "echo /no/such/target");
    let says = stderr();
    assert!(says.contains("target wasm32-wasip2 is missing, and there is no rustup"), "{says}");
    tool("rustup", "echo \"rustup $*\" >&2; exit 1");
    let says = stderr();
    assert!(says.contains("adding Rust's target") && says.contains("rustup target add wasm32-wasip2"), "{says}");
    assert!(says.contains("`rustup target add wasm32-wasip2` failed"), "{says}");
}
