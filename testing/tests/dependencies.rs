//! What a handler's project builds before its first test runs.

#![allow(clippy::unwrap_used)]

use std::process::Command;

/// What `goblet-testing` and all that it needs depend on, as `cargo tree` prints it.
fn dependencies(format: &str) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--package", env!("CARGO_PKG_NAME"), "--edges", "normal,build"]);
    cargo.args(["--prefix", "none", "--format", format]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_client_of_aws_is_built_and_no_server() {
    let crates = dependencies("{p}");
    assert!(crates.contains("\nwasmtime v"), "the sandbox is real: {crates}");
    let names = crates.lines().filter_map(|line| line.split(' ').next());
    let unneeded = names.filter(|name| {
        name.starts_with("aws-") || ["axum", "hyper", "lambda_runtime", "rustls", "tokio-tungstenite"].contains(name)
    });
    assert_eq!(unneeded.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_compiler_is_for_this_machine_only() {
    let crates = dependencies("{p} {f}");
    let compiler = crates.lines().find(|line| line.starts_with("cranelift-codegen v")).unwrap();
    assert!(compiler.contains("host-arch"), "{compiler}");
    for architecture in ["arm64", "x86", "all-arch"] {
        assert!(!compiler.split([' ', ',']).any(|feature| feature == architecture), "{compiler}");
    }
}
