//! The front of another server on this machine, which does not refuse web pages by itself.
//!
//! The other server listens on an [address](hidden_address) that no page can guess. Whoever is let in here is put
//! through to it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json,
    body::Body,
    http::{Request, Response, StatusCode, Uri},
    response::IntoResponse as _,
};
use hyper::{
    body::Incoming,
    client::conn::http1::{self as client, SendRequest},
    server::conn::http1 as server,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Mutex,
    time,
};

use crate::{
    activity::Observer,
    callers::{CallerError, OwnHosts},
    refusal,
    server::ACCEPT_PAUSE,
};

/// An address of this machine that no page can guess: there are 16 million, each with 65,535 ports.
///
/// On Linux, all of 127.0.0.0/8 is this machine:
/// <https://man7.org/linux/man-pages/man7/ip.7.html>. On macOS only 127.0.0.1 is, so there it is no secret.
#[must_use]
pub fn hidden_address() -> Ipv4Addr {
    if cfg!(target_os = "macos") {
        return Ipv4Addr::LOCALHOST;
    }
    let [a, b, c] = std::array::from_fn(|_| rand::random_range(1..=254));
    Ipv4Addr::new(127, a, b, c)
}

/// What all connections share.
struct Relay {
    /// The `Host` headers of those that call this very server.
    hosts: OwnHosts,
    /// Where requests go.
    to: SocketAddr,
    observer: Observer,
}

/// Accepts HTTP/1 on a listener, and hands requests of programs on to a server. Requests of web pages are refused, and
/// told. It never ends.
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// use goblet_gateway::{activity::Observer, relay};
/// use tokio::net::TcpListener;
///
/// let front = TcpListener::bind("127.0.0.1:0").await?;
/// // The other server's own.
/// let back = TcpListener::bind((relay::hidden_address(), 0)).await?;
/// relay::serve(front, back.local_addr()?, Observer::none()).await
/// # }
/// ```
///
/// # Errors
///
/// If the listener has no address.
pub async fn serve(listener: TcpListener, to: SocketAddr, observer: Observer) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let relay = Arc::new(Relay { hosts: OwnHosts::of(address), to, observer });
    loop {
        match listener.accept().await {
            // Whatever is wrong with a connection is over with it.
            Ok((stream, _)) => drop(tokio::spawn(Arc::clone(&relay).put_through(stream))),
            Err(_) => time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

impl Relay {
    /// Serves a connection, with one of its own to the server.
    async fn put_through(self: Arc<Self>, stream: TcpStream) -> Result<(), hyper::Error> {
        let (Ok(own), Ok(())) = (TcpStream::connect(self.to).await, stream.set_nodelay(true)) else { return Ok(()) };
        // Requests are small and wait for nothing.
        let _ = own.set_nodelay(true);
        let (sender, connection) = client::handshake(TokioIo::new(own)).await?;
        let connection = tokio::spawn(connection);
        let sender = Mutex::new(sender);
        let service = service_fn(|request| self.answer(request, &sender));
        let served = server::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        connection.abort();
        served
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        sender: &Mutex<SendRequest<Incoming>>,
    ) -> hyper::Result<Response<Body>> {
        if let Err(error) = self.hosts.check(request.headers(), request.uri()) {
            return Ok(self.refuse(&error, request.uri()));
        }
        // One request at a time comes on a connection.
        Ok(sender.lock().await.send_request(request).await?.map(Body::new))
    }

    /// A refusal as DynamoDB has them:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>.
    fn refuse(&self, error: &CallerError, uri: &Uri) -> Response<Body> {
        let body = json!({"__type": "com.amazon.coral.service#AccessDeniedException", "message": error.to_string()});
        let response = refusal::because(error, (StatusCode::FORBIDDEN, Json(body)).into_response());
        refusal::tell(&self.observer, uri.path(), &response);
        response
    }
}
