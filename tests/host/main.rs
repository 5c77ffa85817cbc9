//! `bootstrap` as Lambda starts it, with a local Runtime API on one side and a management API that does as told on
//! the other. Nothing here names a type of the host but to compile handlers.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod bootstrap;
mod connections;
mod dynamodb;
mod endpoint;
mod events;
mod faults;
mod guests;
mod javascript;
mod logs;
mod management_api;
mod memory;
mod routes;
mod sandbox;
mod signed_requests;
mod twins;
mod versions;
