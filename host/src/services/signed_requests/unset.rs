//! Stands for a [`Sender`] where there is none.

use async_trait::async_trait;

use super::{
    message::{Response, SignedRequestError},
    policy::SETTING,
    sender::{Sender, Unsigned},
};

/// No sender. Every request fails.
pub struct UnsetSender;

#[async_trait]
impl Sender for UnsetSender {
    async fn send(&self, _: Unsigned) -> Result<Response, SignedRequestError> {
        Err(SignedRequestError::NotAllowed(format!("{SETTING} is not set")))
    }
}
