//! The local gateways, each with the same echo behind it.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::{
    build::{self, ROOT},
    process::{Process, run},
};

/// A local gateway that can be started.
pub enum Contender {
    /// `goblet dev` with a compiled handler.
    Goblet { program: PathBuf, handler: PathBuf },
    /// serverless-offline, installed in a folder.
    ServerlessOffline { folder: PathBuf },
}

impl Contender {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Goblet { .. } => "goblet dev",
            Self::ServerlessOffline { .. } => "serverless-offline 13",
        }
    }

    /// Compiles the echo.
    pub async fn goblet(folder: &Path, program: PathBuf) -> anyhow::Result<Self> {
        let handler = folder.join("echo.cwasm");
        build::handler(&program, "guest/echo", &handler).await?;
        Ok(Self::Goblet { program, handler })
    }

    /// Installs serverless-offline from npm.
    pub async fn serverless_offline(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("serverless-offline");
        fs::create_dir_all(&folder)?;
        for file in ["index.js", "package.json", "serverless.yml"] {
            fs::copy(Path::new(ROOT).join("bench/serverless-offline").join(file), folder.join(file))?;
        }
        let install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
        run(Command::new("npm").args(install).current_dir(&folder)).await?;
        Ok(Self::ServerlessOffline { folder })
    }

    /// Starts it: the process, and the URL that it will be ready at.
    pub fn start(&self) -> anyhow::Result<(Process, String)> {
        let port = free_port()?;
        let quiet = |command: &mut Command| {
            Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
        };
        match self {
            Self::Goblet { program, handler } => {
                let mut command = Command::new(program);
                command.arg("dev").arg(handler).args(["--port", &port.to_string()]);
                Ok((quiet(&mut command)?, format!("ws://127.0.0.1:{port}/api/")))
            }
            Self::ServerlessOffline { folder } => {
                let mut command = Command::new("node");
                command
                    .args(["node_modules/serverless/bin/serverless.js", "offline"])
                    .current_dir(folder)
                    .env("SLS_TELEMETRY_DISABLED", "1")
                    .env("SLS_NOTIFICATIONS_MODE", "off")
                    .env("WEBSOCKET_PORT", port.to_string())
                    .env("HTTP_PORT", free_port()?.to_string())
                    .env("LAMBDA_PORT", free_port()?.to_string());
                Ok((quiet(&mut command)?, format!("ws://localhost:{port}/")))
            }
        }
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
