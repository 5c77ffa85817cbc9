//! A client of the DynamoDB that `goblet dev` serves.

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};

use crate::support::Dev;

/// The endpoint that `goblet dev` prints once it listens, and a client of it.
pub async fn connect(dev: &mut Dev) -> (String, Client) {
    let line = dev.line("DynamoDB on ").await;
    let endpoint = line.trim_start_matches("DynamoDB on ").split_once(", ").unwrap().0.to_owned();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    (endpoint, Client::from_conf(config))
}
