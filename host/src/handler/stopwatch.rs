//! How long a guest waits for a service.

use std::time::{Duration, Instant};

/// Adds up the time that an instance's calls of one service take.
#[derive(Default)]
pub struct Stopwatch {
    elapsed: Duration,
}

impl Stopwatch {
    /// Waits for a call.
    pub async fn time<T>(&mut self, call: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let result = call.await;
        self.elapsed += start.elapsed();
        result
    }

    /// How long all calls together have taken.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
