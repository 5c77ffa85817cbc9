//! HTTP/1 on a listener: what the gateway and Lambda's Runtime API have in common.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use hyper::{
    Request,
    body::Incoming,
    header::UPGRADE,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    select, time,
};
use tokio_util::sync::CancellationToken;

use crate::{
    recorder::{Recent, Recorder},
    request_head::RequestHead,
};

/// Before the next try, when the machine is out of descriptors.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How much of a request is read ahead, in bytes. A request's head must fit in. AWS allows 4,096 bytes of URL and 10,240 of
/// headers: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
/// hyper's own number, 400 KB, would cost as much for each connection.
const MAX_BUFFER: usize = 16 * 1024;

/// The two ends of a TCP connection. Every request has them as an extension.
#[derive(Clone, Copy)]
pub struct Peers {
    pub client: SocketAddr,
    pub gateway: SocketAddr,
}

/// An HTTP server.
#[derive(Clone)]
pub struct Server {
    pub router: Router,
    /// How long a client may take for a request's head. A connection may be idle between two requests for as long.
    pub head_timeout: Option<Duration>,
    /// Whether a request to upgrade has its [`RequestHead`] as an extension.
    pub keeps_heads: bool,
    /// Ends connections, whatever they are doing, unless they have been upgraded to another protocol.
    pub closing: CancellationToken,
}

impl Server {
    /// Accepts connections until `stopping` is cancelled. They end with their clients, or with `closing`.
    pub async fn accept(self, listener: TcpListener, stopping: CancellationToken) {
        loop {
            select! {
                () = stopping.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, client)) => drop(tokio::spawn(self.clone().serve(stream, client))),
                    Err(_) => time::sleep(ACCEPT_PAUSE).await,
                }
            }
        }
    }

    async fn serve(self, stream: TcpStream, client: SocketAddr) {
        // Frames are small and wait for nothing.
        let (Ok(gateway), Ok(())) = (stream.local_addr(), stream.set_nodelay(true)) else { return };
        let router = TowerToHyperService::new(self.router);
        let recent = if self.keeps_heads { Recent::new(MAX_BUFFER) } else { Recent::none() };
        let stream = Recorder::new(stream, recent.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            if request.headers().contains_key(UPGRADE) {
                let head = RequestHead::find(&recent.take(), request.method(), request.uri(), request.headers());
                request.extensions_mut().insert(head);
            }
            request.extensions_mut().insert(Peers { client, gateway });
            router.call(request)
        });
        let mut http = http1::Builder::new();
        http.max_buf_size(MAX_BUFFER);
        if let Some(timeout) = self.head_timeout {
            http.timer(TokioTimer::new()).header_read_timeout(timeout);
        }
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        select! {
            // An error is the client's: it has gone, or does not speak HTTP.
            _ = connection => {}
            () = self.closing.cancelled() => {}
        }
    }
}
