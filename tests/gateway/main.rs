//! The local gateway behaves as API Gateway does, whatever runs behind it: here, a function in Python.
//!
//! Each test names what AWS documents (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html>)
//! or what others observed there; then the source stands beside it.

#![allow(clippy::unwrap_used)]

mod admission;
mod closing;
mod connecting;
mod events;
mod lambda;
mod limits;
mod management;
mod messages;
mod mirror;
mod pages;
mod pressure;
mod proxy;
mod refusals;
mod signatures;
