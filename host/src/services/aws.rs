//! The services on AWS.

use super::{Services, connections::aws::ManagementApi};
use crate::{
    aws::{self, CertificatesError},
    event::Request,
};

/// What lasts from one event to the next: the clients of all services.
pub struct AwsServices {
    management_api: ManagementApi,
}

impl AwsServices {
    /// Makes the clients, as the environment configures them.
    ///
    /// # Errors
    ///
    /// [`CertificatesError`].
    pub fn from_env() -> Result<Self, CertificatesError> {
        let management_endpoint = aws::configured_endpoint(ManagementApi::SERVICE);
        let config = aws::config(&[management_endpoint.as_deref()])?;
        Ok(Self { management_api: ManagementApi::new(config, management_endpoint) })
    }

    /// The services for one event.
    #[must_use]
    pub fn for_event(&self, request: &Request) -> Services {
        Services { connections: self.management_api.connections(request) }
    }
}
