//! Where functions run, and how.

use std::net::SocketAddr;

use goblet_build::Cancellation;
use goblet_gateway::activity::Observer;

/// What all functions of a `goblet dev` have in common.
pub struct Place {
    /// The program that runs handlers, and its arguments.
    pub host: Vec<String>,
    /// The gateway's address.
    pub address: SocketAddr,
    /// The stage, if it is not the template's or the default one.
    pub stage: Option<String>,
    pub concurrency: usize,
    pub is_always_cold: bool,
    pub observer: Observer,
    /// Stops the builds.
    pub cancellation: Cancellation,
}
