//! How long a handler may take for an event.

use std::{
    env,
    sync::Once,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long before Lambda's deadline a handler is stopped, so that its failure can still be reported.
const MARGIN: Duration = Duration::from_millis(100);

/// The function's timeout in seconds. Emulators such as SAM's set it; Lambda itself does not.
const TIMEOUT: &str = "AWS_LAMBDA_FUNCTION_TIMEOUT";

/// The longest timeout that a function can have:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const MAX_TIMEOUT: Duration = Duration::from_mins(15);

/// The deadlines of a process's events.
pub struct Deadlines {
    /// The time for an event that has no deadline.
    timeout: Duration,
    warning: Once,
}

impl Deadlines {
    pub fn from_env() -> Self {
        Self::new(env::var(TIMEOUT).ok().as_deref())
    }

    fn new(timeout: Option<&str>) -> Self {
        let timeout = timeout.and_then(|seconds| seconds.parse().ok()).map_or(MAX_TIMEOUT, Duration::from_secs);
        Self { timeout: timeout.min(MAX_TIMEOUT), warning: Once::new() }
    }

    /// When a handler is stopped, for an event that arrives now with this deadline, in ms since the Unix epoch.
    ///
    /// A deadline that has passed already is none: some emulators send the same number with every event.
    pub fn of(&self, deadline_ms: u64) -> Instant {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_millis(deadline_ms).checked_sub(now).filter(|left| !left.is_zero());
        let left = left.unwrap_or_else(|| {
            self.warning.call_once(|| {
                tracing::warn!(
                    "the event's deadline, {deadline_ms} ms since 1970, has passed already: the Runtime API or the \
                     clock is wrong. Events without a usable deadline get {} s",
                    self.timeout.as_secs()
                );
            });
            self.timeout
        });
        Instant::now() + left.saturating_sub(MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_to_come_counts() {
        let in_a_minute = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_mins(1);
        let deadline = Deadlines::new(None).of(u64::try_from(in_a_minute.as_millis()).unwrap());
        assert!(deadline < Instant::now() + Duration::from_mins(1));
    }

    #[test]
    fn a_deadline_that_has_passed_is_none() {
        let begin = Instant::now();
        for (timeout, expected) in [(None, 900), (Some("30"), 30), (Some("99999"), 900), (Some("long"), 900)] {
            let deadline = Deadlines::new(timeout).of(600_000);
            assert!(deadline + MARGIN >= begin + Duration::from_secs(expected), "{timeout:?}");
            assert!(deadline <= Instant::now() + Duration::from_secs(expected), "{timeout:?}");
        }
    }
}
