//! What `goblet` says of what it cannot use: the file or the option, and the next step.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use nix::{sys::stat::Mode, unistd::mkfifo};
use support::{Dev, GOBLET, echo_cwasm, echo_wasm, output, root};
use tempfile::TempDir;

fn goblet<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    output(Command::new(GOBLET).args(arguments).current_dir(root()))
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
    assert_fails(["dev", "--port", "0", "no/such.wasm"], &["no handler at no/such.wasm", "a project's folder"]);
    assert_fails(["compile", "no/such.wasm"], &["no handler at no/such.wasm"]);
    assert_fails(["inspect", "no/such.wasm"], &["no handler at no/such.wasm"]);
}

#[test]
fn a_folder_without_a_crate() {
    let folder = TempDir::new().unwrap();
    assert_fails(["dev".as_ref(), "--port".as_ref(), "0".as_ref(), folder.path()], &["no handler in", "Cargo.toml"]);
}

#[test]
fn a_crate_that_is_no_handler() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    let manifest = "[package]\nname = \"plain\"\nedition = \"2024\"\n[workspace]\n";
    write(&folder, "Cargo.toml", manifest.as_bytes());
    write(&folder, "src/lib.rs", b"");
    let dev = ["dev".as_ref(), "--port".as_ref(), "0".as_ref(), folder.path()];
    let says = ["is a native Rust crate (no cdylib)", "crate-type = [\"cdylib\"]", "--command 'cargo run"];
    assert_fails(dev, &says);
    assert_fails(["compile".as_ref(), folder.path()], &says);
    assert_fails(["package".as_ref(), folder.path()], &says);
    write(&folder, "Cargo.toml", format!("{manifest}[lib]\ncrate-type = [\"cdylib\"]\n").as_bytes());
    write(&folder, "src/lib.rs", b"no rust");
    assert_fails(dev, &["expected one of", "the build of", "failed"]);
    write(&folder, "Cargo.toml", b"[package]\nname = \n");
    assert_fails(dev, &["cargo cannot read", "Cargo.toml", "expected"]);
    write(&folder, "Cargo.toml", b"[workspace]\nmembers = []\n");
    assert_fails(dev, &["describes a workspace and no crate"]);
}

/// A template with one function, whose code is in `code`.
const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: !GetAtt Fn.Arn}}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: code}
";

/// A folder with the template and `code/`.
fn project(template: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("code")).unwrap();
    write(&folder, "template.yaml", template.as_bytes());
    folder
}

/// Runs `goblet dev` with the template of a project: it fails, says all of these, and never listens.
fn assert_not_served(project: &TempDir, says: &[&str]) {
    let template = project.path().join("template.yaml");
    let dev = ["dev".as_ref(), "--port".as_ref(), "0".as_ref(), "--template".as_ref(), template.as_path()];
    assert!(goblet(dev).stdout.is_empty());
    assert_fails(dev, says);
}

/// A project whose function is a native Rust crate.
fn native() -> TempDir {
    let project = project(TEMPLATE);
    fs::create_dir(project.path().join("code/src")).unwrap();
    write(&project, "code/Cargo.toml", b"[package]\nname = \"native\"\nedition = \"2024\"\n[workspace]\n");
    write(&project, "code/src/main.rs", b"no rust, and nobody builds it");
    project
}

#[tokio::test]
async fn a_native_rust_function_with_a_command_is_served() {
    let project = native();
    for command in [format!("Fn={}", any_function()), any_function()] {
        Dev::start_in(project.path(), ["--command", &command]).await;
    }
}

/// The command of a function that starts.
fn any_function() -> String {
    format!("env EVENTS=/dev/null python3 '{}'", root().join("tests/functions/mirror/mirror.py").display())
}

#[test]
fn a_native_rust_function_by_its_crate() {
    assert_not_served(
        &native(),
        &[
            "Resources.Fn: ",
            "code is a native Rust function (no cdylib)",
            "build it with `sam build` and run `goblet dev --built`",
            "--command 'Fn=cargo run",
        ],
    );
}

