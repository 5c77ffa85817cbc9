//! Chats that people write for AWS run as they are: nothing in them knows of goblet.

use std::{fs, process::Command};

use tempfile::TempDir;

use crate::{
    rooms,
    support::{Dev, folder, root, run, virtual_environment},
};

/// Node.js, with the SDK where Lambda's runtime has it: in a folder of `NODE_PATH`, and not with the functions.
#[tokio::test]
#[ignore = "needs Node.js and packages of npm: .ci/run runs it"]
async fn in_the_manner_of_awss_sample() {
    let sdk = folder().join("node_sdk");
    fs::create_dir_all(&sdk).unwrap();
    fs::copy(root().join("tests/functions/node_sdk/package.json"), sdk.join("package.json")).unwrap();
    run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&sdk));
    let mut command = Dev::command(&root().join("tests/functions/node_chat"), ["--require-signature"]);
    let dev = Dev::spawn(command.env("NODE_PATH", sdk.join("node_modules"))).listening().await;

    let (mut ada, mut bob) = (dev.connect().await, dev.connect().await);
    ada.send(r#"{"action": "sendmessage", "data": "hello"}"#).await;
    assert_eq!([ada.receive().await, bob.receive().await], ["hello", "hello"]);
    bob.send(r#"{"action": "sendmessage", "data": "hello, Ada"}"#).await;
    assert_eq!([ada.receive().await, bob.receive().await], ["hello, Ada", "hello, Ada"]);
    bob.close().await;
    assert_eq!(ada.receive().await, "Somebody has gone.");
    assert_eq!(ada.ask(r#"{"action": "sendmessage", "data": "alone"}"#).await, "alone");
}

/// Python, by awslambdaric. `chalice package` writes the template and the zip.
#[tokio::test]
async fn in_the_manner_of_chalices_tutorial() {
    let python = virtual_environment("tests/requirements.txt");
    let folder = TempDir::new().unwrap();
    // A copy, because Chalice keeps what it makes with the project.
    run(Command::new("cp").arg("-R").arg(root().join("tests/functions/chalice_chat/.")).arg(folder.path()));
    let package = ["package", "--merge-template", "resources.json", "packaged"];
    let mut chalice = Command::new(python.join("bin/chalice"));
    run(chalice.args(package).current_dir(folder.path()).env("AWS_DEFAULT_REGION", "us-east-1"));
    let mut command = Dev::command(&folder.path().join("packaged"), ["--template", "sam.json", "--require-signature"]);
    let dev = Dev::spawn(command.env("VIRTUAL_ENV", python)).listening().await;
    rooms::are_talked_in(&dev).await;
}
