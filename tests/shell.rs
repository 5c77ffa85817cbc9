//! What `goblet` brings for a shell: completions and manual pages.

#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, process::Command};

use support::{GOBLET, output};
use tempfile::TempDir;

/// What bash offers after a command line of these words.
fn completed(words: &str) -> String {
    let count = words.split(' ').count() - 1;
    let script = format!(
        r#"source <("$GOBLET" completions bash); COMP_WORDS=({words}); COMP_CWORD={count}; cur=${{COMP_WORDS[-1]}}
        _goblet goblet "$cur" "${{COMP_WORDS[-2]}}"; echo "${{COMPREPLY[*]}}""#
    );
    let output = output(Command::new("bash").args(["-c", &script]).env("GOBLET", GOBLET));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn bash_completes_commands_and_options() {
    assert_eq!(completed("goblet pack"), "package");
    assert_eq!(completed("goblet package --ho"), "--host");
    assert_eq!(completed("goblet doctor pyt"), "python");
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = output(Command::new(GOBLET).args(["completions", shell]));
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains("require-signature"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("share/man/man1");
    assert!(output(Command::new(GOBLET).arg("man").arg(&folder)).status.success());
    let page = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(page("goblet.1").contains("stands in for API Gateway and Lambda"));
    assert!(page("goblet-dev.1").contains(r"\-\-require\-signature"));
    assert!(page("goblet-package.1").contains(r"\-\-host"));
    assert!(!folder.join("goblet-bootstrap.1").exists(), "a hidden command");
}
