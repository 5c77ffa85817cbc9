//! WebSocket sessions as text: read, played as a test, and recorded.
//!
//! A transcript is what people see of a session, with the lines of several clients in one file. The grammar is in
//! `docs/transcripts.md`.
//!
//! ```
//! use goblet_transcript::{Action, Transcript};
//!
//! let transcript: Transcript = "\
//! alice> /join lobby
//! alice< /^Joined/
//! bob: connect ?token=no => 401
//! ".parse()?;
//! assert_eq!(transcript.steps().len(), 3);
//! assert!(matches!(transcript.steps()[2].action, Action::Connect(_)));
//! # Ok::<(), goblet_transcript::SyntaxError>(())
//! ```
//!
//! [`Session::play`] plays it against a [`Target`], and tells the first [`Failure`]. [`Recorder`] stands before a server, and
//! writes down what its clients do.

mod client;
mod compressed;
mod connector;
mod error;
mod expected;
mod failure;
mod json;
mod lines;
mod message;
mod parse;
mod play;
mod python_bytes;
mod record;
mod relay;
mod states;
mod step;
mod target;
mod text;
mod write;

pub use self::{
    connector::Connector,
    error::SyntaxError,
    expected::{Expected, Pattern},
    failure::{Difference, Failure},
    json::JsonPattern,
    message::Message,
    parse::Transcript,
    play::Session,
    record::Recording,
    relay::Recorder,
    step::{Action, Connect, Step},
    target::{Target, TargetError},
};
