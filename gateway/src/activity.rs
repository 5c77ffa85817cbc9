//! What happens in the gateway, told as it happens to whoever shows it.
//!
//! The gateway never waits for its listener: what does not fit into the channel between them is left out and counted.
//!
//! ```
//! # #[tokio::main]
//! # async fn main() {
//! use goblet_gateway::activity::{Activity, Observer};
//!
//! let (observer, mut activities) = Observer::channel();
//! // The observer goes to `Gateway::start` and `Function::new`.
//! drop(observer);
//! while let Some(activity) = activities.recv().await {
//!     match activity {
//!         Activity::Output { line } => println!("{line}"),
//!         Activity::LeftOut { lines } => println!("{lines} lines left out"),
//!         other => println!("{other:?}"),
//!     }
//! }
//! # }
//! ```

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::mpsc::{self, error::TryRecvError};

/// How much may wait for a slow listener, in bytes. That is about 16,000 short lines.
const MAX_WAITING: usize = 4 * 1024 * 1024;

/// Something that happened.
///
/// Texts are what clients, functions and requests sent, unchanged: escape them before you print them on a terminal.
#[derive(Clone, Debug)]
pub enum Activity {
    /// An event was answered, or no route took it.
    Event {
        /// The client's connection.
        connection_id: String,
        /// `$connect`, `$disconnect`, or the route key that the message selected.
        route_key: String,
        /// The client's address (`$connect`), its message, or the close code and reason (`$disconnect`). Of a message
        /// over 4 KB, it is the beginning and the size: `foo… (131072 bytes)`.
        subject: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// A message was sent to a client.
    Sent {
        /// The client's connection.
        connection_id: String,
        /// The message.
        message: Bytes,
    },
    /// Messages for a client did not reach it.
    Lost {
        /// The client's connection.
        connection_id: String,
        /// How many.
        messages: usize,
        /// Why, for the developer to read.
        reason: String,
    },
    /// The gateway refused an HTTP request, before any function heard of it. For example `403 /api/: this API's stage is
    /// /dev/`.
    Refused {
        /// The answer's HTTP status.
        status: u16,
        /// The request's path.
        path: String,
        /// Why, for the developer to read. The client is told less.
        reason: String,
    },
    /// An execution environment is ready: a cold start.
    Started {
        /// The function's name.
        function: String,
        /// From the start of its process until it asked for an invocation, as Lambda's `Init Duration`.
        duration: Duration,
    },
    /// A function was invoked by its name: with Lambda's Invoke API.
    Invoked {
        /// The function's name.
        function: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// A function's process printed a line.
    Output {
        /// The line, without its end. A line over 64 KB comes in several parts.
        line: String,
    },
    /// The listener was too slow: at this place, activities are missing.
    LeftOut {
        /// How many.
        lines: u64,
    },
}

/// What became of an event.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// No route takes the message: there is no `$default` route. The client gets a frame that says `Forbidden`.
    NoRoute,
    /// The API has no `$connect` route, or no `$disconnect` route. They are optional: the client is let in, or goes, all
    /// the same.
    NoOptionalRoute,
    /// The function answered.
    Answered {
        /// From the event's arrival to the answer.
        duration: Duration,
        /// The answer's `statusCode`. On `$connect`, any other than 2xx refuses the client.
        status: u16,
        /// The answer's body, if the status is no 2xx. It tells why, and a client that is refused does not get it. Of a
        /// body over 4 KB, it is the beginning and the size.
        refusal: Option<String>,
    },
    /// The function failed.
    Failed {
        /// From the event's arrival to the failure.
        duration: Duration,
        /// Why.
        reason: String,
    },
}

impl Activity {
    /// About how much memory it takes, in bytes.
    fn size(&self) -> usize {
        let texts = match self {
            Self::Event { connection_id, route_key, subject, outcome } => {
                connection_id.len() + route_key.len() + subject.len() + outcome.size()
            }
            Self::Invoked { function, outcome } => function.len() + outcome.size(),
            Self::Sent { connection_id, message } => connection_id.len() + message.len(),
            Self::Lost { connection_id, reason, .. } => connection_id.len() + reason.len(),
            Self::Refused { path, reason, .. } => path.len() + reason.len(),
            Self::Started { function, .. } => function.len(),
            Self::Output { line } => line.len(),
            Self::LeftOut { .. } => 0,
        };
        size_of::<Self>() + texts
    }
}

impl Outcome {
    /// How long its text is, in bytes.
    fn size(&self) -> usize {
        match self {
            Self::Failed { reason, .. } | Self::Answered { refusal: Some(reason), .. } => reason.len(),
            _ => 0,
        }
    }
}

/// Tells activities to a listener, and never waits for it.
#[derive(Clone, Debug)]
pub struct Observer(Option<(mpsc::UnboundedSender<Activity>, Arc<Waiting>)>);

/// Receives what an [`Observer`] and its clones tell.
///
/// When the listener falls behind by 4 MB, new activities are left out until it has received all that wait. Then one
/// [`Activity::LeftOut`] tells how many are missing.
#[derive(Debug)]
pub struct Activities {
    receiver: mpsc::UnboundedReceiver<Activity>,
    waiting: Arc<Waiting>,
}

/// What waits between an observer and its listener.
#[derive(Debug, Default)]
struct Waiting(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: usize,
    left_out: u64,
}

impl Waiting {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer {
    /// An observer and its listener's end.
    #[must_use]
    pub fn channel() -> (Self, Activities) {
        // Unbounded in number, bounded in bytes by `waiting`.
        let (sender, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(Waiting::default());
        (Self(Some((sender, Arc::clone(&waiting)))), Activities { receiver, waiting })
    }

    /// An observer without a listener.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Tells an activity, or counts it as left out.
    pub(crate) fn tell(&self, activity: Activity) {
        let Some((sender, waiting)) = &self.0 else { return };
        let size = activity.size();
        let mut counts = waiting.counts();
        // An activity that is left out is always behind one that waits: the listener will come and find the count.
        if counts.left_out > 0 || (counts.bytes > 0 && counts.bytes + size > MAX_WAITING) {
            counts.left_out += 1;
        } else if sender.send(activity).is_ok() {
            counts.bytes += size;
        }
    }
}

impl Activities {
    /// The next activity, or `None` when all observers are gone.
    pub async fn recv(&mut self) -> Option<Activity> {
        match self.try_recv() {
            Err(TryRecvError::Empty) => {
                let activity = self.receiver.recv().await;
                self.received(activity)
            }
            received => received.ok(),
        }
    }

