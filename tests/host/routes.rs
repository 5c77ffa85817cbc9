//! What each kind of event reaches, and what its answer becomes.

use serde_json::{Value, json};

use super::{
    bootstrap::Package,
    events::{self, CONNECTION_ID, REQUEST_ID},
    guests,
    management_api::ManagementApi,
};

#[tokio::test]
async fn a_connection_is_accepted_with_a_subprotocol_or_none() {
    let puppet = Package::handler(guests::puppet()).start();
    let accepted = puppet.invoke(&events::connect(&Value::Null)).await.unwrap();
    assert_eq!(accepted, json!({"statusCode": 200, "isBase64Encoded": false}));
    let accepted = puppet.invoke(&events::connect(&json!({"subprotocol": "chat"}))).await.unwrap();
    let headers = json!({"Sec-WebSocket-Protocol": "chat"});
    assert_eq!(accepted, json!({"statusCode": 200, "headers": headers, "isBase64Encoded": false}));
}

#[tokio::test]
async fn a_connection_is_rejected_with_a_status() {
    let puppet = Package::handler(guests::puppet()).start();
    for status in [300, 401, 403, 599] {
        let rejected = puppet.invoke(&events::connect(&json!({"reject": status.to_string()}))).await.unwrap();
        assert_eq!(rejected, json!({"statusCode": status, "isBase64Encoded": false}));
    }
}

#[tokio::test]
async fn a_rejection_never_accepts() {
    let puppet = Package::handler(guests::puppet()).start();
    for status in ["0", "200", "299", "600"] {
        let (error_type, message) = puppet.error(&events::connect(&json!({"reject": status}))).await;
        assert_eq!(error_type, "Handler.Failed");
        assert!(message.contains(&format!("rejected with status {status}")), "{message}");
    }
}

#[tokio::test]
async fn headers_and_query_reach_the_handler() {
    let puppet = Package::handler(guests::puppet()).start();
    let told = puppet.invoke(&events::connect(&json!({"tell": "a b", "x": ""}))).await.unwrap();
    let headers = r#"[("Cookie", "a"), ("Cookie", "b"), ("Host", "chat.example.com")]"#;
    let query = r#"[("tell", "a b"), ("x", "")]"#;
    assert_eq!(told["headers"]["Sec-WebSocket-Protocol"], format!("{headers} {query}"));
}

#[tokio::test]
async fn what_a_message_returns_is_the_responses_body() {
    let puppet = Package::handler(guests::puppet()).start();
    let text = puppet.invoke(&events::message("return grüße")).await.unwrap();
    assert_eq!(text, json!({"statusCode": 200, "body": "grüße", "isBase64Encoded": false}));
    let bytes = puppet.invoke(&events::encoded_message("AP8=")).await.unwrap();
    assert_eq!(bytes, json!({"statusCode": 200, "body": "AP8=", "isBase64Encoded": true}));
    let nothing = puppet.invoke(&events::message("print nothing")).await.unwrap();
    assert_eq!(nothing, json!({"statusCode": 200, "isBase64Encoded": false}));
}

#[tokio::test]
async fn what_a_message_returns_is_no_more_than_api_gateway_sends() {
    let puppet = Package::handler(guests::puppet()).start();
    assert_eq!(puppet.returned("return-bytes 131072").await.len(), 131_072);
    let (error_type, message) = puppet.error(&events::message("return-bytes 131073")).await;
    assert_eq!(error_type, "Handler.Failed");
    assert!(message.contains("returned 131073 bytes"), "{message}");
}

#[tokio::test]
async fn a_handler_knows_where_its_event_is_from() {
    let puppet = Package::handler(guests::puppet()).start();
    let mut event = events::message("request");
    event["requestContext"]["authorizer"] = json!({"principalId": "me", "integrationLatency": 7});
    event["stageVariables"] = json!({"color": "blue"});
    let request = puppet.invoke(&event).await.unwrap()["body"].as_str().unwrap().to_owned();
    for field in [
        format!("connection-id: {CONNECTION_ID:?}"),
        format!("request-id: {REQUEST_ID:?}"),
        r#"route-key: "$default""#.to_owned(),
        r#"domain-name: "abc.execute-api.us-east-1.amazonaws.com""#.to_owned(),
        r#"stage: "api", api-id: "abc", connected-at: 1795464725000"#.to_owned(),
        r#"source-ip: "192.0.2.1", user-agent: Some("test")"#.to_owned(),
        r#"authorizer: [("integrationLatency", "7"), ("principalId", "me")]"#.to_owned(),
        r#"stage-variables: [("color", "blue")]"#.to_owned(),
    ] {
        assert!(request.contains(&field), "no {field} in {request}");
    }
}

#[tokio::test]
async fn a_disconnection_has_its_code_and_reason() {
    let api = ManagementApi::start().await;
    let puppet = Package::handler(guests::puppet()).management_api(&api).start();
    let answer = puppet.invoke(&events::disconnect(1001, "Going away")).await.unwrap();
    assert_eq!(answer, json!({"statusCode": 200, "isBase64Encoded": false}));
    assert_eq!(api.posts_to("observer"), ["1001 \"Going away\""]);
}

#[tokio::test]
async fn an_error_of_the_handler_fails_the_invocation_with_its_text() {
    let puppet = Package::handler(guests::puppet()).start();
    let failed = ("Handler.Failed".to_owned(), "no table".to_owned());
    assert_eq!(puppet.error(&events::message("fail no table")).await, failed);
    assert_eq!(puppet.error(&events::connect(&json!({"fail": "no table"}))).await, failed);
}

#[tokio::test]
async fn connections_come_and_go_where_the_handler_serves_messages_alone() {
    let echo = Package::handler(&guests::echo().1).start();
    for event in [events::connect(&Value::Null), events::disconnect(1000, "")] {
        let accepted = echo.invoke(&event).await.unwrap();
        assert_eq!(accepted, json!({"statusCode": 200, "isBase64Encoded": false}));
    }
}

#[tokio::test]
async fn a_message_without_an_export_is_an_error_that_names_it() {
    let doorman = Package::handler(guests::doorman()).start();
    let (error_type, message) = doorman.error(&events::message("foo")).await;
    assert_eq!(error_type, "Handler.NoExport");
    assert!(message.contains("goblet:websocket/on-message") && message.contains("$default"), "{message}");
    assert_eq!(doorman.invoke(&events::connect(&Value::Null)).await.unwrap()["statusCode"], 403);
    assert_eq!(doorman.invoke(&events::disconnect(1000, "")).await.unwrap()["statusCode"], 200);
}
