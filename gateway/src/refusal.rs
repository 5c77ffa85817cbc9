//! Requests that the gateway refuses are told to its observer, for the developer who wonders what is wrong.

use axum::response::{IntoResponse, Response};

use crate::activity::{Activity, Observer};

/// Why a request was refused, in words. It goes with the response as an extension, which the client does not see.
#[derive(Clone)]
struct Reason(String);

/// A response that says no, and why it does.
pub fn because(reason: &impl ToString, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.extensions_mut().insert(Reason(reason.to_string()));
    response
}

/// Tells the observer of a response, if it is a refusal.
pub fn tell(observer: &Observer, path: &str, response: &Response) {
    if let Some(Reason(reason)) = response.extensions().get::<Reason>() {
        let status = response.status().as_u16();
        observer.tell(Activity::Refused { status, path: path.to_owned(), reason: reason.clone() });
    }
}
