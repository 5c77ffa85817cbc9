//! Requests, answers and errors.

/// The largest body of a request, in bytes. The host parses it in its own memory, of which there is little.
pub const MAX_REQUEST: usize = 1 << 20;

/// The largest body of an answer, in bytes.
pub const MAX_RESPONSE: usize = 4 << 20;

/// Why there is no answer of AWS.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SignedRequestError {
    /// The policy does not allow it. The text says what would.
    #[error("{0}")]
    NotAllowed(String),
    /// The request cannot be read, or a part of it is not the handler's to choose. The text names the part.
    #[error("{0}")]
    Invalid(String),
    /// The body of the request is larger than [`MAX_REQUEST`], or that of the answer larger than [`MAX_RESPONSE`].
    #[error("{0}")]
    TooLarge(String),
    /// There was no answer. The service may have done what was asked for.
    #[error("{0}")]
    Unreachable(String),
    /// Anything else. The text says what happened.
    #[error("{0}")]
    Failed(String),
}

/// A request without credentials.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The service's name in IAM, e.g. `dynamodb`.
    pub service: String,
    /// The region that the handler means, if it says so.
    pub region: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The path with the query string.
    pub path: String,
    /// Headers by name.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Default for Request {
    /// `POST /`, to no service.
    fn default() -> Self {
        Self {
            service: String::new(),
            region: None,
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}

/// An answer of AWS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Those headers that are passed on, by their names in lowercase.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}
