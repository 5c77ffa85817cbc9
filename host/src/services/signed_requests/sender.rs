//! What sends requests that are checked.

use async_trait::async_trait;

use super::{
    catalog::Service,
    message::{Response, SignedRequestError},
};

/// A request that is allowed, and not signed yet: `POST /`, as all services here take it.
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// Where it goes.
    pub service: &'static Service,
    /// Headers by their names in lowercase: the host's, and those of the handler that are allowed.
    pub headers: Vec<(&'static str, String)>,
    /// The content, as the host has read it.
    pub body: Vec<u8>,
}

/// Signs and sends requests.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends a request, once.
    async fn send(&self, request: Unsigned) -> Result<Response, SignedRequestError>;
}
