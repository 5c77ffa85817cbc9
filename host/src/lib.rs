//! Runs WebSocket handlers that are WebAssembly components, on AWS Lambda behind Amazon API Gateway.
//!
//! One event takes this way through the crate:
//!
//! 1. [`lambda`] gets the event from Lambda's Runtime API and reads it: JSON becomes an [`Event`](event::Event).
//! 2. A [`Handler`](handler::Handler) runs the component in a fresh instance and gives it the event.
//! 3. The component calls [`Services`](services::Services), such as API Gateway's management API.
//! 4. Its answer becomes a [`Response`](response::Response), which goes back to Lambda.
//!
//! The feature `lambda`, a default one, has what talks to AWS: [`lambda`], [`aws`] and the services over AWS. The feature
//! `compile` has a compiler for this machine's architecture, and `cross-compile` one for both architectures of Lambda.

#[cfg(feature = "lambda")]
pub mod aws;
pub mod event;
pub mod handler;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod log;
pub mod response;
pub mod services;
pub mod settings;
