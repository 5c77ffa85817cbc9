//! The local gateways beside each other.

use std::{fmt::Write as _, path::Path, time::Instant};

use serde::Serialize;

use crate::{
    client::{Client, messages_per_second, round_trips},
    contender::Contender,
    statistics::{median, percentile},
};

/// One contender's figures, of all repeats.
#[derive(Serialize)]
pub struct Figures {
    name: &'static str,
    measures: Vec<Measure>,
}

#[derive(Serialize)]
struct Measure {
    name: &'static str,
    unit: &'static str,
    /// Of each repeat; nothing where the contender failed.
    values: Vec<Option<f64>>,
}

const MEASURES: [(&str, &str); 8] = [
    ("start until a client is connected", "ms"),
    ("start until the first message is back", "ms"),
    ("round trip, p50", "ms"),
    ("round trip, p99", "ms"),
    ("1 client", "messages/s"),
    ("32 clients", "messages/s"),
    ("256 clients", "messages/s"),
    ("resident memory after that", "MB"),
];

/// Measures the contenders in turn, so that a noisy machine moves both.
pub async fn measure(folder: &Path, repeats: usize, is_short: bool) -> anyhow::Result<Vec<Figures>> {
    let contenders = [Contender::goblet(folder).await?, Contender::serverless_offline(folder).await?];
    let mut figures: Vec<Figures> = contenders.iter().map(|contender| Figures::of(contender.name())).collect();
    for repeat in 1..=repeats {
        for (contender, figures) in contenders.iter().zip(&mut figures) {
            eprintln!("{repeat} of {repeats}: {}", contender.name());
            let values = measure_once(contender, is_short).await?;
            figures.measures.iter_mut().zip(values).for_each(|(measure, value)| measure.values.push(value));
        }
    }
    Ok(figures)
}

async fn measure_once(contender: &Contender, is_short: bool) -> anyhow::Result<[Option<f64>; MEASURES.len()]> {
    let count = if is_short { 50 } else { 2000 };
    let milliseconds = |start: Instant| start.elapsed().as_secs_f64() * 1000.0;
    let start = Instant::now();
    let (process, url) = contender.start()?;
    let mut client = Client::connect_when_ready(&url).await?;
    let connected = milliseconds(start);
    client.round_trip("first").await?;
    let answered = milliseconds(start);
    // Warm-up: what is compiled just in time is compiled by then.
    round_trips(&url, count / 2).await?;
    let times = round_trips(&url, count).await?;
    let mut rates = [None; 3];
    for (rate, clients) in rates.iter_mut().zip([1, 32, 256]) {
        match messages_per_second(&url, clients, count).await {
            Ok(measured) => *rate = Some(measured),
            Err(error) => eprintln!("{} fails with {clients} clients: {error:#}", contender.name()),
        }
    }
    let memory = process.resident_memory();
    process.end().await;
    let [one, some, many] = rates;
    let (p50, p99) = (median(&times), percentile(&times, 0.99));
    Ok([Some(connected), Some(answered), Some(p50), Some(p99), one, some, many, Some(memory)])
}

impl Figures {
    fn of(name: &'static str) -> Self {
        let measures = MEASURES.map(|(name, unit)| Measure { name, unit, values: Vec::new() });
        Self { name, measures: measures.into() }
    }
}

impl Measure {
    fn median(&self) -> Option<f64> {
        let values: Vec<f64> = self.values.iter().copied().flatten().collect();
        (!values.is_empty()).then(|| median(&values))
    }
}

/// The medians in Markdown, and of the first contender how it compares.
pub fn table(figures: &[Figures]) -> String {
    let names: Vec<&str> = figures.iter().map(|figures| figures.name).collect();
    let mut table =
        format!("| | unit | {} | ratio |\n| --- | --- |{}", names.join(" | "), " ---: |".repeat(names.len() + 1));
    for (index, (name, unit)) in MEASURES.iter().enumerate() {
        let medians: Vec<Option<f64>> = figures.iter().map(|figures| figures.measures[index].median()).collect();
        let cells: Vec<String> = medians.iter().map(|value| value.map_or("fails".to_owned(), readable)).collect();
        let ratio = match medians.as_slice() {
            [Some(first), .., Some(last)] => readable(last / first),
            _ => String::new(),
        };
        let _ = write!(table, "\n| {name} | {unit} | {} | {} |", cells.join(" | "), ratio);
    }
    table
}

/// Three digits that mean something.
fn readable(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
