//! `goblet:websocket/signed-requests`: what guests call of the service *signed requests*.

use super::{
    bindings::goblet::websocket::signed_requests::{Error, Host, Request, Response},
    stopwatch::Stopwatch,
};
use crate::services::{
    Services,
    signed_requests::{self, SignedRequestError, SignedRequests},
};

/// One instance's calls. A guest waits for each, so it has one request in flight at a time, and that ends with its event.
pub struct SignedRequestCalls {
    signed_requests: SignedRequests,
    /// How long the instance has waited for them.
    pub waited: Stopwatch,
}

impl SignedRequestCalls {
    pub fn new(services: &Services) -> Self {
        Self { signed_requests: services.signed_requests.clone(), waited: Stopwatch::default() }
    }
}

impl Host for SignedRequestCalls {
    async fn region(&mut self) -> String {
        self.signed_requests.region().to_owned()
    }

    async fn send(&mut self, request: Request) -> Result<Response, Error> {
        Ok(self.waited.time(self.signed_requests.send(request.into())).await?.into())
    }
}

impl From<Request> for signed_requests::Request {
    fn from(request: Request) -> Self {
        let Request { service, region, method, path, headers, body } = request;
        Self { service, region, method, path, headers, body }
    }
}

impl From<signed_requests::Response> for Response {
    fn from(response: signed_requests::Response) -> Self {
        Self { status: response.status, headers: response.headers, body: response.body }
    }
}

impl From<SignedRequestError> for Error {
    fn from(error: SignedRequestError) -> Self {
        match error {
            SignedRequestError::NotAllowed(text) => Self::NotAllowed(text),
            SignedRequestError::Invalid(text) => Self::Invalid(text),
            SignedRequestError::TooLarge(text) => Self::TooLarge(text),
            SignedRequestError::Unreachable(text) => Self::Unreachable(text),
            SignedRequestError::Failed(text) => Self::Failed(text),
        }
    }
}
