//! The services on AWS.

use std::sync::Arc;

use super::{
    Services,
    clock::Clock,
    connections::aws::ManagementApi,
    groups::Groups,
    signed_requests::{SignedRequests, aws::AwsSender, policy::Policy},
    state::State,
    table::{Table, aws::DynamoDbTable, unset::UnsetTable},
};
use crate::{
    aws::{self, CertificatesError},
    event::Request,
};

/// What lasts from one event to the next: the clients of all services.
pub struct AwsServices {
    management_api: ManagementApi,
    groups: Groups,
    state: State,
    signed_requests: SignedRequests,
}

impl AwsServices {
    /// Makes the clients, as the environment configures them. The table and the policy are those that the handler needs: a
    /// handler that needs none does not pay for a client.
    ///
    /// # Errors
    ///
    /// [`CertificatesError`].
    pub fn from_env(table: Option<&str>, policy: Option<&Arc<Policy>>) -> Result<Self, CertificatesError> {
        let management_endpoint = aws::configured_endpoint(ManagementApi::SERVICE);
        let table_endpoint = aws::configured_endpoint(DynamoDbTable::SERVICE);
        let mut endpoints = vec![management_endpoint.clone()];
        endpoints.extend(table.map(|_| table_endpoint.clone()));
        endpoints
            .extend(policy.into_iter().flat_map(|policy| policy.endpoint_variables()).map(aws::configured_endpoint));
        let connector = aws::connector(endpoints.iter().map(Option::as_deref))?;
        let signed_requests = policy.map_or_else(SignedRequests::unset, |policy| {
            let region = aws::region().unwrap_or_default();
            let sender = AwsSender::new(connector.clone(), aws::credentials(), region.clone());
            SignedRequests::new(Arc::clone(policy), region, Arc::new(sender))
        });
        let config = aws::config(connector);
        let table: Arc<dyn Table> = match table {
            Some(name) => Arc::new(DynamoDbTable::new(&config, table_endpoint, name.to_owned())),
            None => Arc::new(UnsetTable),
        };
        let clock = Clock::default();
        Ok(Self {
            management_api: ManagementApi::new(config, management_endpoint),
            groups: Groups::new(Arc::clone(&table), clock.clone()),
            state: State::new(table, clock),
            signed_requests,
        })
    }

    /// The services for one event.
    #[must_use]
    pub fn for_event(&self, request: &Request) -> Services {
        Services {
            connections: self.management_api.connections(request),
            groups: self.groups.clone(),
            state: self.state.clone(),
            signed_requests: self.signed_requests.clone(),
        }
    }
}
