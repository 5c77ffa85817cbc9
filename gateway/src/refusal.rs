//! Requests that the gateway refuses are told to its observer, for the developer who wonders what is wrong.

use axum::response::{IntoResponse, Response};

use crate::activity::{Activity, Observer};

/// Why a request was refused, in words. It goes with the response as an extension, which the client does not see.
#[derive(Clone)]
struct Reason(String);

/// It is told already. It goes with the response, too.
#[derive(Clone)]
struct Told;

/// A response that says no, and why it does.
pub fn because(reason: &impl ToString, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.extensions_mut().insert(Reason(reason.to_string()));
    response
}

/// A response that says no, of which the observer has heard already.
pub fn told(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.extensions_mut().insert(Told);
    response
}

/// Tells the observer of a response, if it is a refusal. Those without a reason are the router's: of a method that is not
/// there, for example.
pub fn tell(observer: &Observer, path: &str, response: &Response) {
    let status = response.status();
    let is_refusal =
        (status.is_client_error() || status.is_server_error()) && response.extensions().get::<Told>().is_none();
    let reason = response.extensions().get::<Reason>().map(|Reason(reason)| reason.clone());
    let reason = reason.or_else(|| is_refusal.then(|| status.canonical_reason().unwrap_or_default().to_owned()));
    if let Some(reason) = reason {
        observer.tell(Activity::Refused { status: status.as_u16(), path: path.to_owned(), reason });
    }
}
