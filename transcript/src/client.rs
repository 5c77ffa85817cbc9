//! A client of a session: its connection, and what has come by it.

use std::{collections::VecDeque, io, time::Duration};

use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    net::TcpStream,
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinHandle,
    time::{self, Instant},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls,
    tungstenite::{
        self, Bytes, Error,
        handshake::client::{Request, Response},
        protocol::CloseFrame,
    },
};

use crate::{message::Message, target::Target};

/// Where nobody is there at once, a client that is let go of is not waited for.
const FAREWELL: Duration = Duration::from_secs(1);

/// What comes by a connection.
#[derive(Clone, Debug)]
pub enum Incoming {
    Message(Message),
    Pong,
    /// The server's close frame.
    Closed {
        code: Option<u16>,
        reason: String,
    },
    /// The connection ended without one.
    Lost(String),
}

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The server answered with another status than 101.
    Refused(Box<Response>),
    /// There was no answer that is one.
    Failed(String),
}

type WebSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Client {
    sink: SplitSink<WebSocket, tungstenite::Message>,
    incoming: UnboundedReceiver<Incoming>,
    /// What has come already, before what is in `incoming`.
    waiting: VecDeque<Incoming>,
    reader: JoinHandle<()>,
}

impl Client {
    pub async fn connect(target: &Target, request: Request, within: Duration) -> Result<Self, ConnectError> {
        let connecting = time::timeout(within, open(target, request)).await;
        let (websocket, _) = connecting.map_err(|_| ConnectError::Failed(nothing(within)))??;
        let (sink, stream) = websocket.split();
        let (sender, incoming) = mpsc::unbounded_channel();
        // It always reads: pings are answered, and a message that nobody waits for yet holds up none.
        let reader = tokio::spawn(read(stream, sender));
        Ok(Self { sink, incoming, waiting: VecDeque::new(), reader })
    }

    pub async fn send(&mut self, message: &Message, within: Duration) -> Result<(), String> {
        let message = match message {
            Message::Text(text) => tungstenite::Message::text(text.clone()),
            Message::Binary(bytes) => tungstenite::Message::binary(bytes.clone()),
        };
        self.write(message, within).await
    }

    /// The next of what comes, apart from pongs. None, if there is nothing in time.
    pub async fn next(&mut self, within: Duration) -> Option<Incoming> {
        let until = Instant::now() + within;
        loop {
            match self.take(until).await {
                Some(Incoming::Pong) => {}
                other => return other,
            }
        }
    }

    /// What has come already, apart from pongs.
    pub fn try_next(&mut self) -> Option<Incoming> {
        loop {
            match self.waiting.pop_front().or_else(|| self.incoming.try_recv().ok())? {
                Incoming::Pong => {}
                other => return Some(other),
            }
        }
    }

    /// Waits until the server has read all that was sent, and all that it had written before it answers a ping is here.
    pub async fn settle(&mut self, within: Duration) {
        let until = Instant::now() + within;
        if self.write(tungstenite::Message::Ping(Bytes::new()), within).await.is_err() {
            return;
        }
        let mut before = std::mem::take(&mut self.waiting);
        while let Ok(Some(next)) = time::timeout_at(until, self.incoming.recv()).await {
            if matches!(next, Incoming::Pong) {
                break;
            }
            before.push_back(next);
        }
        self.waiting = before;
    }

    /// Sends a close frame.
    pub async fn close(&mut self, code: Option<u16>, reason: &str, within: Duration) -> Result<(), String> {
        let frame = code.map(|code| CloseFrame { code: code.into(), reason: reason.into() });
        self.write(tungstenite::Message::Close(frame), within).await
    }

    /// Closes the connection, and looks at nothing that still comes.
    pub async fn let_go(mut self) {
        if self.close(Some(1000), "", FAREWELL).await.is_ok() {
            let until = Instant::now() + FAREWELL;
            while let Some(Incoming::Message(_) | Incoming::Pong) = self.take(until).await {}
        }
    }

    async fn take(&mut self, until: Instant) -> Option<Incoming> {
        match self.waiting.pop_front() {
            Some(waiting) => Some(waiting),
            None => time::timeout_at(until, self.incoming.recv()).await.ok()?,
        }
    }

    async fn write(&mut self, message: tungstenite::Message, within: Duration) -> Result<(), String> {
        match time::timeout(within, self.sink.send(message)).await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the server takes nothing: {}", nothing(within))),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Opens a connection.
pub async fn open(target: &Target, request: Request) -> Result<(WebSocket, Response), ConnectError> {
    let stream = target.tcp().await.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            ConnectError::Failed("nobody listens there (connection refused): is the server running?".to_owned())
        }
        _ => ConnectError::Failed(error.to_string()),
    })?;
    client_async_tls(request, stream).await.map_err(|error| match error {
        Error::Http(response) => ConnectError::Refused(response),
        error => ConnectError::Failed(error.to_string()),
    })
}

/// That nothing happened, in words.
pub fn nothing(within: Duration) -> String {
    format!("nothing within {} s", within.as_secs_f64())
}

/// Reads until the connection ends.
async fn read(mut stream: SplitStream<WebSocket>, sender: UnboundedSender<Incoming>) {
    let mut is_closed = false;
    while let Some(next) = stream.next().await {
        let incoming = match next {
            Ok(tungstenite::Message::Text(text)) => Incoming::Message(Message::Text(text.as_str().to_owned())),
            Ok(tungstenite::Message::Binary(bytes)) => Incoming::Message(Message::Binary(bytes.into())),
            Ok(tungstenite::Message::Pong(_)) => Incoming::Pong,
            Ok(tungstenite::Message::Close(frame)) => {
                is_closed = true;
                let (code, reason) =
                    frame.map_or((None, String::new()), |frame| (Some(frame.code.into()), frame.reason.to_string()));
                Incoming::Closed { code, reason }
            }
            Ok(tungstenite::Message::Ping(_) | tungstenite::Message::Frame(_)) => continue,
            // The end that a close frame has told of.
            Err(_) if is_closed => return,
            Err(error) => Incoming::Lost(error.to_string()),
        };
        if sender.send(incoming).is_err() {
            return;
        }
    }
}
