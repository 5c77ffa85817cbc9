//! `goblet dev`: serves a WebSocket API on this machine.

mod api_arguments;
mod arguments;
mod commands;
mod content;
mod database;
mod deployment;
mod function;
mod function_arguments;
mod handler_table;
mod handlers;
mod layout;
mod output;
mod overrides;
mod place;
mod region;
mod reload;
mod runtime;
mod search_paths;
mod signals;
mod source;
mod start;
mod surroundings;
mod targets;
mod temporary;
mod unpacked;
mod unserved;
mod watch;

use std::{net::TcpListener, sync::Arc, time::Duration};

use anyhow::Context as _;
use goblet_gateway::{
    Gateway,
    activity::{Activities, Observer},
    settings::Settings,
};
use tokio::select;

use self::watch::Watch;
pub use self::{
    api_arguments::ApiArguments,
    arguments::{Arguments, unless_empty},
    deployment::Deployment,
    function_arguments::FunctionArguments,
    handlers::Handlers,
    place::Place,
    reload::Served,
    signals::Signals,
    source::Source,
    surroundings::{Shared, Site, Surroundings},
    temporary::Temporary,
};
use crate::terminal::Printer;

/// How long a build may take to clean up, after it was cancelled, and a query to end.
pub const CLEAN_UP: Duration = Duration::from_millis(300);

/// How long the last lines may take at the end: nobody may be reading them. With the 3 s that the gateway gives to the
/// last events, the end takes less than 4 s.
const LAST_LINES: Duration = Duration::from_millis(300);

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // First what fails fast: nobody should wait for a build, only to learn that the port is taken.
    let listener = listen(&arguments.host, arguments.port)?;
    let source = Source::choose(arguments.handler.as_deref(), &arguments.api)?.context(
        "nothing to serve: give a handler (a project's folder, a source file, a .wasm or a .cwasm), a --template, or a \
         --command; see `goblet dev --help`",
    )?;
    let source = Arc::new(source);
    let _temporary = Temporary::claim()?;
    let (observer, activities) = Observer::channel();
    let shared = Shared::new(&arguments.functions, Handlers::anew())?;
    let site = Site {
        address: listener.local_addr()?,
        stage: arguments.api.stage.clone(),
        timeout: arguments.timeout(),
        data: arguments.data.as_deref(),
        observer,
    };
    let surroundings = Surroundings::start(&shared, &arguments.functions, site)?;
    // One thread is enough for the gateway, whose work is short. The other processors are for the functions.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
    let inside = runtime.enter();
    let place = surroundings.serve()?;
    drop(inside);
    let database = Arc::clone(&place.database);
    let server = Server {
        served: Served { source, place },
        listener,
        settings: arguments.settings(),
        activities,
        is_reloading: !arguments.no_reload,
    };
    let Ended { printer, result } = runtime.block_on(server.run());
    runtime.shutdown_timeout(CLEAN_UP);
    database.end(CLEAN_UP);
    if let Some(printer) = printer {
        printer.finish(LAST_LINES);
    }
    result
}

fn listen(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((host, port)).with_context(|| {
        format!(
            "cannot listen on {host}:{port} (choose another port with --port, or a free one with --port 0; another \
             address with --host)"
        )
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Everything that is needed to serve.
struct Server {
    served: Served,
    listener: TcpListener,
    settings: Settings,
    activities: Activities,
    is_reloading: bool,
}

/// What is left when serving has ended.
struct Ended {
    /// What prints the last lines.
    printer: Option<Printer>,
    result: anyhow::Result<()>,
}

/// What is served at first.
struct Prepared {
    deployment: Deployment,
    watch: Watch,
    signals: Signals,
}

impl Server {
    /// Builds, serves, and reloads, until a signal comes.
    async fn run(self) -> Ended {
        let result = match self.prepare().await {
            Ok(None) => Ok(()),
            Ok(Some(prepared)) => {
                return match self.serve(prepared).await {
                    Ok(printer) => Ended { printer: Some(printer), result: Ok(()) },
                    Err(error) => Ended { printer: None, result: Err(error) },
                };
            }
            Err(error) => Err(error),
        };
        // What functions have printed at their start says why they do not start, or what they wait for.
        Ended { printer: Printer::start([], self.activities).ok(), result }
    }

    /// Builds what is served, and starts its functions. Gives nothing if a signal comes.
    async fn prepare(&self) -> anyhow::Result<Option<Prepared>> {
        let mut signals = Signals::catch()?;
        let place = &self.served.place;
        let mut watch = Watch::except(place.database.file());
        let prepare = async {
            let deployment = self.served.build().await?;
            if self.is_reloading {
                watch.follow(&deployment.watched).await?;
            }
            deployment.start().await?;
            anyhow::Ok(deployment)
        };
        let prepared = select! {
            prepared = prepare => Some(prepared?),
            _ = signals.next() => None,
        };
        if prepared.is_none() {
            place.cancellation.cancel();
        }
        Ok(prepared.map(|deployment| Prepared { deployment, watch, signals }))
    }

    async fn serve(self, prepared: Prepared) -> anyhow::Result<Printer> {
        let Prepared { mut deployment, mut watch, mut signals } = prepared;
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let database = Arc::clone(&self.served.place.database);
        let invoke_api = Arc::clone(&self.served.place.invoke_api);
        invoke_api.replace(deployment.functions.clone());
        let observer = self.served.place.observer.clone();
        let gateway = Gateway::start(listener, deployment.apis.clone(), self.settings, observer)?;
        let addresses = [
            format!("Listening on {}", gateway.url()),
            format!("DynamoDB on {}, {}", database.url(), database.kept()),
            format!("Lambda on {}", invoke_api.url()),
        ];
        let printer = Printer::start(addresses, self.activities);
        let printer = printer.context("cannot start a thread that prints")?;
        select! {
            () = self.served.reload(&gateway, &mut deployment, &mut watch) => {}
            _ = signals.next() => {}
            // As other programs do whose output nobody can read.
            () = printer.closed() => {}
        }
        self.served.place.cancellation.cancel();
        select! {
            () = async { gateway.shut_down().await; invoke_api.shut_down().await } => {}
            // A second signal: do not wait for the last events.
            _ = signals.next() => {}
        }
        Ok(printer)
    }
}
