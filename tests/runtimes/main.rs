//! Functions of other runtimes, by our own runtime clients and by AWS's.
//!
//! Tests that need Node.js, or packages of it, are ignored here: `.ci/run` runs them.

#![allow(clippy::unwrap_used)]

mod chats;
mod endpoints;
mod invoke;
mod layers;
mod node;
mod options;
mod project;
mod python;
#[path = "../support/rooms.rs"]
mod rooms;
mod rust;
mod start;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, path::Path, process::Command};

use support::{Dev, folder, root, run, virtual_environment};

/// What `goblet dev` runs in the folder of a function.
async fn echoes<const N: usize>(folder: &Path, arguments: [&str; N]) {
    let dev = Dev::start_in(folder, arguments).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    assert_eq!(client.ask("bar").await, "bar");
}

#[tokio::test]
async fn python_with_boto3() {
    let python = virtual_environment("tests/requirements.txt").join("bin/python");
    let command = format!("{} -m awslambdaric app.handler", python.display());
    echoes(&root().join("tests/functions/boto3_echo"), ["--command", &command]).await;
}

/// aws-lambda-ric is compiled when it is installed.
#[tokio::test]
#[ignore = "needs Node.js, cmake, autoconf, automake and libtool, and a minute: .ci/run runs it"]
async fn node() {
    let function = folder().join("node_echo");
    fs::create_dir_all(&function).unwrap();
    for file in ["index.mjs", "package.json"] {
        fs::copy(root().join("tests/functions/node_echo").join(file), function.join(file)).unwrap();
    }
    run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&function));
    echoes(&function, ["--command", "npx aws-lambda-ric index.handler"]).await;
}
