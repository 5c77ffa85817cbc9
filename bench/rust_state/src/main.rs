//! State in plain Rust: gets or puts one item, as the message says, and then sends the message back. It has no more of the
//! AWS SDK's configuration than the host has.

use std::env;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider, identity::IdentityCache,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// The item's keys.
const PARTITION: &str = "news";
const SORT: &str = "news";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let clients = &Clients::from_env()?;
    lambda_runtime::run(service_fn(async move |event| clients.answer(event).await)).await
}

struct Clients {
    connections: aws_sdk_apigatewaymanagement::Client,
    database: aws_sdk_dynamodb::Client,
    table: String,
}

impl Clients {
    fn from_env() -> Result<Self, Error> {
        let config = config()?;
        let connections = aws_sdk_apigatewaymanagement::config::Builder::from(&config)
            .endpoint_url(env::var("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")?);
        let database =
            aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(env::var("AWS_ENDPOINT_URL_DYNAMODB")?);
        Ok(Self {
            connections: aws_sdk_apigatewaymanagement::Client::from_conf(connections.build()),
            database: aws_sdk_dynamodb::Client::from_conf(database.build()),
            table: env::var("GOBLET_TABLE")?,
        })
    }

    async fn answer(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let event = event.payload;
        let connection_id = event["requestContext"]["connectionId"].as_str().ok_or("no connection")?;
        let command = event["body"].as_str().ok_or("no text")?;
        match command {
            "get" => self.get().await?,
            "put" => self.put().await?,
            _ => return Err(format!("no command {command:?}").into()),
        }
        let post = self.connections.post_to_connection().connection_id(connection_id).data(Blob::new(command));
        post.send().await?;
        Ok(json!({"statusCode": 200}))
    }

    async fn get(&self) -> Result<(), Error> {
        let get = self
            .database
            .get_item()
            .table_name(&self.table)
            .key("PK", AttributeValue::S(PARTITION.to_owned()))
            .key("SK", AttributeValue::S(SORT.to_owned()))
            .consistent_read(true);
        get.send().await?.item.ok_or("nothing is put")?;
        Ok(())
    }

    async fn put(&self) -> Result<(), Error> {
        let put = self
            .database
            .put_item()
            .table_name(&self.table)
            .item("PK", AttributeValue::S(PARTITION.to_owned()))
            .item("SK", AttributeValue::S(SORT.to_owned()))
            .item("v", AttributeValue::B(Blob::new(SORT)));
        put.send().await?;
        Ok(())
    }
}

/// For the endpoints that the bench serves, which are not encrypted.
fn config() -> Result<SdkConfig, Error> {
    let tls = TlsContext::builder().with_trust_store(TrustStore::empty().with_native_roots(false)).build()?;
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build();
    let connector = SharedHttpConnector::new(connector);
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .region(Region::new(env::var("AWS_REGION")?))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build())
}
