//! What is served: built, and ready to be invoked.

use std::path::PathBuf;

use goblet_gateway::{api::Api, invoke::Functions};
use tempfile::TempDir;

use super::{
    function::Program,
    start::{self, Start},
    unserved,
};

/// An API with its functions.
pub struct Deployment {
    /// The API at each of its stages: first the one that is printed.
    pub apis: Vec<Api>,
    /// All functions, those without routes too.
    pub functions: Functions,
    /// How each of them is started.
    pub starts: Vec<Start>,
    /// The files and folders that it was made from.
    pub watched: Vec<PathBuf>,
    /// Kept because their temporary files have to exist as long as they are served.
    pub _programs: Vec<Program>,
    pub _folders: Vec<TempDir>,
}

impl Deployment {
    /// Starts its functions, and tells what cannot be served.
    ///
    /// # Errors
    ///
    /// If nothing can be served. Then the processes that have started end.
    pub async fn start(&self) -> anyhow::Result<()> {
        let failures = start::all(&self.starts).await;
        if let Err(error) = unserved::check(&self.apis, &failures) {
            for start in &self.starts {
                start.function.retire();
            }
            return Err(error);
        }
        unserved::tell(&self.apis, &failures);
        Ok(())
    }
}
