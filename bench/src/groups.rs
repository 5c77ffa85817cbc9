//! One message to all members of a group: their ids are in a table, or given.

use crate::{
    client::Client,
    fan_out::LATENCY,
    runtime::{REMEMBER, Runtime},
    scale::Scale,
    statistics::median,
    table::{Measure, Table},
};

const MEASURES: [Measure; 1] = [("1,000 members", "ms")];
const MEMBERS: &str = "1000";

/// How many messages are measured each time, of those that do not take seconds.
const MESSAGES: usize = 10;

/// What sends it.
struct Contender<'a> {
    name: &'static str,
    runtime: &'a Runtime,
    handler: &'static str,
    command: &'static str,
    messages: usize,
}

pub async fn measure(goblet: &Runtime, chalice: &Runtime, database: &str, scale: &Scale) -> anyhow::Result<Table> {
    let contenders = [
        Contender { name: "`groups::send`", runtime: goblet, handler: REMEMBER, command: "group", messages: MESSAGES },
        Contender {
            name: "`send_all`, ids given",
            runtime: goblet,
            handler: REMEMBER,
            command: "all",
            messages: MESSAGES,
        },
        Contender { name: "Chalice", runtime: chalice, handler: "groups.message", command: "group", messages: 1 },
    ];
    join(goblet, database).await?;
    let names = contenders.iter().map(|contender| contender.name);
    let mut table = Table::new("Groups: one message to all members, 5 ms a post", &MEASURES, names);
    table.measure(scale.repeats, async |contender| measure_once(&contenders[contender], database).await).await?;
    Ok(table)
}

async fn join(goblet: &Runtime, database: &str) -> anyhow::Result<()> {
    let mut served = goblet.serve(REMEMBER, &["--dynamodb", database]).await?;
    let mut client = Client::connect(&served.url).await?;
    client.send(&format!("join {MEMBERS}")).await?;
    served.next("answered").await?;
    served.process.end().await;
    Ok(())
}

async fn measure_once(contender: &Contender<'_>, database: &str) -> anyhow::Result<Vec<Option<f64>>> {
    let options = ["--latency", LATENCY, "--dynamodb", database];
    let mut served = contender.runtime.serve(contender.handler, &options).await?;
    let mut client = Client::connect(&served.url).await?;
    let message = format!("{} {MEMBERS}", contender.command);
    // The first is cold.
    client.send(&message).await?;
    served.next("answered").await?;
    let mut times = Vec::new();
    for _ in 0..contender.messages {
        client.send(&message).await?;
        times.push(served.next_ms("answered").await?);
    }
    served.process.end().await;
    Ok(vec![Some(median(&times))])
}
