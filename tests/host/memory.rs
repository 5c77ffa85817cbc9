//! A handler that keeps groups and state, in `bootstrap`, with a DynamoDB.

use std::time::Duration;

use super::{
    bootstrap::{Bootstrap, Package},
    dynamodb::{DynamoDb, TABLE},
    events::{self, CONNECTION_ID},
    guests,
    management_api::ManagementApi,
};

struct Setting {
    keeper: Bootstrap,
    api: ManagementApi,
    database: DynamoDb,
}

impl Setting {
    async fn start() -> Self {
        let (api, database) = (ManagementApi::start().await, DynamoDb::start().await);
        let package = Package::handler(guests::keeper()).management_api(&api);
        let package = package.variable("AWS_ENDPOINT_URL_DYNAMODB", &database.url).variable("GOBLET_TABLE", TABLE);
        Self { keeper: package.start(), api, database }
    }
}

#[tokio::test]
async fn a_handler_remembers() {
    let Setting { keeper, api: _api, database: _database } = Setting::start().await;
    assert_eq!(keeper.returned("get seats 1").await, "None");
    assert_eq!(keeper.returned("put seats 1 alice").await, "()");
    assert_eq!(keeper.returned("get seats 1").await, r#"Some("alice")"#);
    assert_eq!(keeper.returned("put-absent seats 1 bob").await, "Conflict");
    assert_eq!(keeper.returned("remove seats 1").await, "()");
    assert_eq!(keeper.returned("get seats 1").await, "None");
    assert_eq!(keeper.returned("count visits all").await, "1");
    assert_eq!(keeper.returned("count visits all").await, "2");
    assert_eq!(keeper.returned("number visits").await, "1");
    assert_eq!(keeper.returned("put-large c k 400000").await, "()");
    assert_eq!(keeper.returned("put-large c k 400001").await, "TooLarge");
    assert_eq!(keeper.returned("get c ").await, r#"Invalid("the key is empty: it has 1 to 1000 bytes")"#);
}

#[tokio::test]
async fn a_handler_sends_to_a_group() {
    let Setting { keeper, api, database: _database } = Setting::start().await;
    assert_eq!(keeper.returned("join lobby Ada").await, "()");
    let members = format!(r#"[Member {{ connection-id: "{CONNECTION_ID}", label: "Ada" }}]"#);
    assert_eq!(keeper.returned("members lobby").await, members);
    assert_eq!(keeper.returned("joined").await, r#"["lobby"]"#);
    assert_eq!(keeper.returned("send lobby hello").await, "Delivery { reached: 1, failed: [] }");
    assert_eq!(api.posts(), [(CONNECTION_ID.to_owned(), "hello".to_owned())]);
    assert_eq!(keeper.returned("send-large lobby").await, "PayloadTooLarge");
    assert_eq!(keeper.returned("leave lobby").await, "()");
    assert_eq!(keeper.returned("members lobby").await, "[]");
    assert_eq!(keeper.returned("join  Ada").await, r#"Invalid("the group is empty: it has 1 to 1000 bytes")"#);
}

#[tokio::test]
async fn a_connection_that_is_closed_leaves_its_groups() {
    let Setting { keeper, api: _api, database: _database } = Setting::start().await;
    for group in ["lobby", "attic"] {
        keeper.returned(&format!("join {group} Ada")).await;
    }
    // The handler has no export for it.
    keeper.invoke(&events::disconnect(1001, "")).await.unwrap();
    assert_eq!(keeper.returned("members lobby").await, "[]");
    assert_eq!(keeper.returned("joined").await, "[]");
}

#[tokio::test]
async fn a_connection_that_cannot_leave_is_reported_and_costs_nothing() {
    let Setting { keeper, api: _api, database } = Setting::start().await;
    keeper.returned("join lobby Ada").await;
    database.client.delete_table().table_name(TABLE).send().await.unwrap();
    keeper.invoke(&events::disconnect(1001, "")).await.unwrap();
    let lines = keeper.output("is not taken out of its groups").await;
    assert!(lines.iter().any(|line| line.contains("there is no table chat")), "{lines:?}");
}

#[tokio::test]
async fn a_connection_leaves_though_its_handler_takes_all_its_time() {
    let (api, database) = (ManagementApi::start().await, DynamoDb::start().await);
    let package = Package::handler(guests::straggler()).management_api(&api).timeout(Duration::from_secs(3));
    let package = package.variable("AWS_ENDPOINT_URL_DYNAMODB", &database.url).variable("GOBLET_TABLE", TABLE);
    let straggler = package.start();
    straggler.invoke(&events::message("")).await.unwrap();
    assert_eq!(database.members("lobby").await, 1);
    assert_eq!(straggler.error(&events::disconnect(1001, "")).await.0, "Handler.TimedOut");
    assert_eq!(database.members("lobby").await, 0);
}

#[tokio::test]
async fn a_handler_needs_a_table() {
    for package in [Package::handler(guests::keeper()), Package::handler(guests::keeper()).variable("GOBLET_TABLE", "")]
    {
        let (error_type, says) = package.start().error(&events::message("get c k")).await;
        assert_eq!(error_type, "Handler.NotLoaded");
        for interface in ["groups", "state"] {
            let refused = format!("goblet:websocket/{interface}@0.1.1 (it is granted only if GOBLET_TABLE is set)");
            assert!(says.contains(&refused), "{says}");
        }
    }
}

#[tokio::test]
async fn where_time_goes_is_logged() {
    let api = ManagementApi::start().await;
    let database = DynamoDb::start().await;
    let package = Package::handler(guests::keeper()).management_api(&api).variable("GOBLET_TABLE", TABLE);
    let package =
        package.variable("AWS_ENDPOINT_URL_DYNAMODB", &database.url).variable("AWS_LAMBDA_LOG_LEVEL", "DEBUG");
    let keeper = package.start();
    keeper.returned("put c k v").await;
    let lines = keeper.output("the handler is done").await;
    let done = lines.iter().find(|line| line.contains("the handler is done")).unwrap();
    assert!(done.contains(r#""groups_ms":0.0,"#) && done.contains(r#""state_ms":"#), "{done}");
}
