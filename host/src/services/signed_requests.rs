//! The service *signed requests*: requests to AWS that a handler makes, and the host signs.
//!
//! A handler gives a request without credentials. The host reads from it what AWS would do (an [`Operation`]), compares
//! that with what the operator allows (a [`Policy`]), and sends what it has read, never what it has not. What this rests
//! on:
//!
//! - **Nothing is allowed by default**, and the operation is read from the header and the body that are sent, not from
//!   anything that the handler says beside them.
//! - **The host writes the request anew**: its own method, path, `Content-Type` and `X-Amz-Target`, and the members of the
//!   body that it has parsed. AWS cannot read a member that the host has not seen, such as one that is there twice.
//! - **The host chooses the endpoint.** A handler names a service of a fixed list, and no host name, scheme or port.
//! - **Credentials stay here.** Services that hand out credentials, such as STS and IAM, are not in the list. Only headers
//!   that say something of the answer are passed on, and no answer that has the credentials in it.
//! - **The function's role is the second guard**: AWS checks each request against its policies, as always.

mod access;
#[cfg(feature = "lambda")]
pub mod aws;
mod catalog;
mod dynamodb;
mod event_bridge;
mod headers;
pub mod in_memory;
mod members;
mod message;
mod operation;
pub mod policy;
mod sender;
mod sqs;
mod unset;

use std::sync::Arc;

pub use self::{
    message::{MAX_REQUEST, MAX_RESPONSE, Request, Response, SignedRequestError},
    sender::{Sender, Unsigned},
};
use self::{operation::Operation, policy::Policy, unset::UnsetSender};

/// Requests to AWS, each checked against a policy. Clones share it.
///
/// ```
/// use goblet_host::services::signed_requests::{
///     Request, Response, SignedRequestError, in_memory::InMemorySender, policy::Policy,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let sender = InMemorySender::answering(Response { status: 200, ..Response::default() });
/// let policy = Policy::parse("dynamodb:GetItem:table/chat").unwrap();
/// let requests = sender.signed_requests(policy);
/// let request = |action: &str| Request {
///     service: "dynamodb".to_owned(),
///     headers: vec![("x-amz-target".to_owned(), format!("DynamoDB_20120810.{action}"))],
///     body: br#"{"TableName": "chat", "Key": {"PK": {"S": "alice"}}}"#.to_vec(),
///     ..Request::default()
/// };
/// assert_eq!(requests.send(request("GetItem")).await.unwrap().status, 200);
/// assert!(matches!(requests.send(request("DeleteItem")).await, Err(SignedRequestError::NotAllowed(_))));
/// # }
/// ```
#[derive(Clone)]
pub struct SignedRequests {
    policy: Arc<Policy>,
    region: String,
    sender: Arc<dyn Sender>,
}

impl SignedRequests {
    /// Requests that this policy allows, to services of one region.
    #[must_use]
    pub fn new(policy: Arc<Policy>, region: String, sender: Arc<dyn Sender>) -> Self {
        Self { policy, region, sender }
    }

    /// No requests: nothing is allowed.
    #[must_use]
    pub fn unset() -> Self {
        Self::new(Arc::default(), String::new(), Arc::new(UnsetSender))
    }

    /// The region that requests go to.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Checks a request, signs it and sends it. An answer may have any status.
    ///
    /// # Errors
    ///
    /// [`SignedRequestError`], if there is no answer of AWS.
    pub async fn send(&self, request: Request) -> Result<Response, SignedRequestError> {
        let unsigned = self.checked(&request)?;
        self.sender.send(unsigned).await
    }

    fn checked(&self, request: &Request) -> Result<Unsigned, SignedRequestError> {
        if request.body.len() > MAX_REQUEST {
            return Err(SignedRequestError::TooLarge("the body of the request is larger than 1 MB".to_owned()));
        }
        if let Some(region) = request.region.as_ref().filter(|region| **region != self.region) {
            return Err(SignedRequestError::NotAllowed(format!(
                "requests go to the function's region, {}, and not to {region}",
                self.region
            )));
        }
        let operation = Operation::read(request)?;
        self.policy.check(&operation).map_err(SignedRequestError::NotAllowed)?;
        let headers = headers::sent(&request.headers, operation.service, &operation.target())?;
        Ok(Unsigned { service: operation.service, headers, body: operation.body })
    }
}
