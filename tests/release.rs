//! What `release/pack` makes, installed as people install it: with an empty home, and with no Rust in `PATH`.
//!
//! The files must be there, for this machine's architecture. `.ci/run` makes them.

#![allow(clippy::unwrap_used)]

mod support;
#[path = "support/wsdump.rs"]
mod wsdump;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{self, Command},
    time::Instant,
};

use nix::sys::signal::Signal;
use serde_json::Value;
use support::{Dev, folder, root, run, virtual_environment};
use tempfile::TempDir;
use wsdump::Wsdump;

/// This machine's architecture, as Rust, Lambda and npm call it.
const MACHINE: &str = env::consts::ARCH;
const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
const NPM_CPU: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };

/// The one file of the release whose name begins and ends so.
fn released(start: &str, end: &str) -> PathBuf {
    let files = folder().parent().unwrap().join("release-files");
    let entries = fs::read_dir(&files).unwrap_or_else(|error| panic!("{}: {error}: run release/pack", files.display()));
    let matches = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(start) && name.ends_with(end)
    };
    let found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(matches).collect();
    let [file] = &found[..] else { panic!("not one file {start}…{end}: {found:?}") };
    file.clone()
}

/// Somebody who has Python and Node.js, and nothing of this project.
struct User {
    home: TempDir,
}

impl User {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    fn folder(&self) -> &Path {
        self.home.path()
    }

    /// A command in the user's home. Rust's programs are not found.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let path = env::var_os("PATH").unwrap();
        let has_rust = |folder: &PathBuf| ["cargo", "rustc", "rustup"].iter().any(|name| folder.join(name).exists());
        let path = env::join_paths(env::split_paths(&path).filter(|folder| !has_rust(folder))).unwrap();
        let mut command = Command::new(program);
        command.current_dir(self.folder()).env("PATH", path).env("HOME", self.folder());
        for variable in ["CARGO", "CARGO_HOME", "RUSTUP_HOME", "XDG_CACHE_HOME", "VIRTUAL_ENV", "GOBLET_BOOTSTRAP"] {
            command.env_remove(variable);
        }
        command
    }

    fn copy(&self, file: &str) {
        let from = root().join(file);
        fs::copy(&from, self.folder().join(from.file_name().unwrap())).unwrap();
    }

    /// Serves a handler, and lets it echo to `wsdump`.
    async fn echo(&self, goblet: &Path, handler: &str) -> Dev {
        let mut command: tokio::process::Command =
            self.command(goblet.canonicalize().unwrap_or_else(|_| goblet.to_owned())).into();
        let dev = Dev::spawn(command.args(["dev", "--port", "0", handler])).listening().await;
        Wsdump::connect(&dev.url).echoes("foo").await;
        dev
    }
}

/// The host that was built for an architecture, which the program carries.
fn built_host(processor: &str) -> Vec<u8> {
    let target = folder().parent().unwrap();
    fs::read(target.join(format!("{processor}-unknown-linux-gnu/layer/bootstrap"))).unwrap()
}

#[tokio::test]
#[ignore = "needs the files of a release: .ci/run makes them"]
async fn pip_installs_all_that_a_handler_in_python_needs() {
    let user = User::new();
    run(user.command("python3").args(["-m", "venv", "venv"]));
    user.copy("guest/echo-python/app.py");
    virtual_environment(wsdump::REQUIREMENTS);
    let start = Instant::now();
    let wheel = released("goblet-", &format!("{MACHINE}.whl"));
    run(user.command("venv/bin/python").args(["-m", "pip", "install", "--quiet", "--no-index"]).arg(wheel));
    let _dev = user.echo(&user.folder().join("venv/bin/goblet"), "app.py").await;
    eprintln!("from `pip install` to the first echo: {:.1} s", start.elapsed().as_secs_f64());
    // The same package, for editors and tests.
    let typed = "import goblet, pathlib; assert (pathlib.Path(goblet.__file__).parent / 'py.typed').is_file()";
    run(user.command("venv/bin/python").args(["-c", typed]));
}

