//! The echo, typed into `wsdump`, of the Python package `websocket-client`.

#![allow(clippy::unwrap_used)]

mod support;

use std::{path::Path, process::Stdio, time::Duration};

use support::{Dev, virtual_environment};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    time::timeout,
};

#[tokio::test]
async fn three_lines_come_back() {
    let wsdump = virtual_environment("tests/requirements.txt").join("bin/wsdump");
    let dev = Dev::echo().await;
    let mut wsdump = tokio::process::Command::new(Path::new(&wsdump))
        .args(["--raw", &dev.url])
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut typed = wsdump.stdin.take().unwrap();
    let mut shown = BufReader::new(wsdump.stdout.take().unwrap()).lines();
    for line in ["foo", "bar", "žluťoučký 🐎"] {
        typed.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let echo = async {
            loop {
                let shown = shown.next_line().await.unwrap().expect("wsdump goes on");
                if shown.trim_start_matches("> ").contains(line) {
                    return;
                }
            }
        };
        timeout(Duration::from_mins(1), echo).await.unwrap_or_else(|_| panic!("no echo of {line}"));
    }
}
