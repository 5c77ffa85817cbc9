use std::{
    collections::BTreeMap,
    env,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    thread,
};

use anyhow::Context as _;
use clap::Args;
use goblet_gateway::{
    Gateway,
    activity::Observer,
    api::{Api, CONNECT, DEFAULT, DISCONNECT, Route, RouteSelection},
    lambda::{DEFAULT_CONCURRENCY, Function, FunctionConfig},
    limits::{INTEGRATION_TIMEOUT, Limits},
    management_endpoint,
};
use tokio::{
    runtime::Runtime,
    select,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{handler::CompiledHandler, log};

/// How many lines may wait for a slow terminal.
const LINES: usize = 1024;

/// Serves a handler on this machine, behind a local WebSocket API Gateway
///
/// The handler runs as on AWS: events reach it through Lambda's Runtime API, in execution environments that are
/// processes of the host, and what it sends goes through the AWS SDK to a local `@connections`.
///
/// Each event is shown as one line: connection, route, what the client sent, and how long it took. Ctrl-C ends it all.
#[derive(Args)]
pub struct Arguments {
    /// A crate's folder (built for wasm32-wasip2), a component (.wasm) or a compiled one (.cwasm)
    #[arg(default_value = "guest/echo", env = "GOBLET_HANDLER")]
    handler: PathBuf,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1", env = "GOBLET_HOST")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3001, env = "GOBLET_PORT")]
    port: u16,
    /// The stage: the path that clients connect to
    #[arg(long, default_value = "api", env = "GOBLET_STAGE", value_parser = stage)]
    stage: String,
    /// Another host to run the handler in, such as the `bootstrap` that is deployed [default: the one built in]
    #[arg(long, value_name = "FILE", env = "GOBLET_BOOTSTRAP")]
    bootstrap: Option<PathBuf>,
    /// How many events may be handled at once: further ones are throttled, as on AWS
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_CONCURRENCY, env = "GOBLET_CONCURRENCY")]
    concurrency: usize,
    /// Give each event an execution environment of its own, so that every start is a cold one
    #[arg(long, env = "GOBLET_COLD")]
    cold: bool,
    /// Refuse calls of the management API that are not signed with the function's credentials, as AWS does
    #[arg(long, env = "GOBLET_REQUIRE_SIGNATURE")]
    require_signature: bool,
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-stages.html> allows these.
fn stage(stage: &str) -> Result<String, &'static str> {
    let is_valid = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    match stage {
        stage if !stage.is_empty() && stage.len() <= 128 && stage.chars().all(is_valid) => Ok(stage.to_owned()),
        _ => Err("a stage's name is 1 to 128 letters, digits, - and _"),
    }
}

pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    // First what fails fast: nobody wants to wait for a build to hear that the port is taken.
    let listener = listen(&arguments)?;
    let command = command(&arguments)?;
    let handler = CompiledHandler::prepare(&arguments.handler)?;
    Runtime::new().context("cannot start a runtime")?.block_on(serve(arguments, listener, command, handler))
}

fn listen(Arguments { host, port, .. }: &Arguments) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((host.as_str(), *port)).with_context(|| {
        format!(
            "cannot listen on {host}:{port} (choose another port with --port, or a free one with --port 0; another \
             address with --host)"
        )
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// What an execution environment starts: this program is the host, too.
fn command(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let path = match &arguments.bootstrap {
        Some(bootstrap) => {
            bootstrap.canonicalize().with_context(|| format!("cannot find the host {}", bootstrap.display()))?
        }
        None => env::current_exe().context("cannot find this program's file")?,
    };
    let path = path.into_os_string().into_string().ok().context("this program's path is not UTF-8")?;
    Ok(match arguments.bootstrap {
        Some(_) => vec![path],
        None => vec![path, "bootstrap".to_owned()],
    })
}

async fn serve(
    arguments: Arguments,
    listener: TcpListener,
    command: Vec<String>,
    handler: CompiledHandler,
) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;

    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (sender, activity) = mpsc::channel(LINES);
    let observer = Observer::new(sender);
    let function = function(&arguments, &handler, command, listener.local_addr()?);
    let api = api(&arguments, &handler, &Arc::new(Function::new(function, observer.clone())));
    let gateway = Gateway::start(listener, api, Limits::default(), observer)?;

    println!("Listening on {}", gateway.url());
    let printer = thread::spawn(|| log::print(activity));
    select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    gateway.shut_down().await;
    let _ = printer.join();
    Ok(())
}

fn function(
    arguments: &Arguments,
    handler: &CompiledHandler,
    command: Vec<String>,
    address: SocketAddr,
) -> FunctionConfig {
    let endpoint = management_endpoint(address, &arguments.stage);
    FunctionConfig {
        variables: BTreeMap::from([("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI".to_owned(), endpoint)]),
        concurrency: arguments.concurrency,
        is_always_cold: arguments.cold,
        ..FunctionConfig::new(&handler.name, command, handler.task_root.clone())
    }
}

/// The routes that the handler serves, all of them its one function's.
fn api(arguments: &Arguments, handler: &CompiledHandler, function: &Arc<Function>) -> Api {
    let exports = handler.exports;
    let routes = [(exports.connect, CONNECT), (exports.message, DEFAULT), (exports.disconnect, DISCONNECT)];
    let routes = routes.into_iter().filter(|(is_served, _)| *is_served);
    Api {
        id: "local".to_owned(),
        stage: arguments.stage.clone(),
        stage_variables: BTreeMap::new(),
        route_selection: RouteSelection::default(),
        routes: routes
            .map(|(_, route_key)| {
                (
                    route_key.to_owned(),
                    Route { function: Arc::clone(function), is_two_way: false, timeout: INTEGRATION_TIMEOUT },
                )
            })
            .collect(),
        is_signature_required: arguments.require_signature,
    }
}
