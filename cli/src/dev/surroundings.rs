//! What stands around a gateway: DynamoDB, Lambda's Invoke API, and the proxy of the functions.

use std::{
    env,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use goblet_build::Cancellation;
use goblet_gateway::{
    Region,
    activity::Observer,
    invoke::InvokeApi,
    proxy::{Proxy, Upstream},
};

use super::{
    database::Database, function_arguments::FunctionArguments, handlers::Handlers, place::Place, region,
    runtime::Clients,
};
use crate::terminal;

/// What all gateways of this program share.
pub struct Shared {
    /// The program that runs handlers, and its arguments.
    host: Vec<String>,
    handlers: Arc<Handlers>,
    clients: Arc<Clients>,
    region: Region,
    /// Stops the builds.
    pub cancellation: Cancellation,
}

impl Shared {
    pub fn new(functions: &FunctionArguments, handlers: Handlers) -> anyhow::Result<Self> {
        Ok(Self {
            host: host(functions.bootstrap.as_deref())?,
            handlers: Arc::new(handlers),
            clients: Arc::new(Clients::write()?),
            region: region::choose(functions.region.as_ref()),
            cancellation: Cancellation::default(),
        })
    }
}

/// Where a gateway is, and what differs from one to the other.
pub struct Site<'a> {
    /// The gateway's address.
    pub address: SocketAddr,
    /// The stage, if it is not the template's or the default one.
    pub stage: Option<String>,
    /// How long each event of a function may take, if that is not what its template says.
    pub timeout: Option<Duration>,
    /// The file that DynamoDB's items are kept in, if they are.
    pub data: Option<&'a Path>,
    pub observer: Observer,
}

/// What stands around a gateway, and listens.
pub struct Surroundings {
    pub place: Arc<Place>,
    proxy: TcpListener,
    invoke_api: TcpListener,
}

impl Surroundings {
    /// Starts DynamoDB, and listens for the rest.
    pub fn start(shared: &Shared, functions: &FunctionArguments, site: Site) -> anyhow::Result<Self> {
        let Site { address, stage, timeout, data, observer } = site;
        let (proxy, proxy_listener) = bind_proxy(observer.clone())?;
        let database = Arc::new(Database::start(data, observer.clone())?);
        proxy.stand_for("dynamodb", database.address());
        let (invoke_api, invoke_listener) = InvokeApi::bind(shared.region.clone(), observer.clone())
            .context("cannot listen for Lambda's Invoke API")?;
        proxy.stand_for("lambda", invoke_api.address());
        let place = Place {
            host: shared.host.clone(),
            handlers: Arc::clone(&shared.handlers),
            clients: Arc::clone(&shared.clients),
            proxy: Arc::new(proxy),
            invoke_api: Arc::new(invoke_api),
            address,
            region: shared.region.clone(),
            stage,
            concurrency: functions.concurrency,
            overrides: functions.overrides(timeout)?,
            is_always_cold: functions.cold,
            observer,
            database,
            cancellation: shared.cancellation.clone(),
        };
        Ok(Self { place: Arc::new(place), proxy: proxy_listener, invoke_api: invoke_listener })
    }

    /// Serves the proxy and the Invoke API, in the runtime that this is called in. Functions may need them to start.
    pub fn serve(self) -> anyhow::Result<Arc<Place>> {
        let Self { place, proxy, invoke_api } = self;
        tokio::spawn(Arc::clone(&place.proxy).serve(tokio::net::TcpListener::from_std(proxy)?));
        tokio::spawn(Arc::clone(&place.invoke_api).serve(tokio::net::TcpListener::from_std(invoke_api)?));
        Ok(place)
    }
}

/// The proxy of functions. Notes say what it cannot do for them.
fn bind_proxy(observer: Observer) -> anyhow::Result<(Proxy, TcpListener)> {
    let upstream = Upstream::from_env().unwrap_or_else(|error| {
        terminal::note(&format!("{error}: functions connect to other https servers without a proxy"));
        Upstream::none()
    });
    let (proxy, listener) = Proxy::bind(upstream, observer).context("cannot start the proxy of the functions")?;
    if !proxy.has_system_certificates() {
        terminal::note(
            "this machine has no certificates of authorities (package ca-certificates): functions cannot check other \
             https servers",
        );
    }
    Ok((proxy, listener))
}

/// The command that runs handlers: another host, or else this program, which is a host as well.
fn host(bootstrap: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let path = match bootstrap {
        Some(bootstrap) => {
            bootstrap.canonicalize().with_context(|| format!("cannot find the host {}", bootstrap.display()))?
        }
        None => env::current_exe().context("cannot find this program's file")?,
    };
    let path = path.into_os_string().into_string().ok().context("the path of the host is not UTF-8")?;
    Ok(match bootstrap {
        Some(_) => vec![path],
        None => vec![path, "bootstrap".to_owned()],
    })
}