#[tokio::test]
#[ignore = "needs the files of a release: .ci/run makes them"]
async fn npm_installs_all_that_a_handler_in_javascript_needs() {
    let user = User::new();
    user.copy("guest/echo-javascript/handler.js");
    fs::write(user.folder().join("package.json"), r#"{"type": "module"}"#).unwrap();
    virtual_environment(wsdump::REQUIREMENTS);
    let start = Instant::now();
    let version = env!("CARGO_PKG_VERSION");
    let sdk = released(&format!("goblet-{version}"), ".tgz");
    let program = released(&format!("goblet-rs-linux-{NPM_CPU}-"), ".tgz");
    run(user.command("npm").args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).arg(sdk).arg(program));
    let goblet = user.folder().join("node_modules/.bin/goblet");
    let dev = user.echo(&goblet, "handler.js").await;
    eprintln!("from `npm install` to the first echo: {:.1} s", start.elapsed().as_secs_f64());
    // What builds the handler is the project's own package.
    let doctor = user.command(&goblet).args(["doctor", "--json", "javascript"]).output().unwrap();
    let doctor: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let private = doctor["javascript"].as_array().unwrap().iter().find(|found| found["name"] == "goblet-javascript");
    assert_eq!(private.unwrap()["status"], "later", "{doctor}");
    // The package serves a new project in the folder, too.
    run(user.command(&goblet).args(["new", "hello", "--lang", "typescript", "--example", "echo"]));
    run(user.command(&goblet).arg("test").current_dir(user.folder().join("hello")));
    // The program ends with what npm starts.
    dev.signal(Signal::SIGTERM);
    assert!(dev.wait().await.success());
    let dev = user.echo(&goblet, "handler.js").await;
    dev.signal(Signal::SIGINT);
    assert!(dev.wait().await.success());

    let status = user.command(&goblet).args(["dev", "none.js"]).status().unwrap();
    assert_eq!(status.code(), Some(1));
    fs::remove_dir_all(user.folder().join("node_modules/@goblet-rs")).unwrap();
    let output = user.command(&goblet).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(&format!("no npm package @goblet-rs/linux-{NPM_CPU}")), "{stderr}");
}

#[test]
#[ignore = "needs the files of a release: .ci/run makes them"]
fn the_archive_is_complete_and_carries_both_hosts() {
    let user = User::new();
    let archive = released("goblet-", &format!("{ARCHITECTURE}-linux.tar.gz"));
    run(user.command("tar").args(["--extract", "--strip-components=1", "--file"]).arg(archive));
    for file in ["LICENSE", "README.md", "THIRD-PARTY-LICENSES.txt", "completions/_goblet", "man/man1/goblet-dev.1"] {
        assert!(fs::metadata(user.folder().join(file)).unwrap().len() > 0, "{file}");
    }
    for (target, processor) in [("arm64", "aarch64"), ("x86_64", "x86_64")] {
        run(user.command("./goblet").args(["package", "--host", "--target", target, "--output"]).arg(target));
        run(user.command("./goblet").args(["package", "--host", "--target", target, "--output", "layer/"]));
        let bootstrap = user.folder().join("layer/bootstrap");
        assert!(fs::read(&bootstrap).unwrap() == built_host(processor), "{target}");
        assert_eq!(fs::metadata(bootstrap).unwrap().permissions().mode() & 0o111, 0o111);
        // The same as of a file.
        let file = folder().parent().unwrap().join(format!("{processor}-unknown-linux-gnu/layer/bootstrap"));
        run(user.command("./goblet").arg("package").arg(file).args(["--output", "again.zip"]));
        assert!(fs::read(user.folder().join(target)).unwrap() == fs::read(user.folder().join("again.zip")).unwrap());
    }
    let doctor = user.command("./goblet").args(["doctor", "--json", "deploy"]).output().unwrap();
    let doctor: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let hosts = doctor["deploy"].as_array().unwrap().iter();
    let hosts = hosts.filter(|found| found["name"].as_str().unwrap().starts_with("host for "));
    assert_eq!(hosts.filter(|host| host["status"] == "ok").count(), 2, "{doctor}");
}

#[test]
#[ignore = "needs the files of a release: .ci/run makes them"]
fn the_files_are_what_is_listed() {
    let sums = released("SHA256SUMS", "");
    let mut check = process::Command::new("sha256sum");
    run(check.args(["--check", "--quiet", "--strict"]).arg(&sums).current_dir(sums.parent().unwrap()));
    let materials: Value = serde_json::from_slice(&fs::read(released("goblet.cdx.json", "")).unwrap()).unwrap();
    let components = materials["components"].as_array().unwrap();
    let names: Vec<&str> = components.iter().map(|component| component["name"].as_str().unwrap()).collect();
    for name in ["goblet-host", "cranelift-codegen", "rusqlite", "wasmtime"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert!(!names.contains(&"proptest"), "it is for tests");
    let folder = root().canonicalize().unwrap();
    assert!(!materials.to_string().contains(folder.to_str().unwrap()), "the build machine's folder is in it");
}
