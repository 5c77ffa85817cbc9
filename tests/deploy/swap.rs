//! What was built is what is served, and a handler is swapped without its host.

use std::{fs, process::Command};

use crate::{
    build::Architecture,
    support::{Dev, GOBLET, root, run},
};

#[tokio::test]
#[ignore = "builds the host as it ships: .ci/run runs it"]
async fn a_handler_is_swapped_and_the_host_is_not() {
    let native = Architecture::native();
    let bootstrap = fs::read(native.host().join("bootstrap")).unwrap();
    let mut dev = Dev::start_in(native.built(), ["--built"]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    // The host is the layer's, as it was built.
    let [process] = dev.processes()[..] else { panic!("one process, not {:?}", dev.processes()) };
    assert!(fs::read(format!("/proc/{process}/exe")).unwrap() == bootstrap);

    let loud = root().join("tests/guests/loud");
    let package = native.package().join("echo.cwasm");
    let echo = fs::read(&package).unwrap();
    run(Command::new(GOBLET).arg("compile").arg(loud).arg("--output").arg(&package));
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "FOO");
    assert!(fs::read(native.host().join("bootstrap")).unwrap() == bootstrap);

    // For the tests after this one.
    fs::write(package, echo).unwrap();
    dev.line("reloaded in").await;
    assert_eq!(client.ask("foo").await, "foo");
}
