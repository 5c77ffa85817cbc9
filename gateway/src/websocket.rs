//! The task of one connection: frames in, frames out, and how it ends.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{self, AsyncWriteExt as _},
    select,
    sync::mpsc,
    time,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};

use crate::{
    activity::{Activity, Observer},
    connection::{Command, Connection, Ending},
    dispatcher::Dispatcher,
    limits::{MAX_FRAME, MAX_MESSAGE},
};

/// How long a client has to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Small, for the sake of many connections; a larger message makes its buffer grow.
const BUFFER: usize = 4 * 1024;

type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// What is still to say to the client when its connection ends.
enum Farewell {
    /// The answer to its close frame, if it sent one.
    Answer,
    /// A close frame, which it answers.
    Close,
    /// A close frame, after which nothing can be read: what it sent broke the protocol or a limit.
    CloseUnread,
}

/// Takes over an upgraded connection.
pub async fn accept(upgraded: Upgraded) -> WebSocket {
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_FRAME));
    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await
}

/// Serves a connection until it ends, one way or another: then `gone` is called, before the client is told.
pub async fn serve(
    websocket: WebSocket,
    connection: &Connection,
    commands: mpsc::UnboundedReceiver<Command>,
    Dispatcher { limits, shutdown, observer, .. }: &Dispatcher,
    on_message: impl FnMut(String),
    gone: impl FnOnce(),
) -> Ending {
    let (mut sink, mut stream) = websocket.split();
    let (ending, farewell) = select! {
        end = read(&mut stream, connection, on_message) => end,
        end = write(&mut sink, connection, commands, observer) => end,
        () = connection.idle(limits.idle) => (Ending::GOING_AWAY, Farewell::Close),
        () = time::sleep(limits.lifetime) => (Ending::GOING_AWAY, Farewell::Close),
        () = shutdown.cancelled() => (Ending::GOING_AWAY, Farewell::Close),
    };
    gone();
    // Both halves are of one connection, so this succeeds.
    if let Ok(websocket) = sink.reunite(stream) {
        // A client that does not answer in time is left alone.
        let _ = time::timeout(CLOSE_TIMEOUT, say(farewell, websocket, ending.clone())).await;
    }
    ending
}

async fn read(
    stream: &mut SplitStream<WebSocket>,
    connection: &Connection,
    mut on_message: impl FnMut(String),
) -> (Ending, Farewell) {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                connection.touch();
                on_message(text.as_str().to_owned());
            }
            Some(Ok(Message::Binary(_))) => return (Ending::BINARY, Farewell::Close),
            Some(Ok(Message::Close(frame))) => return (ending_by_client(frame), Farewell::Answer),
            // Pings are answered by tungstenite, with the next read or write.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => connection.touch(),
            Some(Err(Error::Capacity(_))) => return (Ending::TOO_LARGE, Farewell::CloseUnread),
            Some(Err(Error::Utf8(_))) => return (Ending::INVALID_TEXT, Farewell::CloseUnread),
            Some(Err(Error::Protocol(error))) if error != ProtocolError::ResetWithoutClosingHandshake => {
                return (Ending::PROTOCOL_ERROR, Farewell::CloseUnread);
            }
            Some(Err(_)) | None => return (Ending::ABNORMAL, Farewell::Answer),
        }
    }
}

async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    connection: &Connection,
    mut commands: mpsc::UnboundedReceiver<Command>,
    observer: &Observer,
) -> (Ending, Farewell) {
    loop {
        match commands.recv().await {
            Some(Command::Send(message, _permit)) => {
                for frame in frames(message.clone()) {
                    if sink.send(Message::Frame(frame)).await.is_err() {
                        return (Ending::ABNORMAL, Farewell::Answer);
                    }
                }
                connection.touch();
                let connection_id = connection.client.connection_id.clone();
                observer.tell(Activity::Sent { connection_id, message }).await;
            }
            Some(Command::Close(ending)) => return (ending, Farewell::Close),
            // The connection itself has a sender, so this is never seen.
            None => return (Ending::GOING_AWAY, Farewell::Close),
        }
    }
}

/// A message in frames of at most [`MAX_FRAME`]: text, or binary if it is not UTF-8.
fn frames(mut message: Bytes) -> Vec<Frame> {
    let mut opcode = if std::str::from_utf8(&message).is_ok() { Data::Text } else { Data::Binary };
    let mut frames = Vec::with_capacity(message.len() / MAX_FRAME + 1);
    loop {
        let payload = message.split_to(message.len().min(MAX_FRAME));
        let is_final = message.is_empty();
        frames.push(Frame::message(payload, OpCode::Data(opcode), is_final));
        if is_final {
            return frames;
        }
        opcode = Data::Continue;
    }
}

fn ending_by_client(frame: Option<CloseFrame>) -> Ending {
    frame.map_or(Ending::NO_CODE, |frame| Ending::by_client(frame.code.into(), frame.reason.as_str()))
}

async fn say(farewell: Farewell, mut websocket: WebSocket, ending: Ending) {
    if !matches!(farewell, Farewell::Answer) && websocket.send(close_frame(ending)).await.is_err() {
        return;
    }
    match farewell {
        // Reading on makes tungstenite send its answer to the client's close frame, or take the client's answer.
        Farewell::Answer | Farewell::Close => while let Some(Ok(_)) = websocket.next().await {},
        // To close with something unread would reset the connection, and the client might not see the frame.
        Farewell::CloseUnread => {
            let mut stream = websocket.into_inner();
            if stream.shutdown().await.is_ok() {
                let _ = io::copy(&mut stream, &mut io::sink()).await;
            }
        }
    }
}

fn close_frame(Ending { code, reason }: Ending) -> Message {
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into_owned().into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_messages_are_several_frames() {
        let lengths = |length| frames(vec![b'x'; length].into()).iter().map(|f| f.payload().len()).collect::<Vec<_>>();
        assert_eq!(lengths(0), [0]);
        assert_eq!(lengths(MAX_FRAME), [MAX_FRAME]);
        assert_eq!(lengths(MAX_FRAME + 1), [MAX_FRAME, 1]);
        assert_eq!(lengths(MAX_MESSAGE), [MAX_FRAME; 4]);
        let frames = frames(vec![b'x'; MAX_FRAME + 1].into());
        assert!(!frames[0].header().is_final && frames[1].header().is_final);
        assert_eq!(frames[0].header().opcode, OpCode::Data(Data::Text));
        assert_eq!(frames[1].header().opcode, OpCode::Data(Data::Continue));
    }
}
