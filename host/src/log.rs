//! Log records, as Lambda's logging controls ask for them:
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-logs.html>.

use std::{env, io, time::Duration};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The target of records in which the Runtime API's client logs a failed invocation again, without its ids.
const LOGGED_BY_US: &str = "lambda_runtime::layers::panic";

/// Writes log records to stdout, from where Lambda takes them to CloudWatch. Only the first call counts.
///
/// `AWS_LAMBDA_LOG_FORMAT` says whether records are JSON or text. `AWS_LAMBDA_LOG_LEVEL` names the least severe level
/// that is logged, `info` by default. `debug` adds the host's records, and `trace` those of the libraries.
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

/// A duration in ms, as records show it.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The levels for the host with its handlers, and for the libraries.
fn level_filters(level: &str) -> (LevelFilter, LevelFilter) {
    match level.to_ascii_uppercase().as_str() {
        // There is no finer level: the host is built without the libraries' trace records.
        "TRACE" => (LevelFilter::DEBUG, LevelFilter::DEBUG),
        "DEBUG" => (LevelFilter::DEBUG, LevelFilter::INFO),
        "WARN" => (LevelFilter::WARN, LevelFilter::WARN),
        // FATAL is Lambda's most severe level. ERROR is tracing's.
        "ERROR" | "FATAL" => (LevelFilter::ERROR, LevelFilter::ERROR),
        _ => (LevelFilter::INFO, LevelFilter::INFO),
    }
}
