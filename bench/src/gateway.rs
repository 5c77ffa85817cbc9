//! The local gateways beside each other.

use std::{path::Path, time::Instant};

use futures_util::future::try_join_all;

use crate::{
    client::{Client, messages_per_second},
    contender::Contender,
    scale::Scale,
    statistics::{median, percentile},
    table::{Measure, Table},
};

const MEASURES: [Measure; 9] = [
    ("start until a client is connected", "ms"),
    ("start until the first message is back", "ms"),
    ("round trip, p50", "ms"),
    ("round trip, p99", "ms"),
    ("1 client", "messages/s"),
    ("32 clients", "messages/s"),
    ("256 clients", "messages/s"),
    ("resident memory after that", "MB"),
    ("and with 10,000 connections", "MB"),
];

pub async fn measure(folder: &Path, goblet: &Path, scale: &Scale) -> anyhow::Result<Table> {
    let contenders =
        [Contender::goblet(folder, goblet.to_owned()).await?, Contender::serverless_offline(folder).await?];
    let mut table = Table::new("The local gateways", &MEASURES, contenders.iter().map(Contender::name));
    table.measure(scale.repeats, async |contender| measure_once(&contenders[contender], scale).await).await?;
    Ok(table)
}

async fn measure_once(contender: &Contender, scale: &Scale) -> anyhow::Result<Vec<Option<f64>>> {
    let count = scale.messages;
    let milliseconds = |start: Instant| start.elapsed().as_secs_f64() * 1000.0;
    let start = Instant::now();
    let (process, url) = contender.start()?;
    let mut client = Client::connect_when_ready(&url).await?;
    let connected = milliseconds(start);
    client.round_trip("first").await?;
    let answered = milliseconds(start);
    // Warm-up: what is compiled just in time is compiled by then.
    Client::connect(&url).await?.round_trips(count / 2).await?;
    let times = Client::connect(&url).await?.round_trips(count).await?;
    let mut rates = [None; 3];
    for (rate, clients) in rates.iter_mut().zip([1, 32, 256]) {
        match messages_per_second(&url, clients, count).await {
            Ok(measured) => *rate = Some(measured),
            Err(error) => eprintln!("{} fails with {clients} clients: {error:#}", contender.name()),
        }
    }
    let memory = process.resident_memory();
    let connections = try_join_all((0..scale.connections).map(|_| Client::connect(&url))).await;
    let with_connections = connections.is_ok().then(|| process.resident_memory());
    drop(connections);
    process.end().await;
    let [one, some, many] = rates;
    let (p50, p99) = (median(&times), percentile(&times, 0.99));
    Ok(vec![Some(connected), Some(answered), Some(p50), Some(p99), one, some, many, Some(memory), with_connections])
}
