//! The DynamoDB for what remembers: in memory, in a process of its own, with the table of `chat.yaml`.

use std::{env, net::Ipv4Addr};

use anyhow::anyhow;
use dynoxide::{Database, actions::create_table::CreateTableRequest, server};
use serde_json::json;
use tokio::{net::TcpListener, process::Command, signal::ctrl_c};

use crate::runtime::Served;

pub const TABLE: &str = "goblet";

/// Serves it until Ctrl-C.
pub async fn run() -> anyhow::Result<()> {
    let database = Database::memory().map_err(|error| anyhow!(error))?;
    database.create_table(table()?).map_err(|error| anyhow!(error))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening http://{}", listener.local_addr()?);
    let ending = async { drop(ctrl_c().await) };
    server::serve_with_shutdown(listener, database, ending).await.map_err(|error| anyhow!(error))
}

pub async fn start() -> anyhow::Result<Served> {
    Served::start(Command::new(env::current_exe()?).arg("dynamodb")).await
}

fn table() -> anyhow::Result<CreateTableRequest> {
    let attribute = |name| json!({"AttributeName": name, "AttributeType": "S"});
    let keys = |partition, sort| json!([{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]);
    let request = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("PK"), attribute("SK"), attribute("c")],
        "KeySchema": keys("PK", "SK"),
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-connection",
            "KeySchema": keys("c", "PK"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    });
    serde_json::from_value(request).map_err(|error| anyhow!("{error}"))
}
