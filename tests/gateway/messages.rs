//! From a message to its route, and back.

use std::time::Duration;

use futures_util::SinkExt as _;
use goblet_gateway::{
    activity::Activity,
    api::{CONNECT, DEFAULT},
};
use serde_json::{Value, json};

use super::mirror::{Mirror, Setup, WebSocket, ask, connection_id, hear, say};

/// The route that a message selects, as the function sees it.
async fn route_key(client: &mut WebSocket, message: &Value) -> String {
    ask(client, message).await
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html>.
#[tokio::test]
async fn a_field_of_the_message_selects_the_route() {
    let mirror = Mirror::with(Setup { routes: vec![DEFAULT, "join", "say"], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    for (message, expected) in [
        (json!({"routeKey": true, "action": "join"}), "join"),
        (json!({"routeKey": true, "action": "say"}), "say"),
        (json!({"routeKey": true, "action": "leave"}), "$default"),
        (json!({"routeKey": true, "action": "$connect"}), "$default"),
        (json!({"routeKey": true, "action": ["join"]}), "$default"),
        (json!({"routeKey": true, "action": null}), "$default"),
        (json!({"routeKey": true}), "$default"),
    ] {
        assert_eq!(route_key(&mut client, &message).await, expected, "{message}");
    }
}

#[tokio::test]
async fn the_field_may_be_nested() {
    for route_selection in ["$request.body.service.do", "${request.body.service.do}"] {
        let routes = vec![DEFAULT, "join"];
        let mirror = Mirror::with(Setup { routes, route_selection, ..Setup::default() }).await;
        let mut client = mirror.connect().await;
        let nested = json!({"routeKey": true, "service": {"do": "join"}});
        assert_eq!(route_key(&mut client, &nested).await, "join");
        let flat = json!({"routeKey": true, "service": "join", "do": "join"});
        assert_eq!(route_key(&mut client, &flat).await, "$default");
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>.
#[tokio::test]
async fn the_expression_may_have_text_and_several_variables() {
    for (route_selection, message) in [
        ("${request.body.v}-beta", json!({"v": "2"})),
        ("${request.body.v}-${request.body.kind}", json!({"v": 2, "kind": "beta"})),
        ("$request.body.list[1].key", json!({"list": [0, {"key": "2-beta"}]})),
        ("${request.body.v}-${stageVariables.color}", json!({"v": true})),
        ("$context.stage", json!({})),
        ("static", json!({})),
    ] {
        let routes = vec![DEFAULT, "2-beta", "true-red", "v1", "static"];
        let mirror = Mirror::with(Setup { routes, route_selection, ..Setup::default() }).await;
        let mut client = mirror.connect().await;
        let mut asked = message.clone();
        asked["routeKey"] = true.into();
        assert_ne!(route_key(&mut client, &asked).await, "$default", "{route_selection}");
        // No JSON has no route key, whatever the expression.
        assert_eq!(ask_text(&mut client, "no JSON").await, "$default got no JSON");
    }
}

async fn ask_text(client: &mut WebSocket, text: &'static str) -> String {
    client.send(text.into()).await.unwrap();
    hear(client).await
}

#[tokio::test]
async fn what_is_no_json_object_goes_to_default() {
    let mirror = Mirror::with(Setup { routes: vec![DEFAULT, "join"], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    for message in ["foo", "", "[1]", "3", "null", "{\"action\": \"join\""] {
        client.send(message.into()).await.unwrap();
        assert_eq!(hear(&mut client).await, format!("$default got {message}"));
    }
}

/// Byte for byte as in <https://github.com/nearst/laconia/issues/41>.
fn error_frame(message: &str, connection_id: &str) -> String {
    format!(r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":""#)
}

#[tokio::test]
async fn without_a_default_route_a_message_is_forbidden() {
    let mirror = Mirror::with(Setup { routes: vec![CONNECT, "join"], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let connect = mirror.event("CONNECT").await;
    let id = connect["requestContext"]["connectionId"].as_str().unwrap();
    for _ in 0..2 {
        let frame = ask(&mut client, &json!({})).await;
        assert!(frame.starts_with(&error_frame("Forbidden", id)) && frame.ends_with("=\"}"), "{frame}");
    }
    // The connection stays.
    assert_eq!(ask(&mut client, &json!({"action": "join", "routeKey": true})).await, "join");
}

#[tokio::test]
async fn a_failure_is_a_frame_and_the_connection_stays() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    for wish in [
        json!({"fail": "no"}),
        json!({"respond": "no object"}),
        json!({"respond": {"no": "status"}}),
        json!({"exit": 3}),
        // Longer than the function's timeout.
        json!({"hang": true}),
    ] {
        let frame = ask(&mut client, &wish).await;
        let expected = error_frame("Internal server error", &id);
        assert!(frame.starts_with(&expected) && frame.ends_with("=\"}"), "{wish}: {frame}");
        let answer = ask(&mut client, &json!({"respond": {"statusCode": 200, "body": "still here"}})).await;
        assert_eq!(answer, "still here");
    }
}

#[tokio::test]
async fn over_the_integration_timeout_there_is_a_frame_too() {
    // The function is asked nothing else: on a busy machine, its start alone may take as long.
    let integration_timeout = Duration::from_millis(500);
    let mut mirror = Mirror::with(Setup { integration_timeout, routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let id = loop {
        match mirror.activities.recv().await {
            Some(Activity::Event { connection_id, .. }) => break connection_id,
            Some(_) => {}
            None => panic!("the connection was not told"),
        }
    };
    let frame = ask(&mut client, &json!({"hang": true})).await;
    assert!(frame.starts_with(&error_frame("Endpoint request timed out", &id)), "{frame}");
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html>.
#[tokio::test]
async fn a_two_way_route_sends_the_body_of_any_response() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    for (response, body) in [
        (json!({"statusCode": 200, "body": "foo"}), "foo"),
        (json!({"statusCode": 500, "body": "bar"}), "bar"),
        (json!({"statusCode": 200, "body": "Zm9v", "isBase64Encoded": true}), "foo"),
    ] {
        assert_eq!(ask(&mut client, &json!({"respond": response})).await, body);
    }
}

#[tokio::test]
async fn a_one_way_route_sends_nothing() {
    let mirror = Mirror::with(Setup { is_two_way: false, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    say(&mut client, &json!({"respond": {"statusCode": 200, "body": "unheard"}})).await;
    // What comes next is another's.
    let connect = mirror.event("CONNECT").await;
    let id = connect["requestContext"]["connectionId"].as_str().unwrap();
    mirror.event("MESSAGE").await;
    assert_eq!(mirror.management("POST", id, b"heard").await.0, 200);
    assert_eq!(hear(&mut client).await, "heard");
}

#[tokio::test]
async fn messages_of_one_connection_are_handled_concurrently() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    say(&mut client, &json!({"hang": true})).await;
    assert_eq!(ask(&mut client, &json!({"respond": {"statusCode": 200, "body": "foo"}})).await, "foo");
}
