//! X-Ray trace ids, which `$connect` events and Lambda's Runtime API carry.

use jiff::Timestamp;

/// The root of a new trace id: `1-65a6b1c0-` and 24 hexadecimal digits.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>.
pub fn root() -> String {
    let seconds = Timestamp::now().as_second();
    // 12 bytes.
    let random = rand::random::<u128>() >> 32;
    format!("1-{seconds:08x}-{random:024x}")
}
