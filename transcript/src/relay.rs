//! Stands before a server, and records what its clients do and see.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONNECTION, COOKIE, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE},
    server::conn::http1,
    service::service_fn,
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    select, time,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        self,
        handshake::derive_accept_key,
        http::{
            HeaderMap, HeaderName, HeaderValue,
            header::{SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION},
            uri::PathAndQuery,
        },
        protocol::{CloseFrame, Role},
    },
};

use crate::{
    client::{self, ConnectError},
    message::Message,
    record::Recording,
    step::{Action, Connect, NO_CLOSE_FRAME, NO_CODE},
    target::Target,
};

/// Headers that are of one connection, or that are made anew.
const OWN: [HeaderName; 7] = [
    CONNECTION,
    HOST,
    SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION,
    HeaderName::from_static("keep-alive"),
    UPGRADE,
];

/// Until a connection is accepted again, after one could not be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Server = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A server that passes on what comes, in both directions, and records it.
///
/// Its clients are `client-1`, `client-2` and so on, in the order in which they connect.
pub struct Recorder {
    target: Target,
    recording: Recording,
    clients: AtomicUsize,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Recorder {
    /// Stands before this server. It tells of clients that it cannot connect to the server: those are not recorded.
    #[must_use]
    pub fn new(target: Target, recording: Recording, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { target, recording, clients: AtomicUsize::new(0), tell: Box::new(tell) }
    }

    /// Serves whoever connects. The path and the query string are passed on as they are. It never ends.
    pub async fn serve(self, listener: TcpListener) {
        let recorder = Arc::new(self);
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // E.g. this program has as many files open as it may have.
                time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            // Frames are small and wait for nothing.
            let _ = stream.set_nodelay(true);
            let recorder = Arc::clone(&recorder);
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let recorder = Arc::clone(&recorder);
                    async move { Ok::<_, io::Error>(recorder.answer(request).await) }
                });
                // An error is the client's: it has gone, or does not speak HTTP.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
            });
        }
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response<String> {
        let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY).cloned() else {
            let told = "Connect with a WebSocket client.\n".to_owned();
            return with_status(StatusCode::UPGRADE_REQUIRED, told);
        };
        let name = format!("client-{}", self.clients.fetch_add(1, Ordering::Relaxed) + 1);
        let passed_on = match self.pass_on(&request) {
            Ok(passed_on) => passed_on,
            Err(problem) => {
                (self.tell)(&format!("{name} is not recorded: {problem}"));
                return with_status(StatusCode::BAD_REQUEST, problem);
            }
        };
        let connect = self.seen(&request);
        match client::open(&self.target, passed_on).await {
            Ok((server, answer)) => {
                self.recording.note(&name, Action::Connect(connect));
                let subprotocol = answer.headers().get(SEC_WEBSOCKET_PROTOCOL).cloned();
                let upgrade = hyper::upgrade::on(&mut request);
                tokio::spawn(pass(upgrade, server, name, self.recording.clone()));
                accepted(&key, subprotocol)
            }
            Err(ConnectError::Refused(answer)) => {
                let (head, body) = answer.into_parts();
                let refusal = Some(head.status.as_u16());
                self.recording.note(&name, Action::Connect(Connect { refusal, ..connect }));
                with_status(head.status, String::from_utf8_lossy(&body.unwrap_or_default()).into_owned())
            }
            Err(ConnectError::Failed(reason)) => {
                let problem = format!("cannot connect to {}: {reason}", self.target);
                (self.tell)(&format!("{name} is not recorded: {problem}"));
                with_status(StatusCode::BAD_GATEWAY, problem + "\n")
            }
        }
    }

    /// The request as the server gets it.
    fn pass_on(&self, request: &Request<Incoming>) -> Result<tungstenite::handshake::client::Request, String> {
        let path_and_query = request.uri().path_and_query().cloned();
        let target = self.target.at(path_and_query.unwrap_or(PathAndQuery::from_static("/")));
        let mut passed_on = target.request(&Connect::default())?;
        for (name, value) in request.headers().iter().filter(|(name, _)| !OWN.contains(name)) {
            passed_on.headers_mut().append(name, value.clone());
        }
        Ok(passed_on)
    }

    /// How the client connects, as far as that says something to a handler.
    fn seen(&self, request: &Request<Incoming>) -> Connect {
        let own = self.target.path_and_query().split_once('?').map_or("", |(_, own)| own);
        let query = request.uri().query().unwrap_or_default();
        let query = query.strip_prefix(own).unwrap_or(query).trim_start_matches('&');
        let subprotocols = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let subprotocols = subprotocols.filter_map(|names| names.to_str().ok()).flat_map(|names| names.split(','));
        Connect {
            query: Some(query.to_owned()).filter(|query| !query.is_empty()),
            subprotocols: subprotocols.map(|name| name.trim().to_owned()).collect(),
            headers: telling(request.headers()),
            refusal: None,
        }
    }
}

