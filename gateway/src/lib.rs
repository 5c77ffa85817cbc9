//! A WebSocket API Gateway and an AWS Lambda for one machine.
//!
//! A [`Gateway`] serves an [`Api`](api::Api) to WebSocket clients and its management API, `@connections`, on one
//! port. Each event goes to a [`Function`](lambda::Function), which runs it in execution environments: processes that
//! take their events from Lambda's Runtime API. Any program that speaks that protocol is a function; the gateway
//! knows nothing of WebAssembly.

pub mod activity;
pub mod api;
mod connection;
mod connections;
mod credentials;
mod dispatcher;
mod event;
mod front;
mod gateway;
mod id;
mod integration;
pub mod lambda;
pub mod limits;
mod management;
mod signature;
mod websocket;

pub use self::{gateway::Gateway, management::endpoint as management_endpoint};
