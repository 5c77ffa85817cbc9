//! What becomes of calls that DynamoDB refuses, loses or leaves undone.

use std::sync::Arc;

use goblet_host::services::{
    Clock,
    groups::{GroupError, Groups},
    state::{Condition, State, StateError},
};

use super::{
    dynamodb::{DynamoDb, Meddler, Meddling},
    twins::table_at,
};

fn services(url: &str) -> (Groups, State) {
    let (table, clock) = (table_at(url), Clock::default());
    (Groups::new(Arc::clone(&table), clock.clone()), State::new(table, clock))
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_has_succeeded() {
    let database = DynamoDb::start().await;
    let meddler = Meddler::start(&database, Meddling::LoseAnswer("PutItem")).await;
    let (_, state) = services(&meddler.url);
    let revision = state.put("c", "k", b"value", Condition::Absent, None).await.unwrap();
    assert_eq!(meddler.calls(), ["PutItem", "PutItem"]);
    assert_eq!(state.get("c", "k").await.unwrap().unwrap().revision, revision);
    assert_eq!(state.put("c", "k", b"other", Condition::Absent, None).await, Err(StateError::Conflict));
}

#[tokio::test]
async fn a_conditional_put_whose_answer_was_lost_has_succeeded() {
    let database = DynamoDb::start().await;
    let (_, direct) = services(&database.url);
    let before = direct.put("c", "k", b"1", Condition::Always, None).await.unwrap();
    let meddler = Meddler::start(&database, Meddling::LoseAnswer("PutItem")).await;
    let (_, state) = services(&meddler.url);
    state.put("c", "k", b"2", Condition::Unchanged(before), None).await.unwrap();
    assert_eq!(direct.get("c", "k").await.unwrap().unwrap().value, b"2");
}

#[tokio::test]
async fn what_a_batch_leaves_undone_is_sent_again() {
    let database = DynamoDb::start().await;
    let meddler = Meddler::start(&database, Meddling::LeaveUnprocessed("BatchWriteItem")).await;
    let (groups, _) = services(&meddler.url);
    groups.join("lobby", "a", "").await.unwrap();
    groups.leave_all("a").await.unwrap();
    assert_eq!(groups.members("lobby").await.unwrap(), []);
    assert_eq!(meddler.calls(), ["PutItem", "Query", "BatchWriteItem", "BatchWriteItem", "Query"]);
}

#[tokio::test]
async fn too_many_calls_are_tried_again_and_then_throttled() {
    let database = DynamoDb::start().await;
    let meddler = Meddler::start(&database, Meddling::Refuse("ProvisionedThroughputExceededException")).await;
    let (groups, state) = services(&meddler.url);
    assert_eq!(state.get("c", "k").await, Err(StateError::Throttled));
    assert_eq!(meddler.calls().len(), 3);
    assert_eq!(groups.members("g").await, Err(GroupError::Throttled));
}

#[tokio::test]
async fn a_refusal_names_the_action_and_the_table() {
    let database = DynamoDb::start().await;
    let meddler = Meddler::start(&database, Meddling::Refuse("AccessDeniedException")).await;
    let (groups, state) = services(&meddler.url);
    let expected = |action| {
        format!(
            "dynamodb:{action} on the table chat is refused: grant it to the function's role, as docs/deploy.md shows. \
             DynamoDB says: refused by the test"
        )
    };
    assert_eq!(state.get("c", "k").await, Err(StateError::Forbidden(expected("GetItem"))));
    assert_eq!(groups.join("g", "a", "").await, Err(GroupError::Forbidden(expected("PutItem"))));
    assert_eq!(groups.leave("g", "a").await, Err(GroupError::Forbidden(expected("DeleteItem"))));
    assert_eq!(groups.members("g").await, Err(GroupError::Forbidden(expected("Query"))));
}

#[tokio::test]
async fn a_table_that_is_not_there_or_is_another_is_named() {
    let database = DynamoDb::empty().await;
    let (groups, state) = services(&database.url);
    let missing = state.get("c", "k").await.unwrap_err().to_string();
    assert!(missing.starts_with("there is no table chat, which GOBLET_TABLE names, in this account"), "{missing}");
    assert_eq!(groups.joined("a").await.unwrap_err().to_string(), missing);

    database.create_table(&["PK", "SK"], false).await;
    groups.join("lobby", "a", "").await.unwrap();
    let no_index = groups.joined("a").await.unwrap_err().to_string();
    assert!(
        no_index.starts_with("the table chat lacks the index by-connection, whose keys are c and PK"),
        "{no_index}"
    );
    assert_eq!(groups.leave_all("a").await.unwrap_err().to_string(), no_index);

    let database = DynamoDb::empty().await;
    database.create_table(&["id", "sort"], false).await;
    let (groups, state) = services(&database.url);
    let keys = "the table chat has other keys than PK (S) and SK (S)";
    for other in [
        state.get("c", "k").await.unwrap_err().to_string(),
        state.put("c", "k", b"", Condition::Always, None).await.unwrap_err().to_string(),
        groups.members("g").await.unwrap_err().to_string(),
    ] {
        assert!(other.starts_with(keys), "{other}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_a_failure() {
    let url = DynamoDb::empty().await.url.clone();
    let (_, state) = services(&url);
    let says = state.get("c", "k").await.unwrap_err().to_string();
    assert!(says.starts_with("DynamoDB did not answer GetItem: "), "{says}");
}
