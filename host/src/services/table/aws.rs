//! [`Table`] over DynamoDB: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html>.

mod item;

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::Builder,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::{AttributeValue, DeleteRequest, ReturnValuesOnConditionCheckFailure, WriteRequest},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::sleep;

use self::item::{Item, PARTITION_KEY, SORT_KEY, attributes, keys, text};
use super::{
    Attributes, CONNECTION, Key, MAX_PAGE, Page, Precondition, REVISION, TIME_TO_LIVE, Table, TableError, is_beyond,
    start,
};

/// The index.
const INDEX: &str = "by-connection";

/// The most items of one `BatchWriteItem`:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>.
const MAX_BATCH: usize = 25;

/// How many batches are in flight at the same time.
const BATCHES_IN_FLIGHT: usize = 4;

/// How often the rest of a batch is sent again, and the first wait before that. The wait doubles.
const BATCH_RETRIES: u32 = 4;
const BATCH_BACKOFF: Duration = Duration::from_millis(50);

/// What DynamoDB says of a table that has other keys.
const OTHER_KEYS: [&str; 5] = [
    "does not match the schema",
    "Missing the key",
    "missed key schema element",
    "Query key condition not supported",
    "Type mismatch for key",
];

/// What an item's attributes are called in expressions, where `ttl` is a reserved word.
const ATTRIBUTE_NAMES: [(&str, &str); 2] = [("#rev", REVISION), ("#ttl", TIME_TO_LIVE)];

/// A table of DynamoDB.
pub struct DynamoDbTable {
    client: Client,
    name: String,
}

impl DynamoDbTable {
    /// The service's name in the SDK's variables.
    pub const SERVICE: &str = "DYNAMODB";

    /// The table with this name. The endpoint is DynamoDB on AWS if none is configured.
    #[must_use]
    pub fn new(config: &SdkConfig, configured_endpoint: Option<String>, name: String) -> Self {
        let mut config = Builder::from(config);
        config.set_endpoint_url(configured_endpoint);
        Self { client: Client::from_conf(config.build()), name }
    }

    /// Names an error by the service's own name for it: the HTTP status is 400 for nearly all.
    fn error<E>(&self, action: &str, error: &SdkError<E>) -> TableError
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let name = &self.name;
        let service_error = error.as_service_error();
        let message = service_error.and_then(ProvideErrorMetadata::message).unwrap_or_default();
        match service_error.and_then(ProvideErrorMetadata::code) {
            Some("ConditionalCheckFailedException") => TableError::Conflict,
            Some(
                "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "ThrottlingException"
                | "LimitExceededException",
            ) => TableError::Throttled,
            Some("ValidationException") if message.starts_with("Item size") => TableError::TooLarge,
            Some("ValidationException") if message.contains("specified index") => TableError::Failed(format!(
                "the table {name} lacks the index {INDEX}, whose keys are {CONNECTION} and {PARTITION_KEY} (S): add it, \
                 as docs/deploy.md shows. DynamoDB says: {message}"
            )),
            Some("ValidationException") if OTHER_KEYS.iter().any(|text| message.contains(text)) => {
                TableError::Failed(format!(
                    "the table {name} has other keys than {PARTITION_KEY} (S) and {SORT_KEY} (S): make one that has \
                     them, as docs/deploy.md shows. DynamoDB says: {message}"
                ))
            }
            Some("ResourceNotFoundException") => TableError::Failed(format!(
                "there is no table {name}, which GOBLET_TABLE names, in this account and region: make it, as \
                 docs/deploy.md shows"
            )),
            Some("AccessDeniedException") => TableError::Forbidden(format!(
                "dynamodb:{action} on the table {name} is refused: grant it to the function's role, as docs/deploy.md \
                 shows. DynamoDB says: {message}"
            )),
            Some(
                code @ ("ExpiredTokenException"
                | "InvalidSignatureException"
                | "MissingAuthenticationTokenException"
                | "UnrecognizedClientException"),
            ) => TableError::Forbidden(format!(
                "DynamoDB does not accept the function's credentials for {action} ({code}): {message}"
            )),
            Some(code) => TableError::Failed(format!("DynamoDB answered {code} to {action}: {message}")),
            None => TableError::Failed(format!("DynamoDB did not answer {action}: {}", DisplayErrorContext(error))),
        }
    }

    /// Sends removals, and then their unprocessed rest again, as the documentation of `BatchWriteItem` asks for.
    async fn remove_batch(&self, mut requests: Vec<WriteRequest>) -> Result<(), TableError> {
        for retry in 0..=BATCH_RETRIES {
            if retry > 0 {
                sleep(BATCH_BACKOFF * 2_u32.pow(retry - 1)).await;
            }
            let batch = self.client.batch_write_item().request_items(&self.name, requests).send();
            let answer = batch.await.map_err(|error| self.error("BatchWriteItem", &error))?;
            requests = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if requests.is_empty() {
                return Ok(());
            }
        }
        Err(TableError::Throttled)
    }
}

