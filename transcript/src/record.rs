//! What the clients of a session have done and seen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    expected::Expected,
    message::Message,
    parse::Transcript,
    step::{Action, Step},
    text,
};

/// A session that is being recorded. Its clones record the same one.
#[derive(Clone, Debug, Default)]
pub struct Recording(Arc<Mutex<Vec<Step>>>);

impl Recording {
    /// The session so far.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        self.steps().iter().cloned().collect()
    }

    pub(crate) fn note(&self, client: &str, action: Action) {
        let mut steps = self.steps();
        let line = steps.len() + 1;
        steps.push(Step { line, client: client.to_owned(), action });
    }

    /// Notes a message for a client. It is expected exactly, or if it is JSON, as JSON.
    pub(crate) fn note_received(&self, client: &str, message: Message) {
        let expected = match &message {
            Message::Text(text) => {
                text::expected(text).ok().filter(|expected| matches!(expected, Expected::Json { .. }))
            }
            Message::Binary(_) => None,
        };
        let expected = expected.filter(|expected| expected.is(&message)).unwrap_or(Expected::Exactly(message));
        self.note(client, Action::Receive(expected));
    }

    fn steps(&self) -> MutexGuard<'_, Vec<Step>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
