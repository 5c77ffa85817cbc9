//! The ways of running a handler on Lambda, each with the same two handlers.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{ChildStdout, Command},
};

use crate::{
    build::{self, ROOT},
    process::{Process, run},
};

/// The handler for Goblet that uses groups and state.
pub const REMEMBER: &str = "remember";

/// A function, and the program that runs it.
#[derive(Clone)]
pub struct Runtime {
    pub name: &'static str,
    /// `{handler}` stands for the handler.
    pub command: Vec<String>,
    pub task_root: PathBuf,
    /// The echo.
    pub echo: &'static str,
    /// What sends to as many connections as a message says.
    pub fan_out: Option<&'static str>,
    /// What is uploaded: the file or folder of the program, and what of it is uploaded again to change the handler.
    pub program: PathBuf,
    pub handler: PathBuf,
}

impl Runtime {
    /// The host as it ships, with handlers that are components.
    pub async fn goblet(folder: &Path, bootstrap: PathBuf, goblet: &Path) -> anyhow::Result<Self> {
        let handlers = folder.join("handlers");
        fs::create_dir_all(&handlers)?;
        for (source, name) in
            [("guest/echo", "echo.cwasm"), ("bench/fan_out", "fan_out.cwasm"), ("bench/remember", "remember.cwasm")]
        {
            build::handler(goblet, source, &handlers.join(name)).await?;
        }
        Ok(Self {
            name: "goblet",
            command: vec![bootstrap.display().to_string()],
            program: bootstrap,
            handler: handlers.join("echo.cwasm"),
            task_root: handlers,
            echo: "echo",
            fan_out: Some("fan_out"),
        })
    }

    /// Without WebAssembly.
    pub fn rust(folder: &Path, program: PathBuf) -> Self {
        Self {
            name: "plain Rust",
            command: vec![program.display().to_string()],
            handler: program.clone(),
            program,
            task_root: folder.to_owned(),
            echo: "echo",
            fan_out: None,
        }
    }

    /// Chalice under awslambdaric, in a virtual environment of its own.
    pub async fn chalice(folder: &Path) -> anyhow::Result<Self> {
        let source = Path::new(ROOT).join("bench/chalice");
        let (venv, requirements) = (folder.join("chalice"), source.join("requirements.txt"));
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await?;
        let python = venv.join("bin/python");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(Command::new(&python).args(pip).arg(requirements)).await?;
        // What Chalice packs beside the app; Lambda's own Python has boto3 already.
        let package = fs::read_dir(venv.join("lib"))?.next().context("no Python in the environment")??.path();
        Ok(Self {
            name: "Chalice",
            command: [&python.display().to_string(), "-m", "awslambdaric", "{handler}"].map(ToOwned::to_owned).into(),
            program: package.join("site-packages/chalice"),
            handler: source.join("echo.py"),
            task_root: source,
            echo: "echo.message",
            fan_out: Some("fan_out.message"),
        })
    }

    /// The host as it ships, with an echo in another language.
    pub async fn goblet_in(
        name: &'static str,
        source: &str,
        folder: &Path,
        goblet: &Runtime,
        program: &Path,
    ) -> anyhow::Result<Self> {
        let task_root = folder.join(source);
        fs::create_dir_all(&task_root)?;
        let handler = task_root.join("echo.cwasm");
        build::handler(program, source, &handler).await?;
        Ok(Self { name, handler, task_root, fan_out: None, ..goblet.clone() })
    }

    /// A function with boto3 under awslambdaric, in Chalice's environment.
    pub fn boto3(chalice: &Runtime) -> Self {
        Self {
            name: "Python with boto3",
            echo: "boto3_echo.handler",
            handler: chalice.task_root.join("boto3_echo.py"),
            fan_out: None,
            ..chalice.clone()
        }
    }

    /// A function with the AWS SDK for JavaScript. The runtime client is the one of `goblet dev`, which starts faster than
    /// AWS's.
    pub async fn node(folder: &Path) -> anyhow::Result<Self> {
        let task_root = folder.join("node");
        fs::create_dir_all(&task_root)?;
        for file in ["echo.mjs", "package.json"] {
            fs::copy(Path::new(ROOT).join("bench/node").join(file), task_root.join(file))?;
        }
        let install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
        run(Command::new("npm").args(install).current_dir(&task_root)).await?;
        let client = Path::new(ROOT).join("cli/runtimes/node.mjs");
        Ok(Self {
            name: "Node.js with its SDK",
            command: ["node", &client.display().to_string(), "{handler}"].map(ToOwned::to_owned).into(),
            program: task_root.join("node_modules"),
            handler: task_root.join("echo.mjs"),
            task_root,
            echo: "echo.handler",
            fan_out: None,
        })
    }

    /// Serves one of its handlers.
    pub async fn serve(&self, handler: &str, options: &[&str]) -> anyhow::Result<Served> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("serve").arg("--task-root").arg(&self.task_root).args(["--handler", handler]).args(options);
        command.arg("--").args(self.command.iter().map(|word| word.replace("{handler}", handler)));
        Served::start(&mut command).await
    }
}

/// A gateway with a function behind it, or a database.
pub struct Served {
    pub process: Process,
    pub url: String,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Served {
    /// Starts it, and waits for its URL.
    pub async fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut process = Process::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let output = process.stdout().context("no output")?;
        let mut served = Self { process, lines: BufReader::new(output).lines(), url: String::new() };
        served.url = served.next("listening").await?;
        Ok(served)
    }

    /// What the next line of a kind says.
    pub async fn next(&mut self, kind: &str) -> anyhow::Result<String> {
        while let Some(line) = self.lines.next_line().await? {
            match line.split_once(' ') {
                Some((found, rest)) if found == kind => return Ok(rest.to_owned()),
                Some(("failed", reason)) => anyhow::bail!("the function failed: {reason}"),
                _ => {}
            }
        }
        anyhow::bail!("the gateway ended before it said {kind:?}")
    }

    /// The process and its URL, where nobody needs to know what it prints.
    pub fn unheard(mut self) -> (Process, String) {
        tokio::spawn(async move { while let Ok(Some(_)) = self.lines.next_line().await {} });
        (self.process, self.url)
    }

    /// What the next line of a kind says, in ms.
    pub async fn next_ms(&mut self, kind: &str) -> anyhow::Result<f64> {
        Ok(self.next(kind).await?.parse()?)
    }
}
