//! Log records with levels. What a handler prints becomes records, too: a line of stdout is one of level `info`, a line
//! of stderr one of level `error`.
//!
//! ```no_run
//! use goblet::log::{Level, log};
//!
//! log(Level::Warn, "nobody is in the room\nwhich is odd");
//! ```

use crate::bindings::imports::goblet::websocket::log;
pub use crate::bindings::imports::goblet::websocket::log::Level;

/// Logs a message: one record, which may have many lines. The function's `AWS_LAMBDA_LOG_LEVEL` names the least severe
/// level that is logged. More than 16 KB become several records, and 256 KB of an event are logged.
pub fn log(level: Level, message: impl AsRef<str>) {
    log::log(level, message.as_ref());
}
