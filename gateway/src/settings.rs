//! How a gateway is run, whatever API it serves.

use crate::limits::Limits;

/// The settings of a gateway. They stay when its API is replaced.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How long connections and requests may last.
    pub limits: Limits,
    /// Whether calls of the management API must be signed with the functions' credentials, as on AWS.
    pub is_signature_required: bool,
    /// The name that the listener was bound to, such as `devbox`, if it was bound to a name. The management API then
    /// answers calls whose `Host` header is this name. It always answers to `localhost` and to IP addresses.
    pub host_name: Option<String>,
}
