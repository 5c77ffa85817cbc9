//! Sizes and frames:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use super::mirror::{Mirror, PATIENCE, WebSocket, closed, connection_id, hear};

const KB: usize = 1024;

async fn send_in_frames(client: &mut WebSocket, text: &str, frame_size: usize) {
    let mut parts = text.as_bytes().chunks(frame_size).peekable();
    let mut opcode = Data::Text;
    while let Some(part) = parts.next() {
        let frame = Frame::message(part.to_vec(), OpCode::Data(opcode), parts.peek().is_none());
        // The gateway may have closed before the last of them.
        let _ = client.send(Message::Frame(frame)).await;
        opcode = Data::Continue;
    }
}

#[tokio::test]
async fn binary_messages_are_refused() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    client.send(Message::Binary(vec![1].into())).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1003);
}

#[tokio::test]
async fn text_has_to_be_utf_8() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    client.send(Message::Frame(frame)).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1007);
}

#[tokio::test]
async fn a_frame_has_32_kb() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    client.send(Message::text("x".repeat(32 * KB))).await.unwrap();
    assert!(hear(&mut client).await.starts_with("$default got x"));
    client.send(Message::text("x".repeat(32 * KB + 1))).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1009);
}

#[tokio::test]
async fn a_message_has_128_kb_in_several_frames() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    send_in_frames(&mut client, &"x".repeat(128 * KB), 32 * KB).await;
    let message = mirror.event("MESSAGE").await;
    assert_eq!(message["body"].as_str().unwrap().len(), 128 * KB);
    let mut client = mirror.connect().await;
    send_in_frames(&mut client, &"x".repeat(128 * KB + 1), 32 * KB).await;
    assert_eq!(closed(&mut client).await.0, 1009);
}

#[tokio::test]
async fn a_ping_is_answered_and_no_event() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    client.send(Message::Ping("foo".into())).await.unwrap();
    let answer = timeout(PATIENCE, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(answer, Message::Pong("foo".into()));
    assert_eq!(mirror.events().len(), 1);
}

/// The kinds and sizes of the frames that a client is sent.
#[tokio::test]
async fn large_messages_are_sent_in_frames_of_32_kb() {
    let mirror = Mirror::start().await;
    let mut client = TcpStream::connect(mirror.address).await.unwrap();
    let handshake = "GET /v1 HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    client.write_all(handshake.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(client.read_u8().await.unwrap());
    }
    // The accept key of RFC 6455, 1.3.
    assert!(String::from_utf8(answer).unwrap().contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    let connect = mirror.event("CONNECT").await;
    let id = connect["requestContext"]["connectionId"].as_str().unwrap();
    assert_eq!(mirror.management("POST", id, &vec![b'x'; 128 * KB]).await.0, 200);
    let mut frames = Vec::new();
    for _ in 0..4 {
        let (head, length) = (client.read_u8().await.unwrap(), client.read_u8().await.unwrap());
        assert_eq!(length, 126, "a length of two bytes, unmasked");
        let length = client.read_u16().await.unwrap();
        client.read_exact(&mut vec![0; length.into()]).await.unwrap();
        frames.push((head, length));
    }
    // Text, continued, continued, continued and final.
    assert_eq!(frames, [(0x01, 32768), (0x00, 32768), (0x00, 32768), (0x80, 32768)]);
}

/// As a text frame, or as a binary one if it is no text.
#[tokio::test]
async fn bytes_that_are_no_text_are_a_binary_frame() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    assert_eq!(mirror.management("POST", &id, &[0xff]).await.0, 200);
    let message = timeout(PATIENCE, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(message, Message::Binary(vec![0xff].into()));
}

#[tokio::test]
async fn frames_that_break_the_protocol_close_the_connection() {
    let mirror = Mirror::start().await;
    let mut client = mirror.try_connect(&json!({})).await.unwrap();
    // Continues nothing.
    let frame = Frame::message(vec![b'x'], OpCode::Data(Data::Continue), true);
    client.send(Message::Frame(frame)).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1002);
}

#[tokio::test]
async fn large_messages_are_told_in_part() {
    let mut mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    send_in_frames(&mut client, &"x".repeat(128 * KB), 32 * KB).await;
    let told = mirror.told("$default").await;
    assert!(told.contains("x… (131072 bytes)") && told.len() < KB, "{told}");
    assert_eq!(hear(&mut client).await.len(), 128 * KB);
}

/// 4,096 bytes of URL and 10,240 of headers. Here, there is a little more room, and no more.
#[tokio::test]
async fn long_urls_and_headers_are_taken_and_longer_ones_refused() {
    let mirror = Mirror::start().await;
    let path = |length| format!("/v1?{}", "a".repeat(length));
    let header = |length| format!("X-Long: {}\r\n", "b".repeat(length));
    assert_eq!(mirror.http_with("GET", &path(4000), &header(10_000), b"").await.0, 426);
    assert_eq!(mirror.http_with("GET", &path(20_000), "", b"").await.0, 431);
    assert_eq!(mirror.http_with("GET", "/v1", &header(20_000), b"").await.0, 431);
    let long = "b".repeat(10_000);
    let (mut client, _) = mirror.try_connect_with(&json!({}), &[("X-Long", &long)]).await.unwrap();
    connection_id(&mut client).await;
    assert_eq!(mirror.event("CONNECT").await["headers"]["x-long"], long);
}
