//! One message to many connections: all at once, or one after the other.

use crate::{
    client::Client,
    runtime::Runtime,
    scale::Scale,
    table::{Measure, Table},
};

const MEASURES: [Measure; 3] = [("10 connections", "ms"), ("100 connections", "ms"), ("1,000 connections", "ms")];
const CONNECTIONS: [&str; MEASURES.len()] = ["10", "100", "1000"];

/// What a post takes, in ms: about what it takes in a region of AWS.
pub const LATENCY: &str = "5";

pub async fn measure(runtimes: &[Runtime], scale: &Scale) -> anyhow::Result<Table> {
    let contenders: Vec<(&Runtime, &str)> =
        runtimes.iter().filter_map(|runtime| Some((runtime, runtime.fan_out?))).collect();
    let names = contenders.iter().map(|(runtime, _)| runtime.name);
    let mut table = Table::new("Fan-out: one message to many, 5 ms a post", &MEASURES, names);
    let measure_once = async |contender| {
        let (runtime, handler) = contenders[contender];
        measure_once(runtime, handler).await
    };
    table.measure(scale.repeats, measure_once).await?;
    Ok(table)
}

async fn measure_once(runtime: &Runtime, handler: &str) -> anyhow::Result<Vec<Option<f64>>> {
    let mut served = runtime.serve(handler, &["--latency", LATENCY]).await?;
    let mut client = Client::connect(&served.url).await?;
    // The first is cold.
    client.send(CONNECTIONS[0]).await?;
    served.next("answered").await?;
    let mut values = Vec::new();
    for count in CONNECTIONS {
        client.send(count).await?;
        values.push(Some(served.next_ms("answered").await?));
    }
    served.process.end().await;
    Ok(values)
}
