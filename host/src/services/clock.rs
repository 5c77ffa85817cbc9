//! What time it is, for lifetimes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The system's clock, which a test may put forward. Clones are one clock.
///
/// ```
/// use std::time::Duration;
///
/// use goblet_host::services::Clock;
///
/// let clock = Clock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert!(clock.now() >= before + 60_000);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// In ms.
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// The time in ms since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        milliseconds(since_epoch).saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// Puts the clock forward.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(milliseconds(by), Ordering::Relaxed);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
