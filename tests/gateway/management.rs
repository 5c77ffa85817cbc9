//! The management API:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use serde_json::Value;

use super::mirror::{Mirror, closed, connection_id, hear, management_path};

#[tokio::test]
async fn sends_describes_and_closes() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;

    assert_eq!(mirror.management("POST", &id, "žluťoučký".as_bytes()).await.0, 200);
    assert_eq!(hear(&mut client).await, "žluťoučký");

    let (status, head, body) = mirror.management("GET", &id, b"").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/json"), "{head}");
    let description: Value = serde_json::from_str(&body).unwrap();
    let keys: Vec<_> = description.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["connectedAt", "identity", "lastActiveAt"]);
    assert_eq!(description["identity"]["sourceIp"], "127.0.0.1");
    assert!(description["connectedAt"].as_str().unwrap().ends_with('Z'));
    assert!(description["lastActiveAt"].as_str() >= description["connectedAt"].as_str());

    assert_eq!(mirror.management("DELETE", &id, b"").await.0, 204);
    assert_eq!(closed(&mut client).await.0, 1000);
    for method in ["POST", "GET", "DELETE"] {
        let (status, head, _) = mirror.management(method, &id, b"").await;
        assert_eq!(status, 410, "{method}");
        assert!(head.contains("x-amzn-errortype: goneexception"), "{head}");
    }
}

#[tokio::test]
async fn refuses_what_is_too_large_or_no_id() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    let (status, head, _) = mirror.management("POST", &id, &vec![b'x'; 128 * 1024 + 1]).await;
    assert_eq!(status, 413);
    assert!(head.contains("x-amzn-errortype: payloadtoolargeexception"), "{head}");
    let (status, head, body) = mirror.management("POST", "undefined", b"foo").await;
    assert_eq!(status, 400);
    assert!(head.contains("x-amzn-errortype: badrequestexception"), "{head}");
    assert_eq!(body, r#"{"message":"Invalid connectionId: undefined"}"#);
    // The connection has not suffered.
    assert_eq!(mirror.management("POST", &id, &vec![b'x'; 128 * 1024]).await.0, 200);
    assert_eq!(hear(&mut client).await.len(), 128 * 1024);
}

#[tokio::test]
async fn ids_may_be_percent_encoded_or_not() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    for id in [id.clone(), id.replace('=', "%3D"), id.replace('=', "%3d")] {
        assert_eq!(mirror.http("POST", &format!("/v1/@connections/{id}"), b"foo").await.0, 200, "{id}");
        assert_eq!(hear(&mut client).await, "foo");
    }
}

/// <https://github.com/okigan/awscurl/issues/61>.
#[tokio::test]
async fn the_at_sign_may_be_percent_encoded() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let path = management_path(&connection_id(&mut client).await).replace('@', "%40");
    assert_eq!(mirror.http("POST", &path, b"hello").await.0, 200);
    assert_eq!(hear(&mut client).await, "hello");
}

/// <https://github.com/aws/aws-sdk-php/issues/3040>.
#[tokio::test]
async fn a_stage_too_many_is_told() {
    let mut mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let path = format!("/v1{}", management_path(&connection_id(&mut client).await));
    let (status, _, body) = mirror.http("POST", &path, b"hello").await;
    assert_eq!(status, 404);
    assert!(body.starts_with(r#"{"message":"No method found matching route v1/@connections/"#), "{body}");
    assert!(mirror.told("Refused").await.contains("does the endpoint have the stage twice?"));
}