    /// [`recv`](Self::recv) for a thread of its own, outside of async code.
    pub fn blocking_recv(&mut self) -> Option<Activity> {
        match self.try_recv() {
            Err(TryRecvError::Empty) => {
                let activity = self.receiver.blocking_recv();
                self.received(activity)
            }
            received => received.ok(),
        }
    }

    /// The next activity, if one waits.
    ///
    /// # Errors
    ///
    /// `Empty` if none waits, `Disconnected` if none will come.
    pub fn try_recv(&mut self) -> Result<Activity, TryRecvError> {
        match self.receiver.try_recv() {
            Ok(activity) => {
                self.waiting.counts().bytes -= activity.size();
                Ok(activity)
            }
            Err(error) => match std::mem::take(&mut self.waiting.counts().left_out) {
                0 => Err(error),
                lines => Ok(Activity::LeftOut { lines }),
            },
        }
    }

    fn received(&self, activity: Option<Activity>) -> Option<Activity> {
        self.waiting.counts().bytes -= activity.as_ref()?.size();
        activity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize, length: usize) -> Activity {
        let number = number.to_string();
        Activity::Output { line: " ".repeat(length.saturating_sub(number.len())) + &number }
    }

    /// The numbers of the lines that wait, and the counts of those left out.
    fn received(activities: &mut Activities) -> Vec<Result<usize, u64>> {
        let received = std::iter::from_fn(|| activities.try_recv().ok());
        received
            .map(|activity| match activity {
                Activity::Output { line } => Ok(line.trim().parse().expect("a number")),
                Activity::LeftOut { lines } => Err(lines),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_a_slow_listener_misses_is_counted_where_it_is_missing() {
        let (observer, mut activities) = Observer::channel();
        let length = MAX_WAITING / 4;
        (0..10).for_each(|number| observer.tell(line(number, length)));
        // Small enough, but after what is left out.
        observer.tell(line(10, 1));
        assert_eq!(received(&mut activities), [Ok(0), Ok(1), Ok(2), Err(8)]);
        observer.tell(line(11, 1));
        assert_eq!(received(&mut activities), [Ok(11)]);
    }

    #[test]
    fn many_short_lines_are_bounded_too() {
        let (observer, mut activities) = Observer::channel();
        (0..100_000).for_each(|number| observer.tell(line(number, 1)));
        drop(observer);
        let received = received(&mut activities);
        let (waited, left_out) = (received.len() - 1, received[received.len() - 1]);
        assert!((10_000..50_000).contains(&waited), "{waited} waited");
        assert_eq!(left_out, Err(100_000 - waited as u64));
        assert_eq!(activities.try_recv().unwrap_err(), TryRecvError::Disconnected);
    }

    #[test]
    fn a_line_over_the_bound_is_told_where_nothing_waits() {
        let (observer, mut activities) = Observer::channel();
        observer.tell(line(1, 2 * MAX_WAITING));
        observer.tell(line(2, 1));
        assert_eq!(received(&mut activities), [Ok(1), Err(1)]);
        assert_eq!(activities.waiting.counts().bytes, 0);
    }
}
