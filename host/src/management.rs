//! [`Connections`] over API Gateway's management API, `@connections`:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use std::{
    collections::HashMap,
    env,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws_config::{
    BehaviorVersion, SdkConfig, environment::EnvironmentVariableCredentialsProvider, identity::IdentityCache,
    retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_apigatewaymanagement::{
    Client,
    config::{Builder, Region, SharedCredentialsProvider, SharedHttpClient},
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::{Blob, DateTime},
    types::Identity,
};
use aws_smithy_http_client::{
    Connector, HttpClientError,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};

use crate::{
    connections::{Connection, ConnectionError, Connections, MAX_PAYLOAD},
    event::{Payload, Request},
};

/// The SDK's own variables for an endpoint:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "AWS_ENDPOINT_URL"];

/// The SDK's own variables for a region; Lambda sets both.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// How long a call may take, with the SDK's own retries: less than the 3 s that a Lambda function has by default, so
/// that a handler is told of an API that does not answer, rather than stopped with it.
const TIMEOUT: Duration = Duration::from_millis(2500);

/// The wait before the first of the SDK's own retries, at most; it doubles. The SDK's default, 1 s, would take all of
/// [`TIMEOUT`].
const BACKOFF: Duration = Duration::from_millis(100);

/// The system's certificates are of no use.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the system's certificates: {0}")]
pub struct CertificatesError(#[from] HttpClientError);

/// Clients of the management API, one for each endpoint.
pub struct Management {
    config: SdkConfig,
    configured_endpoint: Option<String>,
    clients: Mutex<HashMap<String, Arc<ManagementConnections>>>,
}

impl Management {
    /// Reads region and credentials from the environment, where Lambda puts them; no other place is looked at, which
    /// would take longer than the rest of a start.
    ///
    /// # Errors
    ///
    /// [`CertificatesError`].
    pub fn from_env() -> Result<Self, CertificatesError> {
        let configured_endpoint =
            ENDPOINT_VARIABLES.iter().find_map(|name| env::var(name).ok().filter(|url| !url.is_empty()));
        let is_plain_http = configured_endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http:"));
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(http_client(is_plain_http)?)
            // What Lambda gives lasts as long as the process: there is nothing to keep for later.
            .identity_cache(IdentityCache::no_cache())
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .region(REGION_VARIABLES.iter().find_map(|name| env::var(name).ok()).map(Region::new))
            .retry_config(RetryConfig::standard().with_initial_backoff(BACKOFF))
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            // Bodies are small, and TIMEOUT is for all of a call.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Self { config, configured_endpoint, clients: Mutex::default() })
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

/// One connector for all clients, made now: the system's certificates are read once, at the start, and not at all where
/// nothing is encrypted.
fn http_client(is_plain_http: bool) -> Result<SharedHttpClient, CertificatesError> {
    let trust_store = TrustStore::empty().with_native_roots(!is_plain_http);
    let tls_context = TlsContext::builder().with_trust_store(trust_store).build()?;
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls_context);
    let connector = SharedHttpConnector::new(connector.build());
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// From the API's id, not from the domain name: a custom domain has no `@connections` path.
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

/// By HTTP status, so that an answer without the error's name (a proxy's, say) is still told right.
fn connection_error<E>(connection_id: &str, error: &SdkError<E>) -> ConnectionError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match status {
        Some(410) => ConnectionError::Disconnected(connection_id.to_owned()),
        Some(413) => ConnectionError::PayloadTooLarge,
        Some(429) => ConnectionError::Throttled,
        Some(403) => ConnectionError::Forbidden(
            error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or("access denied").to_owned(),
        ),
        Some(status) => {
            ConnectionError::Failed(format!("the management API answered {status}: {}", DisplayErrorContext(error)))
        }
        None => ConnectionError::Failed(format!("the management API did not answer: {}", DisplayErrorContext(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_one_client() {
        let management = Management::from_env().unwrap();
        let connections = |api_id: &str, stage: &str| {
            let (api_id, stage) = (api_id.to_owned(), stage.to_owned());
            management.connections(&Request { stage, api_id, ..Request::default() })
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
