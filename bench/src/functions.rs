//! The echo, cold and warm, and what it costs.

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;
use tokio::{process::Command, time};

use crate::{
    client::Client,
    process::run,
    runtime::Runtime,
    scale::Scale,
    statistics::{median, percentile},
    table::{Measure, Table},
};

const MEASURES: [Measure; 12] = [
    ("start until it asks for an event", "ms"),
    ("start until the first message is back", "ms"),
    ("the same, nothing in the page cache", "ms"),
    ("round trip, p50", "ms"),
    ("round trip, p99", "ms"),
    ("1 client", "messages/s"),
    ("1 environment", "messages/s"),
    ("CPU time a message", "µs"),
    ("instructions a message", "thousand"),
    ("resident memory after 1,000 messages", "MB"),
    ("uploaded: the program", "KB"),
    ("uploaded: a changed handler", "KB"),
];

/// Between messages that are measured one at a time: what a function does after its answer is over by then.
pub const PAUSE: Duration = Duration::from_millis(2);

/// Where Linux forgets what it has read from disks.
const DROP_CACHES: &str = "/proc/sys/vm/drop_caches";

pub async fn measure(title: &'static str, runtimes: &[Runtime], scale: &Scale) -> anyhow::Result<Table> {
    let names = runtimes.iter().map(|runtime| runtime.name);
    let mut table = Table::new(title, &MEASURES, names);
    table.measure(scale.repeats, async |contender| measure_once(&runtimes[contender], scale).await).await?;
    Ok(table)
}

async fn measure_once(runtime: &Runtime, scale: &Scale) -> anyhow::Result<Vec<Option<f64>>> {
    let (ready, answered) = cold(runtime, scale.cold, || ()).await?;
    let from_disk = if fs::write(DROP_CACHES, "1").is_ok() {
        let forget = || drop(fs::write(DROP_CACHES, "1"));
        Some(cold(runtime, scale.cold.div_ceil(4), forget).await?.1)
    } else {
        None
    };
    let warm = warm(runtime, scale.messages).await?;
    let environment_rate = one_environment(runtime, scale.messages).await?;
    // A Python program takes minutes in the emulator that counts.
    let instructions = match runtime.command.as_slice() {
        [program] => instructions(runtime, program, scale.messages / 10).await?,
        _ => None,
    };
    Ok(vec![
        Some(ready),
        Some(answered),
        from_disk,
        Some(warm.p50),
        Some(warm.p99),
        Some(warm.rate),
        Some(environment_rate),
        Some(warm.cpu),
        instructions,
        Some(warm.memory),
        Some(kilobytes(&runtime.program)?),
        Some(kilobytes(&runtime.handler)?),
    ])
}

/// The medians of cold starts: until the function asks for an event, and until the answer is at the client.
async fn cold(runtime: &Runtime, count: usize, before: impl Fn()) -> anyhow::Result<(f64, f64)> {
    let mut served = runtime.serve(runtime.echo, &["--cold"]).await?;
    let mut client = Client::connect(&served.url).await?;
    let (mut ready, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..count {
        before();
        answered.push(client.round_trip("cold").await?);
        ready.push(served.next_ms("started").await?);
        served.next("answered").await?;
    }
    served.process.end().await;
    Ok((median(&ready), median(&answered)))
}

struct Warm {
    p50: f64,
    p99: f64,
    rate: f64,
    cpu: f64,
    memory: f64,
}

async fn warm(runtime: &Runtime, count: usize) -> anyhow::Result<Warm> {
    let served = runtime.serve(runtime.echo, &[]).await?;
    let (process, url) = served.unheard();
    let mut client = Client::connect(&url).await?;
    client.round_trips(1000).await?;
    let memory = process.memory_of_functions();
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        time::sleep(PAUSE).await;
        times.push(client.round_trip("paused").await?);
    }
    time::sleep(PAUSE).await;
    let before = process.cpu_time_of_functions();
    let start = time::Instant::now();
    client.round_trips(count).await?;
    let elapsed = start.elapsed().as_secs_f64();
    time::sleep(PAUSE * 5).await;
    let cpu = process.cpu_time_of_functions() - before;
    process.end().await;
    #[allow(clippy::cast_precision_loss)]
    let count = count as f64;
    Ok(Warm { p50: median(&times), p99: percentile(&times, 0.99), rate: count / elapsed, cpu: cpu / count, memory })
}

/// Messages a second of one execution environment: each is sent when the function has answered the one before, so that
/// no other is started.
async fn one_environment(runtime: &Runtime, count: usize) -> anyhow::Result<f64> {
    let mut served = runtime.serve(runtime.echo, &[]).await?;
    let mut client = Client::connect(&served.url).await?;
    let mut send = async |count| {
        for _ in 0..count {
            client.round_trip("one after the other").await?;
            served.next("answered").await?;
        }
        anyhow::Ok(())
    };
    send(100).await?;
    let start = time::Instant::now();
    send(count).await?;
    let elapsed = start.elapsed().as_secs_f64();
    served.process.end().await;
    #[allow(clippy::cast_precision_loss)]
    Ok(count as f64 / elapsed)
}

/// The instructions that a message takes, in thousands, as valgrind counts them, if it is there.
async fn instructions(runtime: &Runtime, program: &str, count: usize) -> anyhow::Result<Option<f64>> {
    if Command::new("valgrind").arg("--version").output().await.is_err() {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let output = format!("--callgrind-out-file={}/%p", folder.path().display());
    let counted = Runtime {
        command: ["valgrind", "--tool=callgrind", &output, program].map(ToOwned::to_owned).into(),
        ..runtime.clone()
    };
    let served = counted.serve(runtime.echo, &[]).await?;
    let (process, url) = served.unheard();
    let mut client = Client::connect(&url).await?;
    client.round_trips(20).await?;
    let dump = async || run(Command::new("callgrind_control").arg("--dump").stdout(std::process::Stdio::null())).await;
    dump().await?;
    client.round_trips(count).await?;
    dump().await?;
    process.end().await;
    // The first dump of a process has its start; the second what came after it.
    let mut total = 0.0;
    for entry in fs::read_dir(folder.path())? {
        let dump = entry?.path();
        if dump.extension().is_some_and(|number| number == "2") {
            total += total_of_dump(&dump)?;
        }
    }
    #[allow(clippy::cast_precision_loss)]
    Ok(Some(total / count as f64 / 1000.0))
}

fn total_of_dump(dump: &Path) -> anyhow::Result<f64> {
    let dump = fs::read_to_string(dump).with_context(|| format!("cannot read {}", dump.display()))?;
    let total = dump.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")));
    Ok(total.context("callgrind wrote no total")?.trim().parse()?)
}

/// The size of a file, or of all files in a folder, in KB.
#[allow(clippy::cast_precision_loss)]
fn kilobytes(path: &Path) -> anyhow::Result<f64> {
    if path.is_file() {
        return Ok(fs::metadata(path)?.len() as f64 / 1000.0);
    }
    let mut sum = 0.0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() != "__pycache__" {
            sum += kilobytes(&entry.path())?;
        }
    }
    Ok(sum)
}