#[test]
fn a_native_rust_function_by_its_build_method() {
    let metadata = "    Metadata: {BuildMethod: rust-cargolambda}\n    Properties: {Runtime";
    let project = project(&TEMPLATE.replace("    Properties: {Runtime", metadata));
    // Whatever is in the folder.
    write(&project, "code/bootstrap.wasm", &fs::read(echo_wasm()).unwrap());
    assert_not_served(
        &project,
        &["Resources.Fn: ", "code is a native Rust function (BuildMethod: rust-cargolambda)", "goblet dev --built"],
    );
}

#[test]
fn a_function_built_for_another_architecture() {
    let project = project(TEMPLATE);
    let (machine, name) = if cfg!(target_arch = "x86_64") { (0xb7, "arm64") } else { (0x3e, "x86_64") };
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(64, 0);
    program[18] = machine;
    write(&project, "code/bootstrap", &program);
    let built_for = format!("is built for {name}");
    assert_not_served(&project, &["Resources.Fn: ", &built_for, "sam build", "--command 'Fn=COMMAND'"]);

    // What `sam build` leaves is the same.
    let built = project.path().join(".aws-sam/build");
    fs::create_dir_all(&built).unwrap();
    for name in ["template.yaml", "code"] {
        fs::rename(project.path().join(name), built.join(name)).unwrap();
    }
    let dev = output(Command::new(GOBLET).args(["dev", "--port", "0", "--built"]).current_dir(project.path()));
    assert!(dev.stdout.is_empty());
    assert_eq!(dev.status.code(), Some(1));
    assert!(String::from_utf8(dev.stderr).unwrap().contains(&built_for));
}

#[test]
fn a_named_pipe() {
    let project = project(TEMPLATE);
    write(&project, "code/bootstrap", b"#!/bin/sh\n");
    let pipe = project.path().join("code/pipe.wasm");
    mkfifo(&pipe, Mode::S_IRWXU).unwrap();
    assert_not_served(&project, &["cannot package", "code/pipe.wasm", "neither a file nor a folder"]);
    let says = ["pipe.wasm is neither a file nor a folder"];
    assert_fails(["dev".as_ref(), "--port".as_ref(), "0".as_ref(), pipe.as_path()], &says);
    assert_fails(["compile".as_ref(), pipe.as_path()], &says);
    assert_fails(["package".as_ref(), pipe.as_path()], &says);
    assert_fails(["inspect".as_ref(), pipe.as_path()], &says);
}

#[test]
fn a_package_that_contains_itself() {
    let project = project(TEMPLATE);
    write(&project, "code/bootstrap", b"#!/bin/sh\n");
    fs::create_dir(project.path().join("code/inner")).unwrap();
    symlink("..", project.path().join("code/inner/outer")).unwrap();
    assert_not_served(&project, &["Resources.Fn: cannot package", "code/inner/outer", "take the link out"]);
}

#[test]
fn a_package_over_the_limit() {
    let project = project(TEMPLATE);
    write(&project, "code/bootstrap", b"#!/bin/sh\n");
    // With nothing in it, but a length.
    File::create(project.path().join("code/large")).unwrap().set_len(300_000_000).unwrap();
    assert_not_served(&project, &["Resources.Fn: ", "more than 250 MB, AWS's limit"]);
}

/// Extension modules of Python and Node.js are crates with a `cdylib`, too.
#[tokio::test]
async fn a_crate_of_another_runtime_is_no_handler() {
    let manifest =
        "[package]\nname = \"extension\"\nedition = \"2024\"\n[workspace]\n[lib]\ncrate-type = [\"cdylib\"]\n";
    for runtime in ["python3.12", "nodejs22.x"] {
        for manifest in [manifest, "[package]\nname = \n"] {
            let project = project(&TEMPLATE.replace("provided.al2023", runtime));
            fs::create_dir(project.path().join("code/src")).unwrap();
            write(&project, "code/Cargo.toml", manifest.as_bytes());
            write(&project, "code/src/lib.rs", b"no rust, and nobody builds it");
            write(&project, "code/bootstrap.wasm", b"no handler");
            Dev::start_in(project.path(), ["--command", &any_function()]).await;
        }
    }
}

