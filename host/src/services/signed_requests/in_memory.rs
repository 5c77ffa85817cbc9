//! [`Sender`] in memory, for tests of handlers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{
    SignedRequests,
    message::{Response, SignedRequestError},
    policy::Policy,
    sender::{Sender, Unsigned},
};

/// The region of tests.
const REGION: &str = "us-east-1";

/// What requests get, and which ones there were. Clones share it.
#[derive(Clone)]
pub struct InMemorySender {
    answer: Result<Response, SignedRequestError>,
    sent: Arc<Mutex<Vec<Unsigned>>>,
}

impl InMemorySender {
    /// Every request that is allowed gets this answer.
    #[must_use]
    pub fn answering(answer: Response) -> Self {
        Self { answer: Ok(answer), sent: Arc::default() }
    }

    /// Every request that is allowed fails.
    #[must_use]
    pub fn failing(error: SignedRequestError) -> Self {
        Self { answer: Err(error), sent: Arc::default() }
    }

    /// The requests that were sent, in their order.
    #[must_use]
    pub fn sent(&self) -> Vec<Unsigned> {
        self.lock().clone()
    }

    /// Requests that this policy allows.
    #[must_use]
    pub fn signed_requests(&self, policy: Policy) -> SignedRequests {
        SignedRequests::new(Arc::new(policy), REGION.to_owned(), Arc::new(self.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Unsigned>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for InMemorySender {
    async fn send(&self, request: Unsigned) -> Result<Response, SignedRequestError> {
        self.lock().push(request);
        self.answer.clone()
    }
}
