//! Runs WebSocket handlers that are WebAssembly components, on AWS Lambda behind Amazon API Gateway.
//!
//! An [`Event`](event::Event) that Lambda delivers is given to a fresh instance of a
//! [`Handler`](handler::Handler), which answers through [`Connections`](connections::Connections):
//! API Gateway's management API, or the [in-memory](connections::InMemoryConnections) ones of a test.

pub mod connections;
pub mod event;
pub mod handler;
pub mod lambda;
pub mod log;
pub mod management;
pub mod response;
pub mod settings;
