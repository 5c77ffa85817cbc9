//! `wsdump`, of the Python package `websocket-client`: a client that people type into.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::support::virtual_environment;

/// The file that pins it.
pub const REQUIREMENTS: &str = "tests/requirements.txt";

pub struct Wsdump {
    typed: ChildStdin,
    shown: Lines<BufReader<ChildStdout>>,
    /// Killed when this is dropped.
    _process: Child,
}

impl Wsdump {
    pub fn connect(url: &str) -> Self {
        let mut process = Command::new(virtual_environment(REQUIREMENTS).join("bin/wsdump"))
            .args(["--raw", url])
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (typed, shown) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { typed, shown: BufReader::new(shown).lines(), _process: process }
    }

    /// Types a line, and waits until it comes back.
    pub async fn echoes(&mut self, line: &str) {
        self.typed.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let echo = async {
            loop {
                let shown = self.shown.next_line().await.unwrap().expect("wsdump goes on");
                if shown.trim_start_matches("> ").contains(line) {
                    return;
                }
            }
        };
        timeout(Duration::from_mins(1), echo).await.unwrap_or_else(|_| panic!("no echo of {line}"));
    }
}
