//! The life of one connection: it opens, takes messages in and out, closes, and tells `$disconnect`.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use hyper::upgrade::{OnUpgrade, Upgraded};
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
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{
    activity::{Activity, Observer},
    connection::{Client, Command, Connection, Ending},
    dispatcher::Dispatcher,
    limits::{MAX_FRAME, MAX_MESSAGE},
    open_connections::Entry,
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

/// Opens a connection. From now on it exists, and posts to it wait until the client has the answer to its handshake.
pub fn open(dispatcher: &Arc<Dispatcher>, client: Client, upgrade: OnUpgrade) {
    let (connection, commands) = Connection::new(client, dispatcher.unsettled.clone());
    let connection = Arc::new(connection);
    let entry = dispatcher.connections.insert(Arc::clone(&connection));
    dispatcher.tasks.spawn(live(Arc::clone(dispatcher), connection, entry, commands, upgrade));
}

async fn live(
    dispatcher: Arc<Dispatcher>,
    connection: Arc<Connection>,
    entry: Entry,
    commands: mpsc::UnboundedReceiver<Command>,
    upgrade: OnUpgrade,
) {
    let (ending, _unsettled) = if let Ok(upgraded) = upgrade.await {
        serve(accept(upgraded).await, &dispatcher, &connection, entry, commands).await
    } else {
        // The client left before it had the answer.
        drop(entry);
        (Ending::ABNORMAL, dispatcher.unsettled.token())
    };
    dispatcher.disconnect(&connection.client, &ending).await;
}

async fn accept(upgraded: Upgraded) -> WebSocket {
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_FRAME));
    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await
}

/// Serves a connection until it ends, for whatever reason. It is no longer among the open ones, and not yet settled, when
/// its client hears of the end.
async fn serve(
    websocket: WebSocket,
    dispatcher: &Arc<Dispatcher>,
    connection: &Arc<Connection>,
    entry: Entry,
    mut commands: mpsc::UnboundedReceiver<Command>,
) -> (Ending, TaskTrackerToken) {
    let limits = dispatcher.settings.limits;
    let (mut sink, mut stream) = websocket.split();
    let mut is_writing = false;
    let (ending, farewell) = select! {
        end = read(&mut stream, dispatcher, connection) => end,
        end = write(&mut sink, connection, &mut commands, &mut is_writing, &dispatcher.observer) => end,
        () = connection.idle(limits.idle) => (Ending::GOING_AWAY, Farewell::Close),
        () = time::sleep(limits.lifetime) => (Ending::GOING_AWAY, Farewell::Close),
        () = dispatcher.shutdown.cancelled() => (Ending::GOING_AWAY, Farewell::Close),
    };
    let unsettled = dispatcher.unsettled.token();
    drop(entry);
    tell_lost(&connection.client, commands, is_writing, &dispatcher.observer);
    // Both halves are of one connection, so this succeeds.
    if let Ok(websocket) = sink.reunite(stream) {
        // A client that does not answer in time is left alone.
        let _ = time::timeout(CLOSE_TIMEOUT, say(farewell, websocket, ending.clone())).await;
    }
    (ending, unsettled)
}

/// Reads what the client sends, and starts a task for each message.
///
/// A client that sends faster than its messages are handled is slowed down: one message more than there is
/// [room](crate::in_flight) for waits here, and everything behind it waits unread. That includes pings, close frames and the
/// end of the TCP connection: they are noticed when one of the messages in flight is done. That is after 29 s (the
/// integration timeout) at the latest, or when the client reads, if answers wait for that. Writing, the limits on idle time
/// and lifetime, and shutdown do not wait for it: they are other branches of [`serve`].
async fn read(
    stream: &mut SplitStream<WebSocket>,
    dispatcher: &Arc<Dispatcher>,
    connection: &Arc<Connection>,
) -> (Ending, Farewell) {
    let room = dispatcher.room.of_connection();
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                connection.touch();
                let unsettled = dispatcher.unsettled.token();
                // There is always room in the end: see there.
                let Ok(permit) = room.enter(&text).await else { continue };
                let (dispatcher, connection) = (Arc::clone(dispatcher), Arc::clone(connection));
                let tasks = dispatcher.tasks.clone();
                tasks.spawn(async move {
                    let _unsettled = unsettled;
                    dispatcher.message(&connection, text, permit).await;
                });
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

/// Tells how many messages the client did not get, because its connection ended before it had read them.
fn tell_lost(client: &Client, mut commands: mpsc::UnboundedReceiver<Command>, is_writing: bool, observer: &Observer) {
    commands.close();
    let mut messages = usize::from(is_writing);
    while let Ok(command) = commands.try_recv() {
        messages += usize::from(matches!(command, Command::Send(..)));
    }
    if messages > 0 {
        let reason = "the connection closed before the client had read them".to_owned();
        observer.tell(Activity::Lost { connection_id: client.connection_id.clone(), messages, reason });
    }
}

/// Writes what is asked for. A message is being written until all of it is with the system.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    connection: &Connection,
    commands: &mut mpsc::UnboundedReceiver<Command>,
    is_writing: &mut bool,
    observer: &Observer,
) -> (Ending, Farewell) {
    loop {
        match commands.recv().await {
            Some(Command::Send(message, _unwritten)) => {
                *is_writing = true;
                for frame in frames(message.clone()) {
                    if sink.send(Message::Frame(frame)).await.is_err() {
                        return (Ending::ABNORMAL, Farewell::Answer);
                    }
                }
                *is_writing = false;
                connection.touch();
                let connection_id = connection.client.connection_id.clone();
                observer.tell(Activity::Sent { connection_id, message });
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
