//! Room for messages in flight: how many there may be at once, from a client's frame to the function's answer.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::limits::{MAX_BYTES_IN_FLIGHT, MAX_BYTES_IN_FLIGHT_OF_CONNECTION, MAX_IN_FLIGHT};

/// What a message costs besides its text, in bytes: the rest of its event, and its task.
const OVERHEAD: usize = 2 * 1024;

/// The room that all connections share, in bytes.
pub struct SharedRoom(Arc<Semaphore>);

/// The room of one connection: a number of messages, and a part of the shared room.
pub struct Room {
    messages: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    shared: Arc<Semaphore>,
}

/// The room that one message takes. Dropping it gives the room back.
pub struct Permit {
    _message: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
    shared: Option<OwnedSemaphorePermit>,
}

impl Default for SharedRoom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_BYTES_IN_FLIGHT)))
    }
}

impl SharedRoom {
    /// The room of one more connection.
    pub fn of_connection(&self) -> Room {
        Room {
            messages: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
            bytes: Arc::new(Semaphore::new(MAX_BYTES_IN_FLIGHT_OF_CONNECTION)),
            shared: Arc::clone(&self.0),
        }
    }
}

impl Room {
    /// Waits until there is room for a message.
    ///
    /// It ends, because a message never costs more than there is, and those that have shared room do not wait for more.
    ///
    /// # Errors
    ///
    /// If a semaphore was closed, which nobody does.
    pub async fn enter(&self, message: &str) -> Result<Permit, AcquireError> {
        let cost = cost(message);
        Ok(Permit {
            _message: Arc::clone(&self.messages).acquire_owned().await?,
            _bytes: Arc::clone(&self.bytes).acquire_many_owned(cost).await?,
            shared: Some(Arc::clone(&self.shared).acquire_many_owned(cost).await?),
        })
    }
}

impl Permit {
    /// Gives the shared room back, because the event is no longer in memory. What is left to do for the message concerns
    /// its own connection.
    pub fn leave_shared_room(&mut self) {
        self.shared = None;
    }
}

/// About how many bytes a message's event takes.
fn cost(message: &str) -> u32 {
    let in_json = |byte| match byte {
        // Such as `\u0001`.
        ..b' ' => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    let cost = OVERHEAD + message.bytes().map(in_json).sum::<usize>();
    u32::try_from(cost.min(MAX_BYTES_IN_FLIGHT_OF_CONNECTION)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::limits::MAX_MESSAGE;

    /// Enters with one message after the other while there is room.
    fn fill(room: &Room, message: &str) -> Vec<Permit> {
        std::iter::from_fn(|| room.enter(message).now_or_never()?.ok()).collect()
    }

    #[test]
    fn a_message_costs_what_its_event_takes() {
        assert_eq!(cost("foo"), 2048 + 3);
        for message in ["\u{1}", "\u{1f}", "\n", "\"", "\\", "ä", "a"] {
            let json = serde_json::Value::from(message).to_string();
            assert!(cost(message) as usize >= OVERHEAD + json.len() - 2, "{message:?}");
        }
    }

    #[test]
    fn many_clients_with_large_messages_share_the_room() {
        let large = "\u{1}".repeat(MAX_MESSAGE);
        let shared = SharedRoom::default();
        let rooms: Vec<Room> = (0..20).map(|_| shared.of_connection()).collect();
        let mut permits: Vec<Permit> = rooms.iter().flat_map(|room| fill(room, &large)).collect();
        let bytes = permits.len() * 6 * MAX_MESSAGE;
        assert!(bytes <= MAX_BYTES_IN_FLIGHT && bytes > MAX_BYTES_IN_FLIGHT / 2, "{bytes} bytes in flight");
        // Who has waited gets the room of one that is answered, although that one's client has not read the answer.
        let waits = rooms[19].enter(&large);
        assert!(rooms[18].enter(&large).now_or_never().is_none());
        permits[0].leave_shared_room();
        assert!(waits.now_or_never().is_some());
    }

    #[test]
    fn one_client_leaves_room_for_others() {
        let shared = SharedRoom::default();
        let (one, other) = (shared.of_connection(), shared.of_connection());
        let large = "x".repeat(MAX_MESSAGE);
        let permits = fill(&one, &large);
        assert!((16..MAX_IN_FLIGHT).contains(&permits.len()), "{}", permits.len());
        assert!(one.enter("foo").now_or_never().is_some());
        assert_eq!(fill(&other, &large).len(), permits.len());
    }

    #[test]
    fn small_messages_are_counted() {
        assert_eq!(fill(&SharedRoom::default().of_connection(), "foo").len(), MAX_IN_FLIGHT);
    }
}
