//! Log records, as Lambda's logging controls ask for them:
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-logs.html>.

use std::{env, io, time::Duration};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Where the Runtime API's client logs a failed invocation once more, and cannot tell which it was.
const LOGGED_BY_US: &str = "lambda_runtime::layers::panic";

/// Writes log records to stdout, where Lambda takes them to CloudWatch: as JSON if `AWS_LAMBDA_LOG_FORMAT` says
/// so, from the level that `AWS_LAMBDA_LOG_LEVEL` names (`info` if it names none). `debug` is what the host has to say,
/// `trace` is `debug` with that of the libraries. Only the first call counts.
pub fn init() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default();
    let (host, libraries) = level_filters(&level);
    let filter = Targets::new()
        .with_default(libraries)
        .with_target(env!("CARGO_CRATE_NAME"), host)
        .with_target(LOGGED_BY_US, LevelFilter::OFF);
    let records = fmt::layer().with_target(false).with_ansi(false).with_writer(io::stdout);
    let records = if env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json")) {
        records.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        records.without_time().boxed()
    };
    // A second call keeps the first subscriber: tests share a process.
    let _ = tracing_subscriber::registry().with(records).with(filter).try_init();
}

/// A duration in ms, as records have it.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// For the host and its handlers, and for the libraries.
fn level_filters(level: &str) -> (LevelFilter, LevelFilter) {
    match level.to_ascii_uppercase().as_str() {
        // There is nothing finer: what libraries trace is left out when the host is built.
        "TRACE" => (LevelFilter::DEBUG, LevelFilter::DEBUG),
        "DEBUG" => (LevelFilter::DEBUG, LevelFilter::INFO),
        "WARN" => (LevelFilter::WARN, LevelFilter::WARN),
        // Lambda's most severe level; tracing's is ERROR.
        "ERROR" | "FATAL" => (LevelFilter::ERROR, LevelFilter::ERROR),
        _ => (LevelFilter::INFO, LevelFilter::INFO),
    }
}
