//! One value in a table: the first `get` of a process, and a `get` and a `put` of a process that is warm.

use tokio::time;

use crate::{
    client::Client,
    functions::PAUSE,
    runtime::{REMEMBER, Runtime},
    scale::Scale,
    statistics::median,
    table::{Measure, Table},
};

const MEASURES: [Measure; 4] = [
    ("start until the first message, with a `get`, is back", "ms"),
    ("round trip with a `get`, p50", "ms"),
    ("round trip with a `put`, p50", "ms"),
    ("resident memory after 1,000 messages", "MB"),
];

pub async fn measure(contenders: [&Runtime; 2], database: &str, scale: &Scale) -> anyhow::Result<Table> {
    let names = contenders.iter().map(|runtime| runtime.name);
    let mut table = Table::new("State: one value", &MEASURES, names);
    let measure_once = async |contender: usize| measure_once(contenders[contender], database, scale).await;
    table.measure(scale.repeats, measure_once).await?;
    Ok(table)
}

async fn measure_once(runtime: &Runtime, database: &str, scale: &Scale) -> anyhow::Result<Vec<Option<f64>>> {
    let served = runtime.serve(REMEMBER, &["--dynamodb", database]).await?;
    let (process, url) = served.unheard();
    let mut client = Client::connect(&url).await?;
    for _ in 0..500 {
        client.round_trip("put").await?;
        client.round_trip("get").await?;
    }
    let memory = process.memory_of_functions();
    let (mut gets, mut puts) = (Vec::new(), Vec::new());
    for _ in 0..scale.messages {
        for (message, times) in [("get", &mut gets), ("put", &mut puts)] {
            time::sleep(PAUSE).await;
            times.push(client.round_trip(message).await?);
        }
    }
    process.end().await;
    let first = first_gets(runtime, database, scale.cold).await?;
    Ok([median(&first), median(&gets), median(&puts), memory].map(Some).into())
}

/// Each in a process that starts for it. The value is there.
async fn first_gets(runtime: &Runtime, database: &str, count: usize) -> anyhow::Result<Vec<f64>> {
    let mut served = runtime.serve(REMEMBER, &["--cold", "--dynamodb", database]).await?;
    let mut client = Client::connect(&served.url).await?;
    let mut times = Vec::new();
    for _ in 0..count {
        times.push(client.round_trip("get").await?);
        served.next("answered").await?;
    }
    served.process.end().await;
    Ok(times)
}
