//! What happens, told as it happens, to whoever shows it.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Activity {
    /// An event was answered, or was nobody's to answer.
    Event {
        /// The client's connection.
        connection_id: String,
        /// `$connect`, `$disconnect`, or what the message selected.
        route_key: String,
        /// The client's address, its message, or the close code and reason.
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
    /// An execution environment is ready: a cold start.
    Started {
        /// The function's name.
        function: String,
        /// From the start of its process until it asked for an invocation, as Lambda's `Init Duration`.
        duration: Duration,
    },
    /// A function's process printed a line.
    Output {
        /// The line, without its end.
        line: String,
    },
}

/// What became of an event.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The API has no route for it. A connection opens and closes all the same; a message is refused.
    NoRoute,
    /// The function answered.
    Answered {
        /// From the event's arrival to the answer.
        duration: Duration,
        /// The answer's `statusCode`. On `$connect`, any other than 2xx refuses the client.
        status: u16,
    },
    /// The function failed.
    Failed {
        /// From the event's arrival to the failure.
        duration: Duration,
        /// Why.
        reason: String,
    },
}

/// Where activity is told. Tellers wait when the listener is slow: nothing piles up, nothing is left out.
#[derive(Clone, Debug)]
pub struct Observer(Option<mpsc::Sender<Activity>>);

impl Observer {
    /// Tells everything to a channel.
    #[must_use]
    pub fn new(sender: mpsc::Sender<Activity>) -> Self {
        Self(Some(sender))
    }

    /// Tells nobody.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    pub(crate) async fn tell(&self, activity: Activity) {
        if let Some(sender) = &self.0 {
            // A listener that has gone does not want to know.
            let _ = sender.send(activity).await;
        }
    }
}
