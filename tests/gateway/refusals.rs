//! Requests that the gateway refuses are told to whoever started it: a wrong URL must not be a riddle.

use super::mirror::{Mirror, Setup};

async fn told(mirror: &mut Mirror, status: u16, path: &str, reason: &str) {
    let activity = mirror.told("Refused").await;
    let expected = format!("Refused {{ status: {status}, path: {path:?}, reason: {reason:?} }}");
    assert_eq!(activity, expected);
}

#[tokio::test]
async fn another_path_than_the_stages_is_told() {
    let mut mirror = Mirror::start().await;
    for path in ["/", "/api/", "/v2"] {
        assert_eq!(mirror.http("GET", path, b"").await.0, 403);
        told(&mut mirror, 403, path, "this API's stage is /v1/").await;
    }
    // Without its query string, which may have secrets in it.
    assert_eq!(mirror.http("GET", "/api/?token=1", b"").await.0, 403);
    told(&mut mirror, 403, "/api/", "this API's stage is /v1/").await;
}

#[tokio::test]
async fn what_is_no_handshake_is_told() {
    let mut mirror = Mirror::start().await;
    assert_eq!(mirror.http("GET", "/v1", b"").await.0, 426);
    told(&mut mirror, 426, "/v1", "this is plain HTTP: connect with a WebSocket client").await;
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n";
    assert_eq!(mirror.http_with("GET", "/v1", upgrade, b"").await.0, 400);
    told(&mut mirror, 400, "/v1", "the WebSocket handshake has no key, or is not of version 13").await;
}

#[tokio::test]
async fn mistakes_in_calls_of_the_management_api_are_told() {
    let mut mirror = Mirror::with(Setup { is_signature_required: true, ..Setup::default() }).await;
    assert_eq!(mirror.http("GET", "/v1/@connections/undefined", b"").await.0, 403);
    told(&mut mirror, 403, "/v1/@connections/undefined", "Missing Authentication Token").await;
    let mut mirror = Mirror::start().await;
    assert_eq!(mirror.management("GET", "L0SM9cOFvHcCIhw=", b"").await.0, 410);
    told(&mut mirror, 410, "/v1/@connections/L0SM9cOFvHcCIhw%3D", "Gone").await;
    assert_eq!(mirror.http("PUT", "/v1/@connections/undefined", b"").await.0, 405);
    told(&mut mirror, 405, "/v1/@connections/undefined", "Method Not Allowed").await;
    assert_eq!(mirror.http("GET", "/v1/@connections/undefined", b"").await.0, 400);
    told(&mut mirror, 400, "/v1/@connections/undefined", "Invalid connectionId: undefined").await;
}

#[tokio::test]
async fn a_route_that_need_not_be_there_is_no_refusal() {
    let mut mirror = Mirror::with(Setup { routes: vec![], ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    assert!(mirror.told("$connect").await.contains("outcome: NoOptionalRoute"));
    super::mirror::say(&mut client, &serde_json::json!({})).await;
    assert!(mirror.told("$default").await.contains("outcome: NoRoute"));
    drop(client);
    assert!(mirror.told("$disconnect").await.contains("outcome: NoOptionalRoute"));
}
