//! A WebSocket API Gateway and an AWS Lambda for one machine.
//!
//! A [`Gateway`] serves an [`Api`](api::Api) to WebSocket clients, and the management API, `@connections`, to functions,
//! on one port. Each event goes to a [`Function`](lambda::Function), which runs it in execution environments: processes
//! that take their events from Lambda's Runtime API. Any program that speaks that protocol is a function. The gateway
//! knows nothing of WebAssembly.

pub mod activity;
pub mod api;
mod callers;
mod connection;
mod credentials;
mod dispatcher;
mod front;
mod gateway;
mod id;
mod in_flight;
mod integration;
pub mod lambda;
pub mod limits;
mod management;
mod open_connections;
pub mod proxy;
mod proxy_event;
mod refusal;
pub mod relay;
mod server;
pub mod settings;
mod signature;
mod text;
mod trace;
mod websocket;

pub use self::{
    credentials::service_host,
    gateway::Gateway,
    management::{endpoint_variables, local},
};
