//! A WebSocket API Gateway and an AWS Lambda for one machine.
//!
//! A [`Gateway`] serves an [`Api`](api::Api) to WebSocket clients, and the management API, `@connections`, to functions,
//! on one port. Each event goes to a [`Function`](lambda::Function), which runs it in execution environments: processes
//! that take their events from Lambda's Runtime API. Any program that speaks that protocol is a function. The gateway
//! knows nothing of WebAssembly.

pub mod activity;
pub mod admission;
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
pub mod invoke;
mod json_path;
pub mod lambda;
pub mod limits;
mod management;
pub mod mapping;
mod open_connections;
pub mod parameter;
mod policy;
pub mod proxy;
mod proxy_event;
mod recorder;
mod refusal;
mod region;
pub mod relay;
mod request_head;
mod selection;
mod server;
pub mod settings;
mod signature;
mod stages;
mod text;
mod trace;
mod vtl;
mod websocket;

pub use self::{
    gateway::Gateway,
    management::{endpoint_variables, local},
    region::{Region, RegionError, execute_api},
};
