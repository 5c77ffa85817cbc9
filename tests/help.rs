//! What `--help` prints, word for word. `INSTA_UPDATE=always cargo test --test help` accepts a new text.

#![allow(clippy::unwrap_used)]

mod support;

use std::{env, process::Command};

use support::GOBLET;

/// What a command prints for `--help`, which shows the value of a variable that is set, and fits the terminal.
fn help(command: &[&str]) -> String {
    let mut goblet = Command::new(GOBLET);
    goblet.args(command).arg("--help").env_remove("COLUMNS");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GOBLET_")) {
        goblet.env_remove(name);
    }
    let output = goblet.output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn goblet() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn dev() {
    insta::assert_snapshot!(help(&["dev"]));
}

#[test]
fn test() {
    insta::assert_snapshot!(help(&["test"]));
}

#[test]
fn compile() {
    insta::assert_snapshot!(help(&["compile"]));
}

#[test]
fn inspect() {
    insta::assert_snapshot!(help(&["inspect"]));
}

#[test]
fn package() {
    insta::assert_snapshot!(help(&["package"]));
}

#[test]
fn completions() {
    insta::assert_snapshot!(help(&["completions"]));
}

#[test]
fn doctor() {
    insta::assert_snapshot!(help(&["doctor"]));
}

#[test]
fn man() {
    insta::assert_snapshot!(help(&["man"]));
}

#[test]
fn new() {
    insta::assert_snapshot!(help(&["new"]));
}
