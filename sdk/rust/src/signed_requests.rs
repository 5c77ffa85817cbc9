//! Requests to other AWS services, which the host signs with its own credentials. A handler never sees them.
//!
//! The function's variable `GOBLET_SIGNED_REQUESTS` says what is allowed. Without it, a handler that calls these functions is
//! refused when it is loaded. The host knows DynamoDB (`dynamodb`), EventBridge (`events`) and SQS (`sqs`). It sends each
//! request once.
//!
//! ```no_run
//! use goblet::signed_requests::{self, Error};
//!
//! fn is_there(name: &str) -> Result<bool, Error> {
//!     // A name of letters: other texts have to be quoted as JSON.
//!     let body = format!(r#"{{"TableName": "people", "Key": {{"PK": {{"S": "{name}"}}}}}}"#);
//!     let answer = signed_requests::call("dynamodb", "DynamoDB_20120810.GetItem", body)?;
//!     Ok(answer.status == 200 && answer.body != b"{}")
//! }
//! ```

use std::fmt;

use crate::bindings::imports::goblet::websocket::signed_requests;
pub use crate::bindings::imports::goblet::websocket::signed_requests::{Request, Response};

/// Why there is no answer of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The host does not send the request: why, and which setting would allow it.
    NotAllowed(String),
    /// The host cannot read the request, or a part of it is not the handler's to choose: which one.
    Invalid(String),
    /// The body of the request is larger than 1 MB, or that of the answer is larger than 4 MB: which one.
    TooLarge(String),
    /// The service did not answer within 2.5 s, or could not be reached. It may have done what was asked for.
    Unreachable(String),
    /// Anything else: what happened, in words.
    Failed(String),
}

/// Asks a service that takes JSON. The target is the value of `X-Amz-Target`, which names the action. AWS's answer may have
/// any status, such as 400 with the name of an exception in its body.
///
/// # Errors
///
/// [`Error::NotAllowed`] if `GOBLET_SIGNED_REQUESTS` does not allow it, and the others.
pub fn call(service: &str, target: &str, body: impl Into<Vec<u8>>) -> Result<Response, Error> {
    send(&Request {
        service: service.to_owned(),
        region: None,
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![("x-amz-target".to_owned(), target.to_owned())],
        body: body.into(),
    })
}

/// Sends a request, with headers of its own.
///
/// # Errors
///
/// As [`call`]. [`Error::Invalid`] if a header is not the handler's to choose, such as `Authorization`.
pub fn send(request: &Request) -> Result<Response, Error> {
    signed_requests::send(request).map_err(Error::new)
}

/// The region that requests go to: the function's, e.g. `us-east-1`.
#[must_use]
pub fn region() -> String {
    signed_requests::region()
}

impl Error {
    fn new(error: signed_requests::Error) -> Self {
        match error {
            signed_requests::Error::NotAllowed(text) => Self::NotAllowed(text),
            signed_requests::Error::Invalid(text) => Self::Invalid(text),
            signed_requests::Error::TooLarge(text) => Self::TooLarge(text),
            signed_requests::Error::Unreachable(text) => Self::Unreachable(text),
            signed_requests::Error::Failed(text) => Self::Failed(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(text)
            | Self::Invalid(text)
            | Self::TooLarge(text)
            | Self::Unreachable(text)
            | Self::Failed(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}
