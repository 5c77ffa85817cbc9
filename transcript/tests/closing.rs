//! How connections end, against servers that write the bytes of frames themselves.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use goblet_transcript::{Failure, Session, Transcript};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_tungstenite::accept_async;

/// How long a step may take. Nothing here is to take long.
const PATIENCE: Duration = Duration::from_mins(1);

/// Nothing: the server ends the connection without a close frame.
const LOST: &[u8] = b"";
const NO_CODE: &[u8] = &[0x88, 0];

/// A close frame with a code: <https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1>.
fn close(code: u16) -> Vec<u8> {
    [&[0x88, 2], &code.to_be_bytes()[..]].concat()
}

/// Plays a session against a server that reads one frame, and then writes these bytes and goes.
async fn play(session: &str, bytes: &[u8]) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("ws://{}", listener.local_addr().unwrap()).parse().unwrap();
    let serve = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut websocket = accept_async(stream).await.unwrap();
        let stream = websocket.get_mut();
        let mut head = [0; 6];
        stream.read_exact(&mut head).await.unwrap();
        // Its length, without the bit that says that it is masked.
        stream.read_exact(&mut vec![0; usize::from(head[1] & 0x7f)]).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        // Until the client is gone, too.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let transcript: Transcript = session.parse().unwrap();
    let play = async {
        let mut session = Session::new(target, PATIENCE);
        let played = session.play(&transcript).await;
        session.close().await;
        played
    };
    tokio::join!(serve, play).1
}

async fn got(session: &str, bytes: &[u8]) -> String {
    play(session, bytes).await.unwrap_err().difference.got().to_owned()
}

#[tokio::test]
async fn a_close_frame_is_answered() {
    for (step, answer) in [
        ("a: close 4001 bye", close(4001)),
        // It need not repeat the code.
        ("a: close 1000", NO_CODE.to_vec()),
        ("a: close", NO_CODE.to_vec()),
        ("a: close", close(1000)),
    ] {
        assert_eq!(play(step, &answer).await, Ok(()), "{step} {answer:?}");
    }
    for step in ["a: close 1000", "a: close"] {
        let got = got(step, LOST).await;
        assert!(got.starts_with("the connection is lost"), "{step}: {got}");
    }
    assert_eq!(got("a: close 1000", &close(1011)).await, "the server closes the connection with 1011");
}

#[tokio::test]
async fn the_server_closes_with_a_close_frame() {
    for (closed, bytes) in [
        ("closed", close(1001)),
        ("closed 1001", close(1001)),
        ("closed", NO_CODE.to_vec()),
        ("closed 1005", NO_CODE.to_vec()),
        ("closed 1006", LOST.to_vec()),
    ] {
        assert_eq!(play(&format!("a> x\na: {closed}"), &bytes).await, Ok(()), "{closed} {bytes:?}");
    }
    for closed in ["closed", "closed 1001", "closed 1005"] {
        let got = got(&format!("a> x\na: {closed}"), LOST).await;
        assert!(got.starts_with("the connection is lost"), "{closed}: {got}");
    }
    for (closed, bytes) in [("closed 1000", close(1001)), ("closed 1006", close(1001)), ("closed 1005", close(1001))] {
        assert!(play(&format!("a> x\na: {closed}"), &bytes).await.is_err(), "{closed}");
    }
}
