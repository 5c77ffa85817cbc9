//! `goblet dev` under load: nothing is lost, and nothing is left.
//!
//! In an optimized build, because that is what the figures are for.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use nix::sys::signal::Signal;
use support::{Client, Dev, PATIENCE};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

const KB: usize = 1024;
const MB: usize = 1024 * KB;

/// Where `goblet dev` listens.
fn address(dev: &Dev) -> SocketAddr {
    let authority = dev.url.strip_prefix("ws://").unwrap().split('/').next().unwrap();
    authority.parse().unwrap()
}

/// A client that has written its handshake, and read nothing of the answer.
async fn handshake(dev: &Dev, socket: TcpSocket) -> TcpStream {
    let mut stream = socket.connect(address(dev)).await.unwrap();
    let request = "GET /api HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// A post to a connection: the status of the answer.
async fn post(dev: &Dev, connection_id: &str, message: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address(dev)).await.unwrap();
    let (id, length) = (connection_id.replace('=', "%3D"), message.len());
    let head = format!(
        "POST /api/@connections/{id} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(message).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn each_of_a_thousand_members_gets_each_message_once() {
    const MEMBERS: usize = 1000;
    const MESSAGES: usize = 5;
    let dev = Dev::start(["--template", "tests/functions/keeper/template.yaml"]).await;
    let joining = stream::iter(0..MEMBERS).map(async |number| {
        let mut client = dev.connect().await;
        assert_eq!(client.ask(&format!("join lobby member{number}")).await, "()");
        client
    });
    let members: Vec<Client> = joining.buffer_unordered(50).collect().await;
    let mut speaker = dev.connect().await;
    for message in 0..MESSAGES {
        let delivery = speaker.ask(&format!("send lobby {message}")).await;
        assert_eq!(delivery, format!("Delivery {{ reached: {MEMBERS}, failed: [] }}"));
    }
    let expected: Vec<String> = (0..MESSAGES).map(|message| message.to_string()).collect();
    for mut member in members {
        let mut received = Vec::new();
        for _ in 0..MESSAGES {
            received.push(member.receive().await);
        }
        assert_eq!(received, expected);
        // Nothing is between the messages and the answer to this.
        assert_eq!(member.ask("get nothing here").await, "None");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn ten_thousand_connections_are_cheap_and_lose_nothing() {
    const CONNECTIONS: usize = 10_000;
    const BUSY: usize = 100;
    const MESSAGES: usize = 50;
    // All of the busy ones' messages at once, none of them throttled.
    let concurrency = (BUSY * MESSAGES).to_string();
    let dev = Dev::start(["--concurrency".as_ref(), concurrency.as_ref(), support::echo_cwasm().as_os_str()]).await;
    let mut first = dev.connect().await;
    assert_eq!(first.ask("warm").await, "warm");
    let before = dev.memory();
    let connecting = stream::iter(0..CONNECTIONS).map(|_| dev.connect()).buffer_unordered(100);
    let mut clients: Vec<Client> = connecting.collect().await;
    let each = dev.memory().saturating_sub(before) / CONNECTIONS;
    eprintln!("{each} bytes a connection");
    assert!(each < 20 * 1000, "{each} bytes a connection");

    let idle = clients.split_off(BUSY);
    let busy = clients.into_iter().enumerate().map(|(number, mut client)| {
        tokio::spawn(async move {
            client.exchange((0..MESSAGES).map(|message| format!("{number}: {message}")).collect()).await;
            client.close().await;
        })
    });
    for client in busy.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    for mut client in idle.into_iter().step_by(100) {
        assert_eq!(client.ask("still here").await, "still here");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn a_client_that_stops_reading_costs_itself() {
    let mut dev = Dev::echo().await;
    let mut other = dev.connect().await;
    assert_eq!(other.ask("foo").await, "foo");
    dev.line("$default").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let _slow = handshake(&dev, socket).await;
    let line = dev.line("$connect").await;
    let slow_id = line.split_whitespace().nth(1).unwrap().to_owned();

    let before = dev.memory();
    let message = vec![b'x'; 128 * KB];
    let mut refused = 0;
    for _ in 0..1000 {
        match post(&dev, &slow_id, &message).await {
            200 => assert_eq!(refused, 0, "taken after it was full"),
            429 => refused += 1,
            status => panic!("{status}"),
        }
    }
    assert!(refused > 900, "{refused} of 1000 refused");
    // Small ones are no way around the bound.
    let mut taken = 0;
    while post(&dev, &slow_id, b"foo").await == 200 {
        taken += 1;
    }
    eprintln!("{taken} small messages wait");
    let grown = dev.memory().saturating_sub(before);
    assert!(grown < 20 * MB, "{grown} bytes more");
    assert_eq!(other.ask("bar").await, "bar");
}

/// How long the flood of [`flooded`] lasts.
const FLOOD: Duration = Duration::from_secs(5);

/// A thousand messages of 10 bytes.
fn small_messages() -> Vec<u8> {
    // Final, text, masked with zeros.
    [b"\x81\x8a\0\0\0\0".as_slice(), b"0123456789"].concat().repeat(1000)
}

/// A message of 128 KB, which is 768 KB in JSON.
fn large_message() -> Vec<u8> {
    let frame = |head: &[u8]| [head, b"\xfe\x80\0\0\0\0\0", &vec![1; 32 * KB]].concat();
    // Text, continued, and final.
    [frame(b"\x01"), frame(b"\0"), frame(b"\0"), frame(b"\x80")].concat()
}

/// Sends messages as fast as TCP takes them, and reads the answers or leaves them: how many bytes were sent.
async fn flood(dev: &Dev, frames: &[u8], is_read: bool) -> usize {
    let (mut input, mut output) = handshake(dev, TcpSocket::new_v4().unwrap()).await.into_split();
    let reading = tokio::spawn(async move {
        if is_read {
            let _ = tokio::io::copy(&mut input, &mut tokio::io::sink()).await;
        }
        input
    });
    let mut sent = 0;
    let _ = timeout(FLOOD, async {
        while let Ok(written) = output.write(frames).await {
            sent += written;
        }
    })
    .await;
    reading.abort();
    sent
}

/// What others saw of a flood, and what it cost.
struct Flooded {
    /// How many others got what they wanted.
    served: usize,
    /// How long the slowest of those that were let in took to connect.
    slowest: Duration,
    /// How much memory the gateway took at the most, in bytes.
    peak: usize,
}

/// While there is a flood, others come one after the other.
async fn others(dev: &Dev) -> Flooded {
    let (mut served, mut peak, mut connects) = (0, 0, Vec::new());
    let end = Instant::now() + FLOOD;
    while Instant::now() < end {
        let start = Instant::now();
        // Over the concurrency, it is throttled: an answer, too.
        if let Ok(mut client) = dev.try_connect().await {
            connects.push(start.elapsed());
            client.ask("foo").await;
            client.close().await;
        }
        served += 1;
        peak = peak.max(dev.memory());
        sleep(Duration::from_millis(20)).await;
    }
    connects.sort();
    let slowest = connects.last().copied().unwrap_or_default();
    let median = connects.get(connects.len() / 2).copied().unwrap_or_default();
    eprintln!("{served} others came and connected within {median:?} (median) to {slowest:?} (slowest)");
    eprintln!("{} MB resident at most", peak / MB);
    Flooded { served, slowest, peak }
}

/// What issues that are about floods have in common.
async fn flooded(arguments: &[&str], is_read: bool) {
    let dev = Dev::start([arguments, &[support::echo_cwasm().to_str().unwrap()]].concat()).await;
    let mut first = dev.connect().await;
    assert_eq!(first.ask("warm").await, "warm");
    first.close().await;
    let frames = small_messages();
    let (sent, Flooded { served, slowest, peak }) = tokio::join!(flood(&dev, &frames, is_read), others(&dev));
    eprintln!("{} messages were sent in the flood", sent / 16);
    assert!(peak < 100 * MB, "{peak} bytes resident");
    // Usually, it is less than 100 ms.
    assert!(slowest < Duration::from_secs(1), "connected after {slowest:?}");
    // Each waits for some of the flood, but none for all of it. This is far from the usual number.
    assert!(served >= 10, "only {served} others came");
    let end = Instant::now();
    dev.signal(Signal::SIGTERM);
    dev.wait().await;
    eprintln!("it ended in {:?}", end.elapsed());
    // The last events get 3 s, and killing what is left another half.
    assert!(end.elapsed() < Duration::from_secs(4));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn a_client_that_floods_costs_itself() {
    for is_read in [true, false] {
        flooded(&[], is_read).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn a_flood_that_is_throttled_costs_no_more() {
    for is_read in [true, false] {
        flooded(&["--concurrency", "1"], is_read).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn many_clients_with_large_messages_share_the_memory() {
    const CLIENTS: usize = 20;
    let message = large_message();
    for is_read in [true, false] {
        let dev = Dev::echo().await;
        let floods = stream::iter(0..CLIENTS).map(|_| flood(&dev, &message, is_read)).buffer_unordered(CLIENTS);
        let (sent, flooded) = tokio::join!(floods.collect::<Vec<usize>>(), others(&dev));
        eprintln!("{} messages were sent in the flood", sent.iter().sum::<usize>() / message.len());
        assert!(flooded.served > 0);
        // 32 MB of events are in flight, and each has copies for a moment.
        assert!(flooded.peak < 256 * MB, "{} bytes resident", flooded.peak);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn a_terminal_that_nobody_reads_holds_nobody_up() {
    let dev = Dev::unheard([support::echo_cwasm()]).await;
    let mut client = dev.connect().await;
    for _ in 0..1000 {
        client.exchange((0..100).map(|message| message.to_string()).collect()).await;
    }
    let memory = dev.memory();
    assert!(memory < 100 * MB, "{memory} bytes resident");
    let end = Instant::now();
    dev.signal(Signal::SIGTERM);
    assert_eq!(u16::from(client.closed().await.code), 1001);
    assert!(dev.wait().await.success());
    eprintln!("it ended in {:?}", end.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn a_handshake_that_never_ends_is_ended() {
    let dev = Dev::echo().await;
    let half = stream::iter(0..100).map(async |_| {
        let mut stream = TcpStream::connect(address(&dev)).await.unwrap();
        stream.write_all(b"GET /api HTTP/1.1\r\nHost:").await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the gateway gives up").unwrap();
    });
    half.buffer_unordered(100).collect::<Vec<()>>().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an optimized build: .ci/run runs it"]
async fn a_hundred_thousand_clients_leave_nothing_behind() {
    let dev = Dev::echo().await;
    let descriptors = dev.descriptors();
    // What is allocated once is allocated by then.
    come_and_go(&dev, 10_000).await;
    settle(&dev, descriptors).await;
    let memory = dev.memory();
    come_and_go(&dev, 100_000).await;
    settle(&dev, descriptors).await;
    let grown = dev.memory().saturating_sub(memory);
    eprintln!("{grown} bytes more after 100,000 clients");
    assert!(grown < 10 * MB, "{grown} bytes more");
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
}

/// Clients that leave in order, just leave, break the protocol, or never ask to connect.
async fn come_and_go(dev: &Dev, count: usize) {
    let clients = stream::iter(0..count).map(async |number| match number % 4 {
        0 => dev.connect().await.close().await,
        1 => drop(dev.connect().await),
        2 => {
            let mut stream = handshake(dev, TcpSocket::new_v4().unwrap()).await;
            // No mask, a reserved opcode, and more than a frame may have.
            let _ = stream.write_all(&[0xff; 64]).await;
            let _ = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("the gateway closes");
        }
        _ => drop(TcpStream::connect(address(dev)).await.unwrap()),
    });
    clients.buffer_unordered(64).collect::<Vec<()>>().await;
}

/// Waits until there are no more descriptors than so many: the gateway hears of the last clients' end in its own time.
async fn settle(dev: &Dev, descriptors: usize) {
    let settled = async {
        while dev.descriptors() > descriptors {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let is_settled = timeout(PATIENCE, settled).await.is_ok();
    assert!(is_settled, "{} descriptors, {descriptors} before", dev.descriptors());
}
