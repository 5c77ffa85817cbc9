//! The gateway as a whole: it accepts TCP connections, and ends in good order.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::{
    Request,
    body::Incoming,
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
    activity::Observer,
    api::Api,
    dispatcher::Dispatcher,
    front::{self, Peers},
    lambda::Function,
    limits::Limits,
};

/// How long a client may take for its request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the last events may take when the gateway shuts down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Before the next try, when the machine is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A running gateway.
pub struct Gateway {
    address: SocketAddr,
    dispatcher: Arc<Dispatcher>,
}

impl Gateway {
    /// Serves an API to whoever connects to the listener.
    ///
    /// # Errors
    ///
    /// If the listener has no address.
    pub fn start(listener: TcpListener, api: Api, limits: Limits, observer: Observer) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let dispatcher = Arc::new(Dispatcher::new(api, limits, observer));
        tokio::spawn(accept(listener, front::router(Arc::clone(&dispatcher)), dispatcher.shutdown.clone()));
        Ok(Self { address, dispatcher })
    }

    /// Where clients connect: `ws://127.0.0.1:3001/api/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/{}/", self.address, self.dispatcher.api().stage)
    }

    /// Serves another API from now on. Connections stay, and what is in flight is answered by the functions that it
    /// was given to; then their processes end.
    pub fn replace(&self, api: Api) {
        let is_kept =
            |function: &Arc<Function>, api: &Api| api.routes.values().any(|r| Arc::ptr_eq(&r.function, function));
        let old = self.dispatcher.replace(api);
        let new = self.dispatcher.api();
        for route in old.routes.values().filter(|route| !is_kept(&route.function, &new)) {
            route.function.retire();
        }
    }

    /// Closes all connections with 1001, lets their last events end, and ends the functions' processes.
    pub async fn shut_down(self) {
        let dispatcher = self.dispatcher;
        dispatcher.shutdown.cancel();
        dispatcher.tasks.close();
        let _ = time::timeout(SHUTDOWN_TIMEOUT, dispatcher.tasks.wait()).await;
        for route in dispatcher.api().routes.values() {
            route.function.shut_down().await;
        }
    }
}

async fn accept(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    loop {
        select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => drop(tokio::spawn(serve(stream, client, router.clone()))),
                Err(_) => time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

async fn serve(stream: TcpStream, client: SocketAddr, router: Router) {
    // Frames are small and wait for nothing.
    let (Ok(gateway), Ok(())) = (stream.local_addr(), stream.set_nodelay(true)) else { return };
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peers { client, gateway });
        router.call(request)
    });
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // An error is the client's: it has gone, or does not speak HTTP.
    let _: Result<(), hyper::Error> = http.await;
}
