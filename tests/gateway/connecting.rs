//! Before there is a connection:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html>.

use std::time::Duration;

use goblet_gateway::api::{CONNECT, DEFAULT};
use serde_json::json;
use tokio_tungstenite::{connect_async, tungstenite::Error};

use super::mirror::{Mirror, Setup, ask};

#[tokio::test]
async fn connect_decides() {
    let mirror = Mirror::start().await;
    for status in [200, 204, 299] {
        assert!(mirror.try_connect(&json!({"respond": {"statusCode": status}})).await.is_ok(), "{status}");
    }
    for status in [302, 400, 401, 403, 500, 501, 502] {
        assert_eq!(mirror.refused(&json!({"respond": {"statusCode": status}})).await, status);
    }
}

#[tokio::test]
async fn connect_that_fails_refuses_with_502() {
    let mirror = Mirror::start().await;
    for wish in [
        json!({"fail": "no"}),
        json!({"respond": "nonsense"}),
        json!({"respond": {"no": "status"}}),
        json!({"exit": 1}),
        // Longer than the function's timeout.
        json!({"hang": true}),
    ] {
        assert_eq!(mirror.refused(&wish).await, 502, "{wish}");
    }
}

#[tokio::test]
async fn connect_that_takes_longer_than_the_integration_may_refuses() {
    let mirror = Mirror::with(Setup { integration_timeout: Duration::from_millis(500), ..Setup::default() }).await;
    assert_eq!(mirror.refused(&json!({"hang": true})).await, 504);
}

#[tokio::test]
async fn without_a_connect_route_everyone_is_let_in() {
    let mirror = Mirror::with(Setup { routes: vec![DEFAULT], ..Setup::default() }).await;
    let mut client = mirror.try_connect(&json!({"respond": {"statusCode": 403}})).await.unwrap();
    assert_eq!(ask(&mut client, &json!({"respond": {"statusCode": 200, "body": "in"}})).await, "in");
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html>.
#[tokio::test]
async fn connect_picks_the_subprotocol() {
    let mirror = Mirror::start().await;
    let wish = json!({"respond": {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.2", "X-Other": "1"}}});
    let offer = [("Sec-WebSocket-Protocol", "chat.1, chat.2")];
    let (_client, headers) = mirror.try_connect_with(&wish, &offer).await.unwrap();
    assert_eq!(headers["Sec-WebSocket-Protocol"], "chat.2");
    // No other header of the function's reaches the client.
    assert!(headers.get("X-Other").is_none());
}

#[tokio::test]
async fn a_client_whose_subprotocols_are_all_left_fails_the_handshake() {
    let mirror = Mirror::start().await;
    let offer = [("Sec-WebSocket-Protocol", "chat.1")];
    let failed = mirror.try_connect_with(&json!({}), &offer).await.unwrap_err();
    assert!(failed.to_string().contains("SubProtocol"), "{failed}");
}

/// "Posted before the connection was established":
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.
#[tokio::test]
async fn a_connection_does_not_exist_before_it_is_accepted() {
    let mirror = Mirror::start().await;
    // The function answers with the status that the management API had for it.
    assert_eq!(mirror.refused(&json!({"post": "too early"})).await, 410);
}

/// On any path of the stage: <https://github.com/dherault/serverless-offline/tree/master/tests/manual/websocket>.
#[tokio::test]
async fn plain_http_is_told_to_upgrade() {
    let mirror = Mirror::with(Setup { routes: vec![CONNECT, DEFAULT], ..Setup::default() }).await;
    for path in ["/v1", "/v1/", "/v1?a=1", "/v1/other", "/v1/a/b"] {
        assert_eq!(mirror.http("GET", path, b"").await.0, 426, "{path}");
    }
    assert!(mirror.events().is_empty());
}

#[tokio::test]
async fn another_path_is_forbidden() {
    let mirror = Mirror::start().await;
    for path in ["/", "/v2"] {
        let (status, _, body) = mirror.http("GET", path, b"").await;
        assert_eq!((status, body.as_str()), (403, r#"{"message":"Forbidden"}"#), "{path}");
    }
}

#[tokio::test]
async fn a_client_on_another_path_of_the_stage_is_forbidden() {
    let mirror = Mirror::start().await;
    match connect_async(format!("ws://{}/v1/other", mirror.address)).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_handshake_of_another_version_is_refused() {
    let mirror = Mirror::start().await;
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (version, status) in [("Sec-WebSocket-Version: 8\r\n", 400), ("", 400)] {
        let (answer, _, _) = mirror.http_with("GET", "/v1", &format!("{upgrade}{version}"), b"").await;
        assert_eq!(answer, status, "{version}");
    }
    assert!(mirror.events().is_empty());
}