#[async_trait]
impl Table for DynamoDbTable {
    async fn get(&self, key: &Key) -> Result<Option<Attributes>, TableError> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(keys(key))).consistent_read(true);
        let answer = get.send().await.map_err(|error| self.error("GetItem", &error))?;
        Ok(answer.item.map(attributes))
    }

    async fn put(&self, key: Key, attributes: Attributes, condition: &Precondition) -> Result<(), TableError> {
        let item = item::item(&key, attributes);
        let revision = text(&item, REVISION);
        let expression = Expression::of(condition);
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .set_condition_expression(expression.text)
            .set_expression_attribute_names(expression.names)
            .set_expression_attribute_values(expression.values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(()),
            // The answer to the first attempt was lost, and the retry found what that had written.
            Err(error) if is_revision(conflicting(&error), &revision) => Ok(()),
            Err(error) => Err(self.error("PutItem", &error)),
        }
    }

    async fn remove(&self, key: Key, condition: &Precondition) -> Result<(), TableError> {
        let expression = Expression::of(condition);
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(keys(&key)))
            .set_condition_expression(expression.text)
            .set_expression_attribute_names(expression.names)
            .set_expression_attribute_values(expression.values);
        let deleted: Result<_, SdkError<DeleteItemError>> = delete.send().await;
        deleted.map(drop).map_err(|error| self.error("DeleteItem", &error))
    }

    async fn remove_all(&self, keys_of_items: Vec<Key>) -> Result<(), TableError> {
        let requests = keys_of_items.iter().map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(keys(key))).build();
            delete.map(|delete| WriteRequest::builder().delete_request(delete).build())
        });
        let requests: Vec<WriteRequest> =
            requests.collect::<Result<_, _>>().map_err(|error| TableError::Failed(error.to_string()))?;
        let batches: Vec<Vec<WriteRequest>> = requests.chunks(MAX_BATCH).map(<[_]>::to_vec).collect();
        stream::iter(batches)
            .map(|batch| self.remove_batch(batch))
            .buffer_unordered(BATCHES_IN_FLIGHT)
            .try_collect::<()>()
            .await
    }

    async fn query(&self, partition: &str, prefix: &str, after: Option<&str>) -> Result<Page, TableError> {
        if is_beyond(prefix, after) {
            return Ok(Page::default());
        }
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .limit(MAX_PAGE.into())
            .expression_attribute_values(":partition", AttributeValue::S(partition.to_owned()));
        query = if prefix.is_empty() {
            query.key_condition_expression("PK = :partition")
        } else {
            query
                .key_condition_expression("PK = :partition AND begins_with(SK, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
        };
        let after =
            start(prefix, after).map(|after| keys(&Key { partition: partition.to_owned(), sort: after.to_owned() }));
        let answer = query.set_exclusive_start_key(after).send().await;
        let answer = answer.map_err(|error| self.error("Query", &error))?;
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(Page {
            items: items.map(|item| (text(&item, SORT_KEY), attributes(item))).collect(),
            next: answer.last_evaluated_key.map(|key| text(&key, SORT_KEY)),
        })
    }

    async fn of_connection(&self, connection_id: &str) -> Result<Vec<Key>, TableError> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX)
            .key_condition_expression("c = :connection")
            .expression_attribute_values(":connection", AttributeValue::S(connection_id.to_owned()));
        let items: Vec<Item> = query
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(|error| self.error("Query", &error))?;
        let key = |item: &Item| Key { partition: text(item, PARTITION_KEY), sort: text(item, SORT_KEY) };
        Ok(items.iter().map(key).collect())
    }
}

/// The item that a condition did not hold for, if that is the error.
fn conflicting(error: &SdkError<PutItemError>) -> Option<&Item> {
    match error.as_service_error()? {
        PutItemError::ConditionalCheckFailedException(failed) => failed.item(),
        _ => None,
    }
}

fn is_revision(item: Option<&Item>, revision: &str) -> bool {
    item.is_some_and(|item| text(item, REVISION) == revision)
}

/// A condition in DynamoDB's words:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>.
#[derive(Default)]
struct Expression {
    text: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<Item>,
}

impl Expression {
    fn of(condition: &Precondition) -> Self {
        let now = |now: &u64| (":now".to_owned(), AttributeValue::N(now.to_string()));
        let (text, values) = match condition {
            Precondition::Always => return Self::default(),
            Precondition::Absent(at) => ("attribute_not_exists(PK) OR #ttl <= :now", vec![now(at)]),
            Precondition::Revision(revision, at) => (
                "#rev = :rev AND (attribute_not_exists(#ttl) OR #ttl > :now)",
                vec![now(at), (":rev".to_owned(), AttributeValue::S(revision.clone()))],
            ),
        };
        let names = ATTRIBUTE_NAMES.iter().filter(|(name, _)| text.contains(name));
        Self {
            text: Some(text.to_owned()),
            names: Some(names.map(|(name, attribute)| ((*name).to_owned(), (*attribute).to_owned())).collect()),
            values: Some(values.into_iter().collect()),
        }
    }
}
