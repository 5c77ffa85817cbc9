//! Log records, as Lambda's logging controls ask for them:
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-logs.html>.

use std::{env, io};

use tracing::level_filters::LevelFilter;

/// Writes log records to stdout, where Lambda takes them to `CloudWatch`: as JSON if `AWS_LAMBDA_LOG_FORMAT` says
/// so, from the level that `AWS_LAMBDA_LOG_LEVEL` names (`info` if it names none). Only the first call counts.
pub fn init() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level_filter(&level))
        .with_target(false)
        .with_ansi(false)
        .with_writer(io::stdout);
    // A second call keeps the first subscriber: tests share a process.
    let _ = if env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json")) {
        subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        subscriber.without_time().try_init()
    };
}

fn level_filter(level: &str) -> LevelFilter {
    match level.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        // Lambda's most severe level; tracing's is ERROR.
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}
