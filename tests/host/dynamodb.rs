//! A DynamoDB, and one that meddles.

use std::{
    future,
    sync::{Arc, Mutex},
};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::{
    Client,
    config::Credentials,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, PutRequest, ScalarAttributeType, WriteRequest,
    },
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use dynoxide::Database;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The table that tests use.
pub const TABLE: &str = "chat";

/// A DynamoDB in memory, in this process, on a port of its own.
pub struct DynamoDb {
    pub url: String,
    pub client: Client,
    server: JoinHandle<()>,
}

impl DynamoDb {
    /// Without a table.
    pub async fn empty() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = dynoxide::server::serve_with_shutdown(listener, Database::memory().unwrap(), future::pending());
        let server = tokio::spawn(async { serving.await.unwrap() });
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&url)
            .http_client(
                goblet_host::aws::config(goblet_host::aws::connector([Some("http:")]).unwrap()).http_client().unwrap(),
            );
        Self { url, client: Client::from_conf(config.build()), server }
    }

    /// With the table as it is deployed.
    pub async fn start() -> Self {
        let database = Self::empty().await;
        database.create_table(&["PK", "SK"], true).await;
        database
    }

    /// With a table that has these keys, and the index or not.
    pub async fn create_table(&self, keys: &[&str; 2], has_index: bool) {
        let mut table = self.client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
        for name in [keys[0], keys[1], "c"].into_iter().take(if has_index { 3 } else { 2 }) {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            table = table.attribute_definitions(attribute.build().unwrap());
        }
        table = table.set_key_schema(Some(key_schema(keys)));
        if has_index {
            let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
            let index = GlobalSecondaryIndex::builder().index_name("by-connection").projection(projection);
            let index = index.set_key_schema(Some(key_schema(&["c", keys[0]]))).build().unwrap();
            table = table.global_secondary_indexes(index);
        }
        table.send().await.unwrap();
    }

    /// How many members a group has.
    pub async fn members(&self, group: &str) -> i32 {
        let query = self.client.query().table_name(TABLE).key_condition_expression("PK = :group");
        let group = AttributeValue::S(format!("g#{group}"));
        query.expression_attribute_values(":group", group).consistent_read(true).send().await.unwrap().count
    }

    /// Puts entries with these sort keys into a partition.
    pub async fn fill(&self, partition: &str, keys: &[String]) {
        let item = |key: &String| {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            let put = PutRequest::builder().item("PK", text(partition)).item("SK", text(key)).item("rev", text("1"));
            WriteRequest::builder().put_request(put.build().unwrap()).build()
        };
        for keys in keys.chunks(25) {
            let batch = self.client.batch_write_item().request_items(TABLE, keys.iter().map(item).collect());
            assert_eq!(batch.send().await.unwrap().unprocessed_items.unwrap_or_default().len(), 0);
        }
    }
}

fn key_schema(names: &[&str; 2]) -> Vec<KeySchemaElement> {
    let key = |(name, key_type): (&&str, KeyType)| {
        KeySchemaElement::builder().attribute_name(*name).key_type(key_type).build().unwrap()
    };
    names.iter().zip([KeyType::Hash, KeyType::Range]).map(key).collect()
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// How a call goes wrong.
#[derive(Clone, Copy)]
pub enum Meddling {
    /// Every call fails with this error.
    Refuse(&'static str),
    /// The first call of this action is done, but the answer says that it failed.
    LoseAnswer(&'static str),
    /// The first call of this action is left undone, and the answer says so.
    LeaveUnprocessed(&'static str),
}

/// Stands between a client and a DynamoDB.
pub struct Meddler {
    pub url: String,
    calls: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<std::io::Result<()>>,
}

#[derive(Clone)]
struct Meddle {
    upstream: String,
    meddling: Meddling,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Meddler {
    pub async fn start(database: &DynamoDb, meddling: Meddling) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::default();
        let upstream = database.url.strip_prefix("http://").unwrap().to_owned();
        let meddle = Meddle { upstream, meddling, calls: Arc::clone(&calls) };
        let router = Router::new().route("/", post(call)).with_state(meddle).into_make_service();
        Self { url, calls, server: tokio::spawn(axum::serve(listener, router).into_future()) }
    }

    /// The actions that were called.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn call(State(meddle): State<Meddle>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers["x-amz-target"].to_str().unwrap();
    let action = target.rsplit('.').next().unwrap().to_owned();
    let is_first = {
        let mut calls = meddle.calls.lock().unwrap();
        calls.push(action.clone());
        calls.iter().filter(|call| **call == action).count() == 1
    };
    match meddle.meddling {
        Meddling::Refuse(error) => {
            let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{error}"), "message": "refused by the test"});
            (StatusCode::BAD_REQUEST, body.to_string()).into_response()
        }
        Meddling::LoseAnswer(lost) if lost == action && is_first => {
            forward(&meddle.upstream, target, &body).await;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Meddling::LeaveUnprocessed(left) if left == action && is_first => {
            let request: Value = serde_json::from_slice(&body).unwrap();
            json!({"UnprocessedItems": request["RequestItems"]}).to_string().into_response()
        }
        _ => forward(&meddle.upstream, target, &body).await,
    }
}

async fn forward(upstream: &str, target: &str, body: &[u8]) -> Response {
    let mut stream = TcpStream::connect(upstream).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {upstream}\r\nconnection: close\r\nx-amz-target: {target}\r\n\
         content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, \
         Signature=0\r\nx-amz-date: 20260101T000000Z\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
    (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response()
}
