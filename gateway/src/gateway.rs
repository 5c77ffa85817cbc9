//! The gateway as a whole: how it starts, changes its API, and ends.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, time};
use tokio_util::sync::CancellationToken;

use crate::{
    activity::Observer, api::Api, dispatcher::Dispatcher, front, lambda::Function, server::Server, settings::Settings,
};

/// How long the last events may take when the gateway shuts down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// A running gateway.
///
/// It serves a WebSocket API to clients, and the management API to functions, on one port:
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// use std::collections::BTreeMap;
///
/// use goblet_gateway::{
///     Gateway,
///     activity::Observer,
///     api::{Api, RouteSelection},
///     settings::Settings,
/// };
/// use tokio::net::TcpListener;
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let api = Api {
///     id: "local".to_owned(),
///     stage: "dev".to_owned(),
///     stage_variables: BTreeMap::new(),
///     route_selection: RouteSelection::default(),
///     // Clients may connect, but no message of theirs is taken.
///     routes: BTreeMap::new(),
/// };
/// let gateway = Gateway::start(listener, api, Settings::default(), Observer::none())?;
/// let (mut client, _) = tokio_tungstenite::connect_async(gateway.url()).await.expect("it is let in");
/// gateway.shut_down().await;
/// # drop(client.close(None).await);
/// # Ok(())
/// # }
/// ```
pub struct Gateway {
    address: SocketAddr,
    dispatcher: Arc<Dispatcher>,
    /// Ends HTTP connections.
    closing: CancellationToken,
}

impl Gateway {
    /// Serves an API to whoever connects to the listener.
    ///
    /// # Errors
    ///
    /// If the listener has no address.
    pub fn start(listener: TcpListener, api: Api, settings: Settings, observer: Observer) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let closing = CancellationToken::new();
        let dispatcher = Arc::new(Dispatcher::new(api, settings, observer));
        let server = Server {
            router: front::router(Arc::clone(&dispatcher)),
            head_timeout: Some(dispatcher.settings.limits.request),
            closing: closing.clone(),
        };
        tokio::spawn(server.accept(listener, dispatcher.shutdown.clone()));
        Ok(Self { address, dispatcher, closing })
    }

    /// Where clients connect: `ws://127.0.0.1:3001/api/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/{}/", self.address, self.dispatcher.api().stage)
    }

    /// Serves another API from now on. Connections stay. Events in flight are answered by the functions that got them;
    /// then the processes of these functions end.
    pub fn replace(&self, api: Api) {
        let is_kept =
            |function: &Arc<Function>, api: &Api| api.routes.values().any(|r| Arc::ptr_eq(&r.function, function));
        let old = self.dispatcher.replace(api);
        let new = self.dispatcher.api();
        for route in old.routes.values().filter(|route| !is_kept(&route.function, &new)) {
            route.function.retire();
        }
    }

    /// Closes all connections with 1001, gives their last events 3 seconds, and ends the functions' processes and all
    /// HTTP requests that are still open.
    pub async fn shut_down(self) {
        let dispatcher = self.dispatcher;
        dispatcher.shutdown.cancel();
        dispatcher.tasks.close();
        // Functions may still call the management API.
        let _ = time::timeout(SHUTDOWN_TIMEOUT, dispatcher.tasks.wait()).await;
        for route in dispatcher.api().routes.values() {
            route.function.shut_down().await;
        }
        self.closing.cancel();
    }
}
