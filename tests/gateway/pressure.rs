//! Whoever attacks the gateway, by malice or by mistake, costs nobody else: nothing piles up, and nothing hangs.

use std::{fs, os::unix::fs::symlink, path::Path, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use goblet_gateway::{
    activity::Activity,
    api::{CONNECT, DEFAULT},
    limits::{Limits, MAX_IN_FLIGHT},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use super::mirror::{Mirror, PATIENCE, Setup, WebSocket, ask, connection_id, hear, management_path, say};

#[tokio::test]
async fn no_more_messages_of_a_connection_are_in_flight_than_may_be() {
    // More would be throttled.
    let mut mirror = Mirror::with(Setup { concurrency: MAX_IN_FLIGHT, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let message = json!({"routeKey": true});
    for _ in 0..4 * MAX_IN_FLIGHT {
        client.feed(message.to_string().into()).await.unwrap();
    }
    client.flush().await.unwrap();
    for _ in 0..4 * MAX_IN_FLIGHT {
        hear(&mut client).await;
    }
    while let Ok(activity) = mirror.activities.try_recv() {
        let activity = format!("{activity:?}");
        assert!(!activity.contains("throttled"), "{activity}");
    }
}

/// A connection whose messages in flight are as many as may be, with more behind them, and last a ping.
async fn full(mirror: &Mirror) -> WebSocket {
    let mut client = mirror.connect().await;
    for _ in 0..2 * MAX_IN_FLIGHT {
        say(&mut client, &json!({"hang": true})).await;
    }
    client.send(Message::Ping("foo".into())).await.unwrap();
    client
}

/// The code that the gateway closes a full connection with. It has not read the ping.
async fn closed_at_last(client: &mut WebSocket) -> u16 {
    let closed = async {
        loop {
            match client.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Text(_))) => {}
                other => panic!("not closed: {other:?}"),
            }
        }
    };
    timeout(PATIENCE, closed).await.expect("a close frame in time")
}

#[tokio::test]
async fn a_connection_that_is_not_read_goes_away_when_idle() {
    let limits = Limits { idle: Duration::from_secs(2), ..Limits::default() };
    let mirror = Mirror::with(Setup { limits, routes: vec![DEFAULT], timeout: PATIENCE, ..Setup::default() }).await;
    let mut client = full(&mirror).await;
    assert_eq!(closed_at_last(&mut client).await, 1001);
}

#[tokio::test]
async fn a_connection_that_is_not_read_is_shut_down() {
    let mirror = Mirror::with(Setup { routes: vec![DEFAULT], timeout: PATIENCE, ..Setup::default() }).await;
    let mut client = full(&mirror).await;
    let shut_down = tokio::spawn(mirror.gateway.shut_down());
    assert_eq!(closed_at_last(&mut client).await, 1001);
    timeout(PATIENCE / 2, shut_down).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_listener_that_does_not_listen_holds_nobody_up() {
    const MESSAGES: u64 = 40_000;
    const BATCH: u64 = 50;
    // No function is asked, so that many messages take no time.
    let mut mirror = Mirror::with(Setup { routes: vec![CONNECT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    for _ in 0..MESSAGES / BATCH {
        for _ in 0..BATCH {
            client.feed("foo".into()).await.unwrap();
        }
        client.flush().await.unwrap();
        for _ in 0..BATCH {
            assert!(hear(&mut client).await.contains("Forbidden"));
        }
    }
    // Each was told, or is counted: as an event, and as a message sent.
    let (mut told, mut left_out) = (0, 0);
    while let Ok(activity) = mirror.activities.try_recv() {
        match activity {
            Activity::Event { route_key, .. } if route_key == CONNECT => {}
            Activity::Event { .. } | Activity::Sent { .. } => told += 1,
            Activity::LeftOut { lines } => left_out += lines,
            _ => {}
        }
    }
    assert!(left_out > 0);
    // The gateway tells of the last message after it was sent, or not yet.
    assert!((2 * MESSAGES - 1..=2 * MESSAGES).contains(&(told + left_out)), "{told} told, {left_out} left out");
}

#[tokio::test]
async fn a_function_that_prints_is_not_held_up_either() {
    let mirror = Mirror::with(Setup { timeout: PATIENCE, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    // 20 MB.
    assert_eq!(ask(&mut client, &json!({"print": 20_000, "routeKey": true})).await, "$default");
}

#[tokio::test]
async fn any_timeout_will_do() {
    let mirror = Mirror::with(Setup { timeout: Duration::MAX, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    // More than there may be processes.
    for _ in 0..40 {
        assert_eq!(ask(&mut client, &json!({"routeKey": true})).await, "$default");
    }
}

/// A mirror with a process that lives, while no other one can be started: `instead` is what has become of its program.
async fn last_process_answers(instead: impl FnOnce(&Path)) {
    let folder = tempfile::TempDir::new().unwrap();
    let program = folder.path().join("python3");
    let python = std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    symlink(String::from_utf8(python.unwrap().stdout).unwrap().trim(), &program).unwrap();
    let setup = Setup { routes: vec![DEFAULT], program: program.display().to_string(), ..Setup::default() };
    let mirror = Mirror::with(setup).await;
    let mut client = mirror.connect().await;
    let process_id = ask(&mut client, &json!({"processId": true})).await;
    fs::remove_file(&program).unwrap();
    instead(&program);
    for _ in 0..50 {
        say(&mut client, &json!({"processId": true})).await;
    }
    for _ in 0..50 {
        assert_eq!(hear(&mut client).await, process_id);
    }
    // Once none is left, an event fails.
    ask(&mut client, &json!({"exit": 1})).await;
    assert!(ask(&mut client, &json!({})).await.contains("Internal server error"));
}

/// A machine that is out of descriptors or of memory starts no more processes; this one has lost the program.
#[tokio::test]
async fn where_no_more_processes_can_be_started_the_living_ones_answer() {
    last_process_answers(|_| {}).await;
}

#[tokio::test]
async fn where_more_processes_end_at_once_the_living_ones_answer() {
    last_process_answers(|program| symlink("/bin/false", program).unwrap()).await;
}

/// A request that never ends.
async fn endless(mirror: &Mirror, line: &str) -> TcpStream {
    let mut stream = TcpStream::connect(mirror.address).await.unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nfoo");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// What a stream has still to give, until its end.
async fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    // The other side may as well reset the connection.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the gateway closes");
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn a_request_that_never_ends_is_ended() {
    let limits = Limits { request: Duration::from_millis(200), ..Limits::default() };
    for is_signature_required in [false, true] {
        let mirror = Mirror::with(Setup { is_signature_required, limits, ..Setup::default() }).await;
        let mut client = mirror.connect().await;
        let path = management_path(&connection_id(&mut client).await);
        for (line, status) in [
            (format!("POST {path}"), "408"),
            ("POST /v1".to_owned(), "426"),
            ("POST /other".to_owned(), "403"),
            ("PUT /v1/@connections/x".to_owned(), if is_signature_required { "408" } else { "405" }),
        ] {
            let answer = rest(&mut endless(&mirror, &line).await).await;
            assert_eq!(answer.split(' ').nth(1), Some(status), "{line}: {answer}");
        }
        // One that has not even a head, and one that is silent after an answer.
        let mut half = TcpStream::connect(mirror.address).await.unwrap();
        half.write_all(b"POST /v1 HTTP/1.1\r\nHost:").await.unwrap();
        rest(&mut half).await;
        let mut silent = TcpStream::connect(mirror.address).await.unwrap();
        silent.write_all(b"GET /v1 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        assert!(rest(&mut silent).await.contains("426"));
    }
}

#[tokio::test]
async fn what_answers_no_invocation_is_not_read() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let runtime_api = ask(&mut client, &json!({"runtimeApi": true})).await;
    for end in ["response", "error"] {
        let mut stream = TcpStream::connect(&runtime_api).await.unwrap();
        let head = format!(
            "POST /2018-06-01/runtime/invocation/1/{end} HTTP/1.1\r\nHost: {runtime_api}\r\nContent-Length: 6000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        // Sooner than the time that a body may take, so without its body.
        timeout(Duration::from_secs(8), stream.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(&answer, b"HTTP/1.1 400");
    }
    assert_eq!(ask(&mut client, &json!({"routeKey": true})).await, "$default");
}

#[tokio::test]
async fn errors_at_the_start_that_never_end_are_ended() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let runtime_api = ask(&mut client, &json!({"runtimeApi": true})).await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        let mut stream = TcpStream::connect(&runtime_api).await.unwrap();
        let head =
            format!("POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: {runtime_api}\r\nContent-Length: 9\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    // The function answers meanwhile.
    assert_eq!(ask(&mut client, &json!({"routeKey": true})).await, "$default");
    for stream in &mut streams {
        assert!(rest(stream).await.starts_with("HTTP/1.1 408"));
    }
}

#[tokio::test]
async fn shutting_down_ends_every_request() {
    let limits = Limits { request: 2 * PATIENCE, ..Limits::default() };
    let mirror = Mirror::with(Setup { limits, timeout: PATIENCE, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let path = management_path(&connection_id(&mut client).await);
    let runtime_api = ask(&mut client, &json!({"runtimeApi": true})).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        streams.push(endless(&mirror, &format!("POST {path}")).await);
    }
    let mut half = TcpStream::connect(mirror.address).await.unwrap();
    half.write_all(b"POST /v1 HTTP/1.1\r\nHost:").await.unwrap();
    streams.push(half);
    streams.push(TcpStream::connect(mirror.address).await.unwrap());
    // At the Runtime API, too.
    let mut stranger = TcpStream::connect(&runtime_api).await.unwrap();
    let head =
        format!("POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: {runtime_api}\r\nContent-Length: 9\r\n\r\n");
    stranger.write_all(head.as_bytes()).await.unwrap();
    streams.push(stranger);
    let shut_down = tokio::spawn(mirror.gateway.shut_down());
    for stream in &mut streams {
        assert_eq!(rest(stream).await, "");
    }
    while let Some(Ok(Message::Close(_))) = client.next().await {}
    timeout(PATIENCE, shut_down).await.unwrap().unwrap();
}
