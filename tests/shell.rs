//! What `goblet` brings for a shell: completions and manual pages.

#![allow(clippy::unwrap_used)]

mod support;

use std::{env, fs, path::Path, process::Command};

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
    assert_eq!(completed("goblet boot"), "", "a hidden command");
    assert_eq!(completed("goblet package --ho"), "--host");
    assert_eq!(completed("goblet doctor pyt"), "python");
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = output(Command::new(GOBLET).args(["completions", shell]));
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("require-signature") && script.contains("version"), "{shell}");
        // The only command with this description, and a hidden one.
        assert!(!script.contains("subcmd__bootstrap") && !script.contains("Runs a handler as"), "{shell}");
    }
}

#[test]
fn a_new_account_can_run_the_lines_of_the_help() {
    let help = output(Command::new(GOBLET).args(["completions", "--help"])).stdout;
    let help = String::from_utf8(help).unwrap();
    let home = TempDir::new().unwrap();
    let path = env::var_os("PATH").unwrap();
    let goblet = Path::new(GOBLET).parent().unwrap().to_owned();
    let path = env::join_paths([goblet].into_iter().chain(env::split_paths(&path))).unwrap();
    for line in help.lines().filter(|line| line.starts_with("  goblet completions ")) {
        let mut bash = Command::new("bash");
        let installed = output(bash.args(["-euo", "pipefail", "-c", line]).env("HOME", home.path()).env("PATH", &path));
        assert!(installed.status.success(), "{line}: {installed:?}");
    }
    for file in
        [".local/share/bash-completion/completions/goblet", ".zfunc/_goblet", ".config/fish/completions/goblet.fish"]
    {
        assert!(fs::read_to_string(home.path().join(file)).unwrap().contains("completions"), "{file}");
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
