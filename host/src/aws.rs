//! The configuration that every client of an AWS service shares.

use std::{env, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider, identity::IdentityCache,
    retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Connector, HttpClientError,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};

/// The SDK's variable for the endpoint of every service; with `_` and a service's name behind it, of that service:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The SDK's variables for a region. Lambda sets both.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// How long a call may take, together with the SDK's own retries. A Lambda function has 3 s by default: this is less,
/// so that a handler learns that an API does not answer before Lambda stops it.
pub const TIMEOUT: Duration = Duration::from_millis(2500);

/// The longest wait before the SDK's first retry; it doubles with each retry. The SDK's default, 1 s, would use up
/// [`TIMEOUT`].
const BACKOFF: Duration = Duration::from_millis(100);

/// The system's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the system's certificates: {0}. Install them (package `ca-certificates`), or check SSL_CERT_FILE")]
pub struct CertificatesError(#[from] HttpClientError);

/// The endpoint that the environment names for a service, such as `APIGATEWAYMANAGEMENTAPI`. Where there is none, the
/// service is on AWS.
#[must_use]
pub fn configured_endpoint(service: &str) -> Option<String> {
    let variables = [format!("{ENDPOINT_VARIABLE}_{service}"), ENDPOINT_VARIABLE.to_owned()];
    variables.iter().find_map(|name| env::var(name).ok().filter(|url| !url.is_empty()))
}

/// The region of the function, as the environment has it.
#[must_use]
pub fn region() -> Option<String> {
    REGION_VARIABLES.iter().find_map(|name| env::var(name).ok())
}

/// The credentials, as the environment has them: Lambda puts them there. The SDK's other sources are left out: to search
/// them would take longer than the rest of the start.
#[must_use]
pub fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
}

/// The configuration for clients that share this connector. Region and credentials come from the environment.
#[must_use]
pub fn config(connector: SharedHttpConnector) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        // Lambda's credentials last as long as the process: there is nothing to refresh.
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(credentials())
        .region(region().map(Region::new))
        .retry_config(RetryConfig::standard().with_initial_backoff(BACKOFF))
        .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
        // Bodies are small, and TIMEOUT covers the whole call.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

/// Whether a service is reached over TLS: on AWS, or at a configured endpoint that is not plain `http:`.
fn needs_certificates<'a>(endpoints: impl IntoIterator<Item = Option<&'a str>>) -> bool {
    endpoints.into_iter().any(|endpoint| endpoint.is_none_or(|url| !url.starts_with("http:")))
}

/// One connector for all clients of services that have these endpoints. It reads the system's certificates now, once, while
/// the process starts, or not at all.
///
/// # Errors
///
/// [`CertificatesError`].
pub fn connector<'a>(
    endpoints: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<SharedHttpConnector, CertificatesError> {
    let trust_store = TrustStore::empty().with_native_roots(needs_certificates(endpoints));
    let tls_context = TlsContext::builder().with_trust_store(trust_store).build()?;
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls_context);
    Ok(SharedHttpConnector::new(connector.build()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_if_any_service_needs_them() {
        let (plain, encrypted) = (Some("http://127.0.0.1:3001/api"), Some("https://example.com/api"));
        assert!(!needs_certificates([plain, plain]));
        assert!(needs_certificates([plain, encrypted]));
        assert!(needs_certificates([plain, None]));
    }
}