#[test]
fn nothing_built() {
    let folder = TempDir::new().unwrap();
    let output = output(Command::new(GOBLET).args(["dev", "--port", "0", "--built"]).current_dir(folder.path()));
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
    assert_fails(
        ["compile", echo, "--output", "/dev/null/echo.cwasm"],
        &["cannot write /dev/null/echo.cwasm: Not a directory"],
    );
}

#[test]
fn the_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let echo = echo_cwasm().to_str().unwrap();
    assert_fails(["dev", "--port", &port, echo], &["cannot listen on 127.0.0.1", &port, "--port 0"]);
}

#[test]
fn a_parameter_without_a_name() {
    let mut goblet = Command::new(GOBLET);
    let output = output(goblet.args(["dev", "--port", "0"]).env("GOBLET_PARAMETER_OVERRIDES", "Stage"));
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("--parameter-overrides") && stderr.contains("NAME=VALUE"), "{stderr}");
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
        let output = output(goblet.args(["dev", "--port", "0"]).current_dir(root()).env("PATH", tools.path()));
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

/// Settings of the host are read before anything is built.
#[test]
fn a_wrong_setting() {
    let echo = root().join("guest/echo");
    for (variable, says) in [
        ("GOBLET_MEMORY_MB=97", "GOBLET_MEMORY_MB is \"97\": set it to the memory of one instance in MB, from 1 to 96"),
        ("GOBLET_ENVIRONMENT=AWS_SECRET_ACCESS_KEY", "GOBLET_ENVIRONMENT names AWS_SECRET_ACCESS_KEY"),
        ("GOBLET_SIGNED_REQUESTS=dynamodb:Get", "GOBLET_SIGNED_REQUESTS has \"dynamodb:Get\""),
    ] {
        assert_fails(
            ["dev".as_ref(), "--port".as_ref(), "0".as_ref(), "--env".as_ref(), variable.as_ref(), echo.as_os_str()],
            &[says],
        );
    }
}

/// The compiler takes seconds for a handler in Python.
#[test]
fn what_is_not_granted_is_told_before_it_is_compiled() {
    let component = r#"(component
        (import "goblet:websocket/signed-requests@0.1.1" (instance))
        (component $routes)
        (instance $routes (instantiate $routes))
        (export "goblet:websocket/on-message@0.1.0" (instance $routes)))"#;
    let folder = TempDir::new().unwrap();
    let file = write(&folder, "signs.wasm", &wat::parse_str(component).unwrap());
    let dev = |variables: &[(&str, &str)]| {
        let mut goblet = Command::new(GOBLET);
        goblet.args(["dev", "--port", "0"]).arg(&file).env("XDG_CACHE_HOME", folder.path());
        let says = String::from_utf8(output(goblet.envs(variables.iter().copied())).stderr).unwrap();
        let compiled = fs::read_dir(folder.path().join("goblet/compiled"));
        (says, compiled.into_iter().flatten().next().is_some())
    };
    let (says, is_compiled) = dev(&[]);
    assert!(says.contains("signs.wasm") && says.contains("granted only if GOBLET_SIGNED_REQUESTS is set"), "{says}");
    assert!(!is_compiled);
    // It has no function, which the host says of what is compiled.
    let (says, is_compiled) = dev(&[("GOBLET_ENV", "GOBLET_SIGNED_REQUESTS=sqs:SendMessage:queue/123456789012/chat")]);
    assert!(is_compiled, "{says}");
}

/// Shells and CI systems write `VARIABLE=` to unset one.
#[test]
fn a_variable_that_is_empty_is_not_set() {
    let folder = TempDir::new().unwrap();
    let names =
        ["HANDLER", "TEMPLATE", "BUILT", "COMMAND", "ROUTES", "STAGE", "BOOTSTRAP", "ENV", "MEMORY", "PORT", "COLD"];
    let empty = names.map(|name| (format!("GOBLET_{name}"), ""));
    let run = output(Command::new(GOBLET).args(["dev", "--port", "0"]).envs(empty).current_dir(folder.path()));
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert!(stderr.contains("nothing to serve") && stderr.contains("see `goblet dev --help`"), "{stderr}");
}
