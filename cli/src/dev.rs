mod deployment;
mod function;
mod package;
mod source;
mod watch;

use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use goblet_gateway::{Gateway, activity::Observer, lambda::DEFAULT_CONCURRENCY, limits::Limits, settings::Settings};
use tokio::{
    runtime, select,
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};

use self::{
    deployment::{Deployment, Place},
    source::Source,
    watch::Watch,
};
use crate::{log, progress};

/// Serves a WebSocket API on this machine, behind a local API Gateway
///
/// What is served is a handler (HANDLER), the API of a SAM or CloudFormation template (--template), or any program
/// that speaks Lambda's Runtime API (--command). With none of them it is the template.yaml of this folder, or else
/// guest/echo.
///
/// It runs as on AWS: events reach functions through Lambda's Runtime API, in execution environments that are
/// processes, and what functions send goes through the AWS SDK to a local @connections.
///
/// Each event is shown as one line: connection, route, what the client sent, and how long it took. When the code or
/// the template changes, it is built and swapped; connections stay. Ctrl-C ends it all.
#[derive(Args)]
// Each is a flag of its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Arguments {
    /// A crate's folder (built for wasm32-wasip2), a component (.wasm) or a compiled one (.cwasm)
    #[arg(env = "GOBLET_HANDLER", conflicts_with = "template")]
    handler: Option<PathBuf>,
    /// Serve the WebSocket API that a SAM or CloudFormation template describes
    #[arg(long, value_name = "FILE", env = "GOBLET_TEMPLATE")]
    template: Option<PathBuf>,
    /// Values for the template's parameters
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., value_parser = parameter_override)]
    parameter_overrides: Vec<(String, String)>,
    /// Which of the template's WebSocket APIs, by logical id, if it has several
    #[arg(long, value_name = "LOGICAL_ID", env = "GOBLET_API")]
    api: Option<String>,
    /// Serve what `sam build` has built in this folder: the host and the handlers that would be deployed
    #[arg(long, env = "GOBLET_BUILT", conflicts_with_all = ["handler", "template", "bootstrap"])]
    built: bool,
    /// Start functions with a program that speaks Lambda's Runtime API, such as 'python3 -m awslambdaric app.handler';
    /// with a template, for the functions of other runtimes, or for one of them: FUNCTION=COMMAND
    #[arg(long, value_name = "COMMAND", conflicts_with = "handler")]
    command: Vec<String>,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1", env = "GOBLET_HOST")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3001, env = "GOBLET_PORT")]
    port: u16,
    /// The stage: the path that clients connect to [default: the template's, or api]
    #[arg(long, env = "GOBLET_STAGE", value_parser = stage)]
    stage: Option<String>,
    /// Another host to run handlers in, such as the `bootstrap` that is deployed [default: the one built in]
    #[arg(long, value_name = "FILE", env = "GOBLET_BOOTSTRAP")]
    bootstrap: Option<PathBuf>,
    /// How many events a function may handle at once: further ones are throttled, as on AWS
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_CONCURRENCY, env = "GOBLET_CONCURRENCY")]
    concurrency: usize,
    /// Give each event an execution environment of its own, so that every start is a cold one
    #[arg(long, env = "GOBLET_COLD")]
    cold: bool,
    /// Refuse calls of the management API that are not signed with the function's credentials, as AWS does
    #[arg(long, env = "GOBLET_REQUIRE_SIGNATURE")]
    require_signature: bool,
    /// Close connections without a message for so long; AWS's time is the default
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().idle.as_secs(), env = "GOBLET_IDLE_TIMEOUT")]
    idle_timeout: u64,
    /// Close connections that are so old; AWS's time is the default
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().lifetime.as_secs(), env = "GOBLET_LIFETIME")]
    lifetime: u64,
    /// Do not watch for changes
    #[arg(long, env = "GOBLET_NO_RELOAD")]
    no_reload: bool,
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-stages.html> allows these.
fn stage(stage: &str) -> Result<String, &'static str> {
    let is_valid = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    match stage {
        stage if !stage.is_empty() && stage.len() <= 128 && stage.chars().all(is_valid) => Ok(stage.to_owned()),
        _ => Err("a stage's name is 1 to 128 letters, digits, - and _"),
    }
}

fn parameter_override(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // First what fails fast: nobody wants to wait for a build to hear that the port is taken.
    let listener = listen(arguments)?;
    let source = Source::choose(arguments)?;
    let (observer, activities) = Observer::channel();
    let place = Place {
        host: host(arguments)?,
        address: listener.local_addr()?,
        stage: arguments.stage.clone(),
        concurrency: arguments.concurrency,
        is_always_cold: arguments.cold,
        observer: observer.clone(),
    };
    let deployment = source.deploy(&place)?;
    let settings = Settings {
        limits: Limits {
            idle: Duration::from_secs(arguments.idle_timeout),
            lifetime: Duration::from_secs(arguments.lifetime),
            ..Limits::default()
        },
        is_signature_required: arguments.require_signature,
        host_name: Some(arguments.host.clone()),
    };
    let served = Served { source: Arc::new(source), place: Arc::new(place) };
    // One thread for the gateway: what it does is short, and the processors are for the functions.
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
    let ended = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let watch = if arguments.no_reload { Watch::none() } else { Watch::follow(&deployment.code)? };
        let gateway = Gateway::start(listener, deployment.api.clone(), settings, observer)?;
        println!("Listening on {}", gateway.url());
        let printer = thread::spawn(|| log::print(activities));
        let ended = served.until_interrupted(&gateway, deployment, watch).await;
        gateway.shut_down().await;
        drop(served);
        ended.map(|()| printer)
    });
    // With the last who tell of activity, which the printer waits for.
    runtime.shutdown_background();
    let _ = ended?.join();
    Ok(())
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

/// What runs handlers in execution environments: this program is the host, too.
fn host(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
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

/// What is served, and where.
struct Served {
    source: Arc<Source>,
    place: Arc<Place>,
}

impl Served {
    /// Serves, and swaps what changes, until a signal comes.
    async fn until_interrupted(
        &self,
        gateway: &Gateway,
        deployment: Deployment,
        mut watch: Watch,
    ) -> anyhow::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut deployments = vec![deployment];
        loop {
            select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                _ = hang_up.recv() => return Ok(()),
                () = watch.changed() => {
                    let start = Instant::now();
                    if let Some(new) = self.redeploy().await {
                        gateway.replace(new.api.clone());
                        eprintln!("reloaded in {:.1} s; connections stay", start.elapsed().as_secs_f64());
                        // What has changed meanwhile is not missed, unless there is something else to follow.
                        if deployments.last().is_none_or(|last| last.code != new.code) {
                            watch = Watch::follow(&new.code)?;
                        }
                        deployments.push(new);
                        // The last one's files are there until the next change: something may be in flight.
                        if deployments.len() > 2 {
                            deployments.remove(0);
                        }
                    }
                }
            }
        }
    }

    /// Builds again. If that fails, it is told why, and what was served is served on.
    async fn redeploy(&self) -> Option<Deployment> {
        let (source, place) = (Arc::clone(&self.source), Arc::clone(&self.place));
        let deployed = spawn_blocking(move || source.deploy(&place)).await;
        match deployed.unwrap_or_else(|panicked| Err(panicked.into())) {
            Ok(deployment) => Some(deployment),
            Err(error) => {
                progress::tell_error(&error);
                eprintln!("what was served before is served on");
                None
            }
        }
    }
}
