//! What a request does.

use std::fmt;

/// An action on a resource, as IAM names them:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// E.g. `PutItem`.
    pub action: &'static str,
    /// E.g. `table/chat`. Without one, the request does not say it where the host could read it.
    pub resource: Option<String>,
}

impl Access {
    /// An action on this resource.
    pub fn on(action: &'static str, resource: String) -> Self {
        Self { action, resource: Some(resource) }
    }
}

/// Why a body cannot be read. The text names the member.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Unreadable {
    /// With a text.
    pub fn because(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }
}
