//! What `goblet new` makes: tested, built and served by the commands of its README, outside of the repository.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    build::{ARM64, Architecture, sam_environment, tools},
    emulated::emulator,
    support::{Dev, GOBLET, folder, run},
};

/// A project, in a folder that is deleted with it.
struct Project {
    folder: TempDir,
    name: &'static str,
}

impl Project {
    /// It is called as its example is: projects in Rust that share a target folder need different names.
    fn new(language: &str, example: &'static str) -> Self {
        let folder = TempDir::new().unwrap();
        run(Command::new(GOBLET).args(["new", example, "--lang", language, "--example", example]).current_dir(&folder));
        Self { folder, name: example }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    /// Runs commands as they are typed, where `goblet` and `sam` are installed. The hosts are those that `goblet` carries.
    fn run(&self, commands: &str) {
        let path = env::var_os("PATH").unwrap();
        let programs = [Path::new(GOBLET).parent().unwrap().to_owned(), tools().join("bin")];
        let path = env::join_paths(programs.into_iter().chain(env::split_paths(&path))).unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-euxc", commands]).current_dir(self.path()).env("PATH", path).envs(sam_environment());
        bash.env_remove("GOBLET_BOOTSTRAP");
        // What two projects depend on is built once.
        bash.env("CARGO_TARGET_DIR", folder().join("projects"));
        run(&mut bash);
    }

    fn build(&self, architecture: &Architecture) {
        self.run(&format!("sam build --parameter-overrides Architecture={}", architecture.name));
    }

    /// What a message is answered with by what is built for this machine.
    async fn ask_built(&self, message: &str) -> String {
        self.build(Architecture::native());
        Dev::start_in(&self.path(), ["--built"]).await.connect().await.ask(message).await
    }
}

async fn projects_work(language: &str, unit_test: &str) {
    let echo = Project::new(language, "echo");
    echo.run("goblet test");
    echo.run(unit_test);
    assert_eq!(echo.ask_built("foo").await, "foo");
    answers_on_arm64(&echo).await;

    let chat = Project::new(language, "chat");
    chat.run("goblet test");
    chat.run(unit_test);
    assert!(chat.ask_built("John").await.starts_with("Using nickname: John"));
    chat.run("sam validate --lint");
}

/// Lambda's default here, on an emulator, unless this machine is one.
async fn answers_on_arm64(echo: &Project) {
    echo.build(&ARM64);
    let command = format!("Handler={} {}", emulator(), ARM64.host().join("bootstrap").display());
    let dev = Dev::start_in(&echo.path(), ["--built", "--command", &command]).await;
    assert_eq!(dev.connect().await.ask("foo").await, "foo");
}

#[tokio::test]
#[ignore = "builds the host as it ships, and what tests a handler in Rust: .ci/run runs it"]
async fn projects_in_rust_work() {
    projects_work("rust", "cargo test").await;
}

#[tokio::test]
#[ignore = "builds the host as it ships: .ci/run runs it"]
async fn projects_in_python_work() {
    projects_work("python", "python3 -m unittest").await;
}

#[tokio::test]
#[ignore = "builds the host as it ships, and downloads npm packages: .ci/run runs it"]
async fn projects_in_javascript_work() {
    projects_work("javascript", "npm install --no-audit --no-fund && npm test").await;
}

#[tokio::test]
#[ignore = "builds the host as it ships, and downloads npm packages: .ci/run runs it"]
async fn projects_in_typescript_work() {
    projects_work("typescript", "npm install --no-audit --no-fund && npm test && npm run check").await;
}