/// The headers that are a client's own, and not those that every browser sends.
fn telling(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_own_origin = |value: &HeaderValue| {
        value.to_str().is_ok_and(|origin| origin.split_once("://").is_some_and(|(_, of)| of == host))
    };
    let is_telling = |(name, value): &(&HeaderName, &HeaderValue)| {
        *name == AUTHORIZATION
            || *name == COOKIE
            || name.as_str().starts_with("x-")
            || (*name == ORIGIN && !is_own_origin(value))
    };
    headers.iter().filter(is_telling).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn with_status(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn accepted(key: &HeaderValue, subprotocol: Option<HeaderValue>) -> Response<String> {
    let mut response = with_status(StatusCode::SWITCHING_PROTOCOLS, String::new());
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    // It is base64.
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(subprotocol) = subprotocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    response
}

/// Passes messages on until one side closes.
async fn pass(upgrade: OnUpgrade, mut server: Server, name: String, recording: Recording) {
    let Ok(upgraded) = upgrade.await else {
        // It has gone before it got the answer.
        recording.note(&name, Action::Drop);
        return;
    };
    let mut client = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    loop {
        select! {
            sent = client.next() => match sent {
                Some(Ok(message)) if message.is_text() || message.is_binary() => {
                    recording.note(&name, Action::Send(own(&message)));
                    // If it fails, the server has closed: that is the next that comes from it.
                    let _ = server.send(message).await;
                }
                Some(Ok(tungstenite::Message::Close(frame))) => {
                    let (code, reason) = parts(frame.as_ref());
                    recording.note(&name, Action::Close { code, reason });
                    let _ = server.close(frame).await;
                    break;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    // So is the connection to the server, when this returns.
                    recording.note(&name, Action::Drop);
                    return;
                }
            },
            got = server.next() => match got {
                Some(Ok(message)) if message.is_text() || message.is_binary() => {
                    recording.note_received(&name, own(&message));
                    let _ = client.send(message).await;
                }
                Some(Ok(tungstenite::Message::Close(frame))) => {
                    recording.note(&name, Action::Closed(Some(parts(frame.as_ref()).0.unwrap_or(NO_CODE))));
                    let _ = client.close(frame).await;
                    break;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    recording.note(&name, Action::Closed(Some(NO_CLOSE_FRAME)));
                    return;
                }
            },
        }
    }
    // To read on sends the answers to close frames.
    while let Some(Ok(_)) = server.next().await {}
    while let Some(Ok(_)) = client.next().await {}
}

fn own(message: &tungstenite::Message) -> Message {
    match message {
        tungstenite::Message::Text(text) => Message::Text(text.as_str().to_owned()),
        other => Message::Binary(other.clone().into_data().into()),
    }
}

fn parts(frame: Option<&CloseFrame>) -> (Option<u16>, String) {
    frame.map_or((None, String::new()), |frame| (Some(frame.code.into()), frame.reason.to_string()))
}
