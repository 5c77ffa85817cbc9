//! The echo in plain Rust, with no more of the AWS SDK's configuration than the host has.

use std::env;

use aws_config::{
    BehaviorVersion, environment::EnvironmentVariableCredentialsProvider, identity::IdentityCache,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_apigatewaymanagement::{
    Client,
    config::{Config, Region},
    primitives::Blob,
};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = &client()?;
    lambda_runtime::run(service_fn(async move |event| echo(client, event).await)).await
}

async fn echo(client: &Client, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let event = event.payload;
    if let (Some(connection_id), Some(body)) =
        (event["requestContext"]["connectionId"].as_str(), event["body"].as_str())
    {
        client.post_to_connection().connection_id(connection_id).data(Blob::new(body)).send().await?;
    }
    Ok(json!({"statusCode": 200}))
}

/// For the endpoint that the bench serves, which is not encrypted.
fn client() -> Result<Client, Error> {
    let tls = TlsContext::builder().with_trust_store(TrustStore::empty().with_native_roots(false)).build()?;
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build();
    let connector = SharedHttpConnector::new(connector);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(Region::new(env::var("AWS_REGION")?))
        .endpoint_url(env::var("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")?)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    Ok(Client::from_conf(config.build()))
}
