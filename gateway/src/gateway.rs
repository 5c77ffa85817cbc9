//! The gateway as a whole: how it starts, changes its API, and ends.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{net::TcpListener, time};
use tokio_util::sync::CancellationToken;

use crate::{
    activity::Observer, api::Api, dispatcher::Dispatcher, front, lambda::Function, server::Server, settings::Settings,
    stages::Stages,
};

/// How long the last events may take when the gateway shuts down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the functions' processes may take to end after they were killed.
const KILL_TIMEOUT: Duration = Duration::from_millis(500);

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
///     Gateway, Region,
///     activity::Observer,
///     admission::Admission,
///     api::{Api, RouteSelection},
///     settings::Settings,
/// };
/// use tokio::net::TcpListener;
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let api = Api {
///     id: "local".to_owned(),
///     region: Region::default(),
///     stage: "dev".to_owned(),
///     stage_variables: BTreeMap::new(),
///     admission: Admission::default(),
///     route_selection: RouteSelection::default(),
///     // Clients may connect, but no message of theirs is taken.
///     routes: BTreeMap::new(),
/// };
/// let gateway = Gateway::start(listener, vec![api], Settings::default(), Observer::none())?;
/// let (mut client, _) = tokio_tungstenite::connect_async(gateway.url()).await.expect("it is let in");
/// gateway.shut_down().await;
/// # drop(client.close(None).await);
/// # Ok(())
/// # }
/// ```
pub struct Gateway {
    address: SocketAddr,
    dispatcher: Arc<Dispatcher>,
    /// Functions of APIs that were replaced, which may still be at work.
    retired: Mutex<Vec<Arc<Function>>>,
    /// Ends HTTP connections.
    closing: CancellationToken,
}

impl Gateway {
    /// Serves an API to whoever connects to the listener, at each stage that it is deployed to.
    ///
    /// # Errors
    ///
    /// If the listener has no address, or there is no API.
    pub fn start(listener: TcpListener, apis: Vec<Api>, settings: Settings, observer: Observer) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let closing = CancellationToken::new();
        let stages = Stages::new(apis).ok_or_else(|| io::Error::other("there is no API to serve"))?;
        let dispatcher = Arc::new(Dispatcher::new(stages, settings, observer));
        let server = Server {
            router: front::router(Arc::clone(&dispatcher)),
            head_timeout: Some(dispatcher.settings.limits.request),
            keeps_heads: true,
            closing: closing.clone(),
        };
        // Functions call the management API until their last events are answered.
        tokio::spawn(server.accept(listener, closing.clone()));
        Ok(Self { address, dispatcher, retired: Mutex::default(), closing })
    }

    /// Where clients connect to the first stage: `ws://127.0.0.1:3001/api/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/{}/", self.address, self.dispatcher.stages().first().stage)
    }

    /// Serves another API from now on, unless there is none. Connections stay; where their stage is gone, they are of the
    /// first one. Events in flight are answered by the functions that got them; then the processes of these functions end.
    pub fn replace(&self, apis: Vec<Api>) {
        let Some(stages) = Stages::new(apis) else { return };
        let old = self.dispatcher.replace(stages);
        let new = self.dispatcher.stages();
        let is_gone = |function: &&Arc<Function>| !new.functions().any(|kept| Arc::ptr_eq(kept, function));
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.retain(|function| !function.is_finished());
        for function in old.functions().filter(is_gone) {
            function.retire();
            // Routes may share a function.
            if !retired.iter().any(|other| Arc::ptr_eq(other, function)) {
                retired.push(Arc::clone(function));
            }
        }
    }

    /// Waits until there is nothing to do: all that the gateway has read from clients is answered, `$disconnect` has been told
    /// of all connections that have closed, and all messages for clients are written.
    ///
    /// What a client has sent and the gateway has not read yet is not waited for. A client knows that it is read when its
    /// ping is answered.
    pub async fn settled(&self) {
        self.dispatcher.unsettled.wait().await;
    }

    /// Closes all connections with 1001, gives their last events 3 seconds, and ends the functions' processes and all
    /// HTTP requests that are still open. It takes 3.5 seconds at most.
    pub async fn shut_down(self) {
        let dispatcher = self.dispatcher;
        dispatcher.shutdown.cancel();
        dispatcher.tasks.close();
        let _ = time::timeout(SHUTDOWN_TIMEOUT, dispatcher.tasks.wait()).await;
        let stages = dispatcher.stages();
        let retired = self.retired.into_inner().unwrap_or_else(PoisonError::into_inner);
        let functions = stages.functions().chain(&retired);
        let _ = time::timeout(KILL_TIMEOUT, join_all(functions.map(|function| function.shut_down()))).await;
        self.closing.cancel();
    }
}
