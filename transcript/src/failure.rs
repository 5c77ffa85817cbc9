//! What was to happen, and what did.

use crate::step::{Action, NO_CLOSE_FRAME, NO_CODE, Step};

/// The first step of a session at which something else happened.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {}: expected: {}; got: {}", step.line, difference.expected(), difference.got())]
pub struct Failure {
    /// The step. For what comes after a client's last one, it is that one.
    pub step: Box<Step>,
    /// What differs.
    pub difference: Difference,
}

/// How something differs from what was expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Another message came. These are the texts of both, with the lines of JSON in the same order.
    Message {
        /// The text that was expected.
        expected: String,
        /// The text that came.
        got: String,
    },
    /// Something else happened. This is in words.
    Event {
        /// What was expected.
        expected: String,
        /// What happened.
        got: String,
    },
}

impl Difference {
    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &str {
        match self {
            Self::Message { expected, .. } | Self::Event { expected, .. } => expected,
        }
    }

    /// What happened.
    #[must_use]
    pub fn got(&self) -> &str {
        match self {
            Self::Message { got, .. } | Self::Event { got, .. } => got,
        }
    }

    pub(crate) fn event(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Event { expected: expected.into(), got: got.into() }
    }
}

impl Step {
    pub(crate) fn failed(&self, difference: Difference) -> Failure {
        Failure { step: Box::new(self.clone()), difference }
    }

    /// What is to happen, in words.
    pub(crate) fn in_words(&self) -> String {
        match &self.action {
            Action::Connect(connect) => match connect.refusal {
                None => "the client is let in".to_owned(),
                Some(status) => format!("the client is refused with the status {status}"),
            },
            Action::Send(message) => format!("the client can send: {message}"),
            Action::Receive(expected) => format!("the message: {expected}"),
            Action::Close { .. } => "the client closes the connection".to_owned(),
            Action::Drop => "the client's connection ends".to_owned(),
            Action::Closed(None) => "the server closes the connection".to_owned(),
            Action::Closed(Some(NO_CODE)) => "the server closes the connection, without a code".to_owned(),
            Action::Closed(Some(NO_CLOSE_FRAME)) => "the connection ends without a close frame".to_owned(),
            Action::Closed(Some(code)) => format!("the server closes the connection with {code}"),
        }
    }
}
