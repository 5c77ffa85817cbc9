//! API Gateway's limits for WebSocket APIs:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.

use std::time::Duration;

/// The largest message, in bytes, from a client or to one.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// The largest frame, in bytes. A larger message is sent in several frames.
pub const MAX_FRAME: usize = 32 * 1024;

/// How long a function may take, unless its route says less.
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// How many messages of one connection may be in flight, from the client's frame to the function's answer.
///
/// They run at the same time. While there are so many, the gateway stops reading from the connection, so that TCP slows
/// its client down. The number is Goblet's own, AWS documents none: it is twice the number of processes that a function
/// can have, so one client can still keep all of them busy.
pub const MAX_IN_FLIGHT: usize = 64;

/// How many bytes of all connections' messages may be in flight. A message counts as its event takes memory: its length as
/// a JSON string, and 2 KB for the rest.
///
/// While there are so many, the gateway stops reading from connections that have another message, so that TCP slows their
/// clients down. The number is Goblet's own.
pub const MAX_BYTES_IN_FLIGHT: usize = 32 * 1024 * 1024;

/// How many of [`MAX_BYTES_IN_FLIGHT`] one connection may have, so that a client with large messages leaves room for
/// others.
pub const MAX_BYTES_IN_FLIGHT_OF_CONNECTION: usize = 4 * 1024 * 1024;

/// How long connections and requests may last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection without a message for this long is closed with 1001. AWS: 10 minutes.
    pub idle: Duration,
    /// A connection of this age is closed with 1001. AWS: 2 hours.
    pub lifetime: Duration,
    /// An HTTP request must arrive within this time: first its head, then (in as much time again) its body.
    /// The default, 10 seconds, is Goblet's own.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { idle: Duration::from_mins(10), lifetime: Duration::from_hours(2), request: Duration::from_secs(10) }
    }
}
