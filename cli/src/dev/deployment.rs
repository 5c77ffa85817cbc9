//! What is served, built and ready.

use std::{net::SocketAddr, path::PathBuf};

use goblet_gateway::{activity::Observer, api::Api};

use super::function::Program;

/// Where it is served, and how.
pub struct Place {
    /// The program that runs handlers, and its arguments.
    pub host: Vec<String>,
    /// The gateway's.
    pub address: SocketAddr,
    /// Instead of the template's stage, or of the default.
    pub stage: Option<String>,
    pub concurrency: usize,
    pub is_always_cold: bool,
    pub observer: Observer,
}

/// An API with its functions.
pub struct Deployment {
    pub api: Api,
    /// The files and folders that it was made of.
    pub code: Vec<PathBuf>,
    /// Their files live as long as they are served.
    pub _programs: Vec<Program>,
}
