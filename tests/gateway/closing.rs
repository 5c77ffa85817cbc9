//! How connections end, and what the disconnect event says of it.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use goblet_gateway::limits::Limits;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::mirror::{Mirror, PATIENCE, Setup, closed, connection_id};

/// The code and the reason in the disconnect event.
async fn told(mirror: &Mirror) -> (u64, String) {
    let event = mirror.event("DISCONNECT").await;
    let context = &event["requestContext"];
    let reason = context["disconnectReason"].as_str().unwrap().to_owned();
    (context["disconnectStatusCode"].as_u64().unwrap(), reason)
}

/// Reasons as observed in <https://github.com/aws/aws-lambda-rust-runtime/pull/816> and in the developer guide's page
/// on the disconnect route.
#[tokio::test]
async fn a_clients_close_frame_is_told() {
    let normal = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    let away = CloseFrame { code: CloseCode::Away, reason: "".into() };
    let own = CloseFrame { code: CloseCode::Library(4001), reason: "bye".into() };
    for (frame, expected) in [
        (Some(normal), (1000, "Connection Closed Normally")),
        (Some(away), (1001, "Going away")),
        (Some(own), (4001, "bye")),
        (None, (1005, "Client-side close frame status not set")),
    ] {
        let mirror = Mirror::start().await;
        let mut client = mirror.connect().await;
        client.close(frame).await.unwrap();
        assert_eq!(told(&mirror).await, (expected.0, expected.1.to_owned()));
    }
}

#[tokio::test]
async fn a_client_that_just_goes_is_told_too() {
    let mirror = Mirror::start().await;
    drop(mirror.connect().await);
    assert_eq!(told(&mirror).await.0, 1006);
}

#[tokio::test]
async fn delete_closes_normally() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    assert_eq!(mirror.management("DELETE", &id, b"").await.0, 204);
    assert_eq!(closed(&mut client).await.0, 1000);
    assert_eq!(told(&mirror).await, (1000, "Connection Closed Normally".to_owned()));
}

#[tokio::test]
async fn an_idle_connection_goes_away() {
    let limits = Limits { idle: Duration::from_millis(200), ..Limits::default() };
    let mirror = Mirror::with(Setup { limits, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    assert_eq!(closed(&mut client).await, (1001, "Going away".to_owned()));
    assert_eq!(told(&mirror).await, (1001, "Going away".to_owned()));
}

#[tokio::test]
async fn an_old_connection_goes_away_though_it_is_busy() {
    let limits = Limits { lifetime: Duration::from_millis(500), ..Limits::default() };
    let mirror = Mirror::with(Setup { limits, ..Setup::default() }).await;
    let mut client = mirror.connect().await;
    let end = async {
        loop {
            client.send(Message::Ping("".into())).await.unwrap();
            match client.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(timeout(PATIENCE, end).await.unwrap(), 1001);
}

#[tokio::test]
async fn a_connection_ends_once() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    // The client and the function at the same time.
    let (deleted, said) = tokio::join!(mirror.management("DELETE", &id, b""), client.close(None));
    assert!(deleted.0 == 204 || deleted.0 == 410);
    drop(said);
    told(&mirror).await;
    let mut other = mirror.connect().await;
    connection_id(&mut other).await;
    let ends = mirror.events().into_iter().filter(|event| event["requestContext"]["eventType"] == "DISCONNECT");
    assert_eq!(ends.count(), 1);
}

#[tokio::test]
async fn shutting_down_says_so() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    mirror.try_connect(&json!({"hang": true})).await.unwrap_err();
    let shut_down = tokio::spawn(mirror.gateway.shut_down());
    assert_eq!(closed(&mut client).await.0, 1001);
    while let Some(Ok(_)) = client.next().await {}
    timeout(PATIENCE, shut_down).await.unwrap().unwrap();
}
