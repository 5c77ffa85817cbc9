//! The stages that a gateway serves.

use std::sync::Arc;

use crate::{api::Api, lambda::Function};

/// An API at its stages, at least one.
pub struct Stages {
    first: Arc<Api>,
    others: Vec<Arc<Api>>,
}

impl Stages {
    /// None, if there is no API.
    pub fn new(apis: Vec<Api>) -> Option<Self> {
        let mut apis = apis.into_iter().map(Arc::new);
        Some(Self { first: apis.next()?, others: apis.collect() })
    }

    /// The API at the first stage.
    pub fn first(&self) -> &Arc<Api> {
        &self.first
    }

    /// The API at a stage.
    pub fn find(&self, stage: &str) -> Option<&Arc<Api>> {
        self.all().find(|api| api.stage == stage)
    }

    /// Names the stages' paths, for people.
    pub fn describe(&self) -> String {
        let paths = self.all().map(|api| format!("/{}/", api.stage)).collect::<Vec<_>>().join(", ");
        if self.others.is_empty() {
            format!("this API's stage is {paths}")
        } else {
            format!("this API's stages are {paths}")
        }
    }

    /// All functions that are invoked. One that has several tasks is there several times.
    pub fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.all().flat_map(|api| api.functions())
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Api>> {
        std::iter::once(&self.first).chain(&self.others)
    }
}
