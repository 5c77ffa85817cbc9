//! A local AWS Lambda: functions, and the execution environments they run in.

mod environment;
mod function;
mod pool;
mod process;
mod runtime_api;

pub use self::function::{DEFAULT_CONCURRENCY, DEFAULT_IDLE, Function, FunctionConfig, InvokeError};

/// The root of an X-Ray trace id: `1-65a6b1c0-` and 24 hexadecimal digits.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>.
pub(crate) fn trace_root() -> String {
    let seconds = jiff::Timestamp::now().as_second();
    // 12 bytes.
    let random = rand::random::<u128>() >> 32;
    format!("1-{seconds:08x}-{random:024x}")
}
