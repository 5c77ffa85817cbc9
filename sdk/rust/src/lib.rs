#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

#[doc(hidden)]
pub mod bindings;
mod connections;
mod event;
mod export;
mod failure;
pub mod groups;
pub mod log;
mod payload;
mod routes;
pub mod signed_requests;
pub mod state;

pub use self::{
    connections::{Connection, Error, close, describe, send, send_all},
    event::{ConnectEvent, DisconnectEvent, MessageEvent, Request},
    failure::{Failure, Result},
    payload::Payload,
    routes::{Answer, OnConnect, OnDisconnect, OnMessage},
};
