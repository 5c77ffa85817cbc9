//! A message's whole way: client, gateway, Runtime API, host, guest, AWS SDK, `@connections`, client.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs::{self, File, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
};

use futures_util::future::join_all;
use nix::sys::{signal::Signal, stat::Mode};
use support::{Dev, GOBLET, echo_cwasm, echo_wasm, is_alive, root};
use tempfile::TempDir;

#[tokio::test]
async fn a_message_comes_back() {
    let mut dev = Dev::echo().await;
    let mut client = dev.connect().await;
    client.send("foo").await;
    assert_eq!(client.receive().await, "foo");
    let line = dev.line("$default").await;
    assert!(line.contains("foo") && line.ends_with(" ms"), "{line}");
}

/// `INSTA_UPDATE=always cargo test --test echo` accepts a new text.
#[tokio::test]
async fn what_is_printed() {
    let mut dev = Dev::spawn(&mut Dev::command(root(), [echo_cwasm()]));
    let mut lines = dev.lines("Listening on").await;
    dev.url = lines.last().unwrap().trim_start_matches("Listening on ").to_owned();
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    lines.extend(dev.lines("$default").await);
    client.close().await;
    lines.extend(dev.lines("$disconnect").await);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"\d\d:\d\d:\d\d\.\d{3}", "HH:MM:SS.mmm");
    settings.add_filter(r"[\w-]{15}=", "CONNECTION_ID===");
    settings.add_filter(r"\d+\.\d ms", "N ms");
    settings.bind(|| insta::assert_snapshot!(lines.join("\n")));
}

#[tokio::test]
async fn a_cold_start_is_told_with_its_time() {
    let mut dev = Dev::echo().await;
    let line = dev.line("started").await;
    assert!(line.contains("echo") && line.ends_with(" ms"), "{line}");
}

#[tokio::test]
async fn a_handler_may_have_a_name_that_no_function_has() {
    let folder = TempDir::new().unwrap();
    let handler = folder.path().join("écho 2.cwasm");
    fs::copy(echo_cwasm(), &handler).unwrap();
    let mut dev = Dev::start([handler]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
    dev.line("$default").await;
}

#[tokio::test]
async fn a_handler_is_a_crate_a_component_or_compiled() {
    for handler in ["guest/echo".as_ref(), echo_wasm(), echo_cwasm()] {
        let dev = Dev::start([handler]).await;
        let mut client = dev.connect().await;
        client.send("foo").await;
        assert_eq!(client.receive().await, "foo", "{}", handler.display());
    }
}

#[tokio::test]
async fn the_stage_is_the_path_with_or_without_a_slash() {
    let mut dev = Dev::start(["--stage", "v1", echo_cwasm().to_str().unwrap()]).await;
    assert!(dev.url.ends_with("/v1/"), "{}", dev.url);
    for url in [dev.url.clone(), dev.url.trim_end_matches('/').to_owned()] {
        dev.url = url;
        let mut client = dev.connect().await;
        client.send("foo").await;
        assert_eq!(client.receive().await, "foo");
    }
}

#[tokio::test]
async fn text_arrives_as_it_was_sent() {
    let dev = Dev::echo().await;
    let mut client = dev.connect().await;
    for text in ["", "\"\\\n\0", "žluťoučký 🐎", &"x".repeat(32 * 1024)] {
        client.send(text).await;
        assert_eq!(client.receive().await, text);
    }
}

#[tokio::test]
async fn clients_see_only_their_own_messages() {
    let dev = Dev::echo().await;
    let (mut alice, mut bob) = (dev.connect().await, dev.connect().await);
    for number in 0..20 {
        let (from_alice, from_bob) = (format!("alice {number}"), format!("bob {number}"));
        alice.send(&from_alice).await;
        bob.send(&from_bob).await;
        assert_eq!((alice.receive().await, bob.receive().await), (from_alice, from_bob));
    }
}

/// What is not signed, or is signed wrong, is refused: `tests/gateway/signatures.rs`.
#[tokio::test]
async fn what_the_aws_sdk_signs_is_let_in() {
    let dev = Dev::start(["--require-signature".as_ref(), echo_cwasm().as_os_str()]).await;
    let mut client = dev.connect().await;
    client.send("foo").await;
    assert_eq!(client.receive().await, "foo");
}

#[tokio::test]
async fn a_thousand_messages_are_each_answered_once() {
    let dev = Dev::echo().await;
    let clients = (0..50).map(async |number| {
        let mut client = dev.connect().await;
        client.exchange((0..20).map(|message| format!("{number}: {message}")).collect()).await;
        // What comes next is the end, not another message.
        client.close().await;
    });
    join_all(clients).await;
}

/// The host is held back until the client has gone, so that it is gone for sure when the handler answers.
#[tokio::test]
async fn a_connection_may_close_while_its_message_is_handled() {
    let folder = TempDir::new().unwrap();
    let (gate, host) = (folder.path().join("gate"), folder.path().join("host"));
    nix::unistd::mkfifo(&gate, Mode::S_IRWXU).unwrap();
    fs::write(&host, format!("#!/bin/sh\nread -r _ < {}\nexec {GOBLET} bootstrap\n", gate.display())).unwrap();
    fs::set_permissions(&host, Permissions::from_mode(0o700)).unwrap();
    let mut dev = Dev::start(["--bootstrap".as_ref(), host.as_os_str(), echo_cwasm().as_os_str()]).await;

    let mut client = dev.connect().await;
    client.send("foo").await;
    client.close().await;
    dev.line("$disconnect").await;
    let open = tokio::task::spawn_blocking(move || File::options().write(true).open(gate).unwrap());
    open.await.unwrap().write_all(b"go\n").unwrap();
    let line = dev.line("$default").await;
    assert!(line.ends_with(" ms"), "{line}");

    let mut next = dev.connect().await;
    next.send("bar").await;
    assert_eq!(next.receive().await, "bar");
}

#[tokio::test]
async fn the_end_is_orderly() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let dev = Dev::echo().await;
        let mut client = dev.connect().await;
        client.send("foo").await;
        client.receive().await;
        let processes = dev.processes();
        assert!(!processes.is_empty());
        dev.signal(signal);
        let frame = client.closed().await;
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1001, "Going away"));
        assert!(dev.wait().await.success());
        assert!(!processes.into_iter().any(is_alive));
    }
}

#[tokio::test]
async fn a_killed_gateway_leaves_no_process_behind() {
    let dev = Dev::echo().await;
    let mut client = dev.connect().await;
    client.send("foo").await;
    client.receive().await;
    let processes = dev.processes();
    dev.signal(Signal::SIGKILL);
    dev.wait().await;
    let ended = async {
        while processes.iter().copied().any(is_alive) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), ended).await.expect("the processes end by themselves");
}
