//! The AWS SDK for Rust, as a native function uses it: with the variables that functions get.

use std::{fs, os::unix::fs::symlink};

use aws_sdk_apigatewaymanagement::{
    Client,
    config::{BehaviorVersion, Builder, Credentials, Region},
    primitives::Blob,
};
use aws_smithy_http_client::{
    Builder as Http, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use serde_json::Value;

use crate::{project::Project, support::virtual_environment};

/// A function that tells its client what it knows.
const CODE: &str = "import boto3, json, os
api = boto3.client('apigatewaymanagementapi')
def handler(event, context):
    context = event['requestContext']
    text = json.dumps({'variables': dict(os.environ), 'context': context})
    api.post_to_connection(ConnectionId=context['connectionId'], Data=text)
    return {'statusCode': 200}
";

#[tokio::test]
async fn the_endpoints_variable_and_the_proxy() {
    let project = Project::new("python3.11", "app.handler").write("app.py", CODE);
    symlink(virtual_environment("tests/requirements.txt"), project.folder().join(".venv")).unwrap();
    let dev = project.start_with(&["--require-signature"]).await;
    let mut websocket = dev.connect().await;
    let known: Value = serde_json::from_str(&websocket.ask("foo").await).unwrap();
    let text = |pointer: &str| known.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let connection_id = text("/context/connectionId");
    let (key, secret) = (text("/variables/AWS_ACCESS_KEY_ID"), text("/variables/AWS_SECRET_ACCESS_KEY"));
    let credentials = Credentials::new(key, secret, Some(text("/variables/AWS_SESSION_TOKEN")), None, "variables");
    let config = || {
        let region = Region::new(text("/variables/AWS_REGION"));
        Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials.clone())
    };

    let by_variable = config()
        .endpoint_url(text("/variables/AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"))
        .http_client(Http::new().build_http());
    // What `ProxyConfig::from_env` and the native roots make of the same variables.
    let proxy = ProxyConfig::https(text("/variables/HTTPS_PROXY")).unwrap();
    let roots = fs::read(text("/variables/SSL_CERT_FILE")).unwrap();
    let trusted = TrustStore::empty().with_pem_certificate(roots);
    let tls = TlsContext::builder().with_trust_store(trusted).build().unwrap();
    let http = Http::new().build_with_connector_fn(move |_, _| {
        let connector = Connector::builder().proxy_config(proxy.clone());
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    });
    let endpoint = format!("https://{}/{}", text("/context/domainName"), text("/context/stage"));
    let by_proxy = config().endpoint_url(endpoint).http_client(http);

    for (way, config) in [("variable", by_variable), ("proxy", by_proxy)] {
        let client = Client::from_conf(config.build());
        client.post_to_connection().connection_id(&connection_id).data(Blob::new(way)).send().await.unwrap();
        assert_eq!(websocket.receive().await, way);
    }
}
