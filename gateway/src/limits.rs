//! API Gateway's limits for WebSocket APIs:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.

use std::time::Duration;

/// The largest message, in bytes, from a client or to one.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// The largest frame, in bytes; a larger message is sent in several.
pub const MAX_FRAME: usize = 32 * 1024;

/// How long a function may take, unless its route says less.
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// How long connections may last. AWS's own values are the default.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection without a message for so long is closed with 1001.
    pub idle: Duration,
    /// A connection is closed with 1001 when it is so old.
    pub lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { idle: Duration::from_mins(10), lifetime: Duration::from_hours(2) }
    }
}
