//! The project's own gateway with one function behind it, in a process of its own: what all contenders are served by.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::{Router, routing::post};
use clap::Args;
use goblet_gateway::{
    Gateway, Region,
    activity::{Activity, Observer, Outcome},
    admission::Admission,
    api::{Api, DEFAULT, Integration, Route, RouteSelection},
    endpoint_variables,
    lambda::{Function, FunctionConfig},
    limits::INTEGRATION_TIMEOUT,
    settings::Settings,
};
use tokio::{net::TcpListener, signal::ctrl_c, time};

use crate::database;

const STAGE: &str = "api";

/// Serves a function until Ctrl-C, and prints what happens, in ms.
#[derive(Args)]
pub struct Arguments {
    /// The folder of the function's package
    #[arg(long)]
    pub task_root: PathBuf,
    /// The function's handler
    #[arg(long)]
    pub handler: String,
    /// Give each event a process of its own
    #[arg(long)]
    pub cold: bool,
    /// Instead of the gateway's management API, one that sends nothing and takes so many ms for it
    #[arg(long)]
    pub latency: Option<u64>,
    /// The function's table is in this DynamoDB
    #[arg(long, value_name = "URL")]
    pub dynamodb: Option<String>,
    /// The level of the function's log
    #[arg(long, default_value = "INFO")]
    pub log_level: String,
    /// The function's program
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let management = match arguments.latency {
        None => listener.local_addr()?,
        Some(latency) => slow_management_api(Duration::from_millis(latency)).await?,
    };
    let (observer, mut activities) = Observer::channel();
    let mut variables = endpoint_variables(management, STAGE);
    variables.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), arguments.log_level);
    if let Some(url) = arguments.dynamodb {
        variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), url);
        variables.insert("GOBLET_TABLE".to_owned(), database::TABLE.to_owned());
    }
    let config = FunctionConfig {
        handler_name: arguments.handler,
        variables,
        timeout: INTEGRATION_TIMEOUT,
        is_always_cold: arguments.cold,
        ..FunctionConfig::new("echo", arguments.command, arguments.task_root)
    };
    let function = Arc::new(Function::new(config, observer.clone()));
    let integration = Integration::Function(function);
    let route = Route { integration, is_two_way: false, timeout: INTEGRATION_TIMEOUT };
    let api = Api {
        id: "local".to_owned(),
        region: Region::default(),
        stage: STAGE.to_owned(),
        stage_variables: BTreeMap::new(),
        admission: Admission::default(),
        route_selection: RouteSelection::default(),
        routes: BTreeMap::from([(DEFAULT.to_owned(), route)]),
    };
    let gateway = Gateway::start(listener, vec![api], Settings::default(), observer)?;
    println!("listening {}", gateway.url());
    loop {
        tokio::select! {
            _ = ctrl_c() => break,
            Some(activity) = activities.recv() => print(&activity),
        }
    }
    gateway.shut_down().await;
    Ok(())
}

fn print(activity: &Activity) {
    let milliseconds = |duration: &Duration| duration.as_secs_f64() * 1000.0;
    match activity {
        Activity::Started { duration, .. } => println!("started {}", milliseconds(duration)),
        Activity::Output { line } => println!("logged {line}"),
        Activity::Event { route_key, outcome, .. } if route_key == DEFAULT => match outcome {
            Outcome::Answered { duration, .. } => println!("answered {}", milliseconds(duration)),
            Outcome::Failed { reason, .. } => println!("failed {reason}"),
            Outcome::NoRoute | Outcome::NoOptionalRoute => {}
        },
        _ => {}
    }
}

async fn slow_management_api(latency: Duration) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let api =
        Router::new().route("/{stage}/@connections/{connection_id}", post(async move || time::sleep(latency).await));
    tokio::spawn(axum::serve(listener, api).into_future());
    Ok(address)
}
