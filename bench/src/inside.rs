//! Where the time of a message goes inside the host, by its own log.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use tokio::time;

use crate::{
    client::Client,
    functions::PAUSE,
    runtime::Runtime,
    scale::Scale,
    statistics::median,
    table::{Measure, Table},
};

/// The text of the last record before the answer.
const DONE: &str = "the handler is done";

/// What a record of the log measures: by its text and its field.
const PARTS: [(Measure, &str, &str); 5] = [
    (("reading the event", "µs"), "the event is read", "elapsed_ms"),
    (("waiting for an instance", "µs"), "the event has an instance", "elapsed_ms"),
    (("the guest, with what it is given and returns", "µs"), DONE, "guest_ms"),
    (("the guest's call of `send`", "µs"), DONE, "connections_ms"),
    (("the next instance, after the answer", "µs"), "an instance is ready", "elapsed_ms"),
];

pub async fn measure(runtime: &Runtime, scale: &Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("Inside the host: one message", &PARTS.map(|(measure, ..)| measure), [runtime.name]);
    table.measure(scale.repeats, async |_| measure_once(runtime, scale.messages).await).await?;
    Ok(table)
}

#[derive(Deserialize)]
struct Record {
    message: String,
    #[serde(flatten)]
    fields: BTreeMap<String, serde_json::Value>,
}

async fn measure_once(runtime: &Runtime, count: usize) -> anyhow::Result<Vec<Option<f64>>> {
    let mut served = runtime.serve(runtime.echo, &["--log-level", "DEBUG"]).await?;
    let mut client = Client::connect(&served.url).await?;
    let mut times = PARTS.map(|_| Vec::with_capacity(count));
    for _ in 0..count {
        client.round_trip("inside").await?;
        while !measured(&served.next("logged").await?, &mut times)? {}
        time::sleep(PAUSE).await;
    }
    served.process.end().await;
    Ok(times.iter().map(|times| Some(median(times))).collect())
}

/// Takes from a record what it measures, and tells whether it is the last one of its message.
fn measured(record: &str, times: &mut [Vec<f64>; PARTS.len()]) -> anyhow::Result<bool> {
    let record: Record = serde_json::from_str(record)?;
    for (times, (_, message, field)) in times.iter_mut().zip(PARTS) {
        if record.message == message {
            let milliseconds = record.fields.get(field).and_then(serde_json::Value::as_f64);
            times.push(milliseconds.with_context(|| format!("{message:?} has no {field}"))? * 1000.0);
        }
    }
    Ok(record.message == DONE)
}
