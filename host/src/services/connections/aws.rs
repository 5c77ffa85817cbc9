//! [`Connections`] over API Gateway's management API, `@connections`:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_apigatewaymanagement::{
    Client,
    config::Builder,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::{Blob, DateTime},
    types::Identity,
};

use super::{Connection, ConnectionError, Connections, MAX_PAYLOAD};
use crate::event::{Payload, Request};

/// The clients of the management API: one for each endpoint, that is, for each stage of an API.
pub struct ManagementApi {
    config: SdkConfig,
    configured_endpoint: Option<String>,
    clients: Mutex<HashMap<String, Arc<ManagementConnections>>>,
}

impl ManagementApi {
    /// The service's name in the SDK's variables.
    pub const SERVICE: &str = "APIGATEWAYMANAGEMENTAPI";

    /// With a configured endpoint, every event's connections are there. Without one, the event tells where they are.
    #[must_use]
    pub fn new(config: SdkConfig, configured_endpoint: Option<String>) -> Self {
        Self { config, configured_endpoint, clients: Mutex::default() }
    }

    /// The connections of the API that an event came from.
    #[must_use]
    pub fn connections(&self, request: &Request) -> Arc<dyn Connections> {
        let endpoint = match &self.configured_endpoint {
            Some(endpoint) => endpoint.clone(),
            None => endpoint(request, self.config.region().map_or("", AsRef::as_ref)),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(endpoint).or_insert_with_key(|endpoint| {
            let config = Builder::from(&self.config).endpoint_url(endpoint).build();
            Arc::new(ManagementConnections { client: Client::from_conf(config) })
        });
        Arc::clone(client) as Arc<dyn Connections>
    }
}

/// The endpoint on AWS. It is made of the API's id, because a custom domain name has no `@connections` path.
fn endpoint(request: &Request, region: &str) -> String {
    let dns_suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{}.execute-api.{region}.{dns_suffix}/{}", request.api_id, request.stage)
}

struct ManagementConnections {
    client: Client,
}

#[async_trait]
impl Connections for ManagementConnections {
    async fn send(&self, connection_id: &str, payload: &Payload) -> Result<(), ConnectionError> {
        if payload.as_bytes().len() > MAX_PAYLOAD {
            return Err(ConnectionError::PayloadTooLarge);
        }
        let data = Blob::new(payload.as_bytes());
        let post = self.client.post_to_connection().connection_id(connection_id).data(data).send();
        post.await.map(drop).map_err(|error| connection_error(connection_id, &error))
    }

    async fn close(&self, connection_id: &str) -> Result<(), ConnectionError> {
        let delete = self.client.delete_connection().connection_id(connection_id).send();
        delete.await.map(drop).map_err(|error| connection_error(connection_id, &error))
    }

    async fn describe(&self, connection_id: &str) -> Result<Connection, ConnectionError> {
        let get = self.client.get_connection().connection_id(connection_id).send();
        let connection = get.await.map_err(|error| connection_error(connection_id, &error))?;
        let identity = connection.identity();
        Ok(Connection {
            connected_at: connection.connected_at().map(milliseconds).unwrap_or_default(),
            last_active_at: connection.last_active_at().map(milliseconds).unwrap_or_default(),
            source_ip: identity.and_then(Identity::source_ip).unwrap_or_default().to_owned(),
            user_agent: identity.and_then(Identity::user_agent).map(ToOwned::to_owned),
        })
    }
}

fn milliseconds(time: &DateTime) -> u64 {
    time.to_millis().ok().and_then(|milliseconds| u64::try_from(milliseconds).ok()).unwrap_or_default()
}

/// Goes by the HTTP status: an answer may lack the error's name, for example if a proxy wrote it.
fn connection_error<E>(connection_id: &str, error: &SdkError<E>) -> ConnectionError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match status {
        Some(410) => ConnectionError::Disconnected(connection_id.to_owned()),
        Some(413) => ConnectionError::PayloadTooLarge,
        Some(429) => ConnectionError::Throttled,
        Some(403) => ConnectionError::Forbidden(error.message().unwrap_or("access denied").to_owned()),
        Some(status) => {
            let said = match (error.code(), error.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(text), None) | (None, Some(text)) => text.to_owned(),
                (None, None) => DisplayErrorContext(error).to_string(),
            };
            ConnectionError::Failed(format!("the management API answered {status}: {said}"))
        }
        None => ConnectionError::Failed(format!("the management API did not answer: {}", DisplayErrorContext(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_one_client() {
        let api = ManagementApi::new(crate::aws::config(crate::aws::connector([None]).unwrap()), None);
        let connections = |api_id: &str, stage: &str| {
            let (api_id, stage) = (api_id.to_owned(), stage.to_owned());
            api.connections(&Request { stage, api_id, ..Request::default() })
        };
        assert!(Arc::ptr_eq(&connections("abc", "api"), &connections("abc", "api")));
        assert!(!Arc::ptr_eq(&connections("abc", "api"), &connections("abc", "test")));
        assert!(!Arc::ptr_eq(&connections("abc", "api"), &connections("xyz", "api")));
    }

    fn endpoint_of(domain_name: &str, region: &str) -> String {
        let request = Request {
            api_id: "abc".to_owned(),
            stage: "api".to_owned(),
            domain_name: domain_name.to_owned(),
            ..Request::default()
        };
        endpoint(&request, region)
    }

    #[test]
    fn the_endpoint_comes_from_the_api_id() {
        let expected = "https://abc.execute-api.eu-west-1.amazonaws.com/api";
        assert_eq!(endpoint_of("abc.execute-api.eu-west-1.amazonaws.com", "eu-west-1"), expected);
        assert_eq!(endpoint_of("chat.example.com", "eu-west-1"), expected);
        assert_eq!(
            endpoint_of("chat.example.cn", "cn-north-1"),
            "https://abc.execute-api.cn-north-1.amazonaws.com.cn/api"
        );
    }
}
