//! The events, field by field:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

use super::mirror::{Mirror, ask};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What every event has.
fn assert_context(event: &Value, route_key: &str, event_type: &str, own: &[&str]) {
    let context = &event["requestContext"];
    let mut expected = vec![
        "routeKey",
        "eventType",
        "extendedRequestId",
        "requestTime",
        "messageDirection",
        "stage",
        "connectedAt",
        "requestTimeEpoch",
        "identity",
        "requestId",
        "domainName",
        "connectionId",
        "apiId",
    ];
    expected.extend(own);
    expected.sort_unstable();
    assert_eq!(keys(context), expected);
    assert_eq!(context["domainName"], "abc.execute-api.us-east-1.amazonaws.com");
    assert_eq!(context["routeKey"], route_key);
    assert_eq!(context["eventType"], event_type);
    assert_eq!(context["messageDirection"], "IN");
    assert_eq!(context["stage"], "v1");
    assert_eq!(context["apiId"], "abc");
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["identity"]["userAgent"], "test/1");
    assert_eq!(context["requestId"].as_str().unwrap().len(), 16);
    assert!(context["requestTime"].as_str().unwrap().ends_with(" +0000"));
    assert!(context["requestTimeEpoch"].as_i64() >= context["connectedAt"].as_i64());
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["stageVariables"], json!({"color": "red"}));
}

#[tokio::test]
async fn connect_has_headers_and_query() {
    let mirror = Mirror::start().await;
    let headers = [("User-Agent", "test/1"), ("X-Color", "red")];
    let (_client, _) = mirror.try_connect_with(&json!({"é": [1, 2]}), &headers).await.unwrap();
    let connect = mirror.event("CONNECT").await;
    assert_context(&connect, "$connect", "CONNECT", &[]);
    // As the client sent it.
    assert_eq!(connect["headers"]["x-color"], "red");
    assert_eq!(connect["headers"]["Host"], mirror.address.to_string());
    assert_eq!(connect["headers"]["Sec-WebSocket-Version"], "13");
    assert_eq!(connect["headers"]["X-Forwarded-For"], "127.0.0.1");
    assert_eq!(connect["headers"]["X-Forwarded-Port"], mirror.address.port().to_string());
    for name in ["Sec-WebSocket-Key", "X-Amzn-Trace-Id", "X-Forwarded-Proto", "user-agent"] {
        assert!(connect["headers"][name].is_string(), "{name}");
        assert_eq!(connect["multiValueHeaders"][name], json!([connect["headers"][name]]));
    }
    // What is between the client and the gateway alone.
    for name in ["Connection", "Upgrade"] {
        assert!(connect["headers"].get(name).is_none(), "{name}");
    }
    assert_eq!(connect["queryStringParameters"], json!({"wish": r#"{"é":[1,2]}"#}));
    assert_eq!(connect["multiValueQueryStringParameters"], json!({"wish": [r#"{"é":[1,2]}"#]}));
    assert!(connect.get("body").is_none());
}

/// <https://github.com/LegNeato/aws-lambda-events/issues/71> and <https://github.com/sst/sst/issues/3327>.
#[tokio::test]
async fn names_of_headers_are_as_they_were_sent() {
    let mirror = Mirror::start().await;
    let upgrade = "upgrade: websocket\r\nCONNECTION: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   sec-websocket-version: 13\r\nx-room: 1\r\nX-TEAM: 2\r\nX-Team: 3\r\n";
    let mut stream = tokio::net::TcpStream::connect(mirror.address).await.unwrap();
    // The second request of its TCP connection: the first one is refused.
    for path in ["/nowhere", "/v1"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{upgrade}\r\n");
        stream
            .write_all(request.replace("upgrade", if path == "/v1" { "upgrade" } else { "x" }).as_bytes())
            .await
            .unwrap();
    }
    let connect = mirror.event("CONNECT").await;
    let headers = &connect["headers"];
    for (name, value) in [("x-room", "1"), ("X-TEAM", "2"), ("X-Team", "3"), ("sec-websocket-version", "13")] {
        assert_eq!(headers[name], value, "{name}: {headers}");
        assert_eq!(connect["multiValueHeaders"][name], json!([value]), "{name}");
    }
    assert!(headers.get("upgrade").is_none() && headers.get("CONNECTION").is_none());
}

#[tokio::test]
async fn a_parameter_given_twice_stands_twice() {
    let mirror = Mirror::start().await;
    let url = format!("ws://{}/v1/?a=1&a=2&b=%C3%A9", mirror.address);
    let (_client, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let connect = mirror.event("CONNECT").await;
    assert_eq!(connect["queryStringParameters"], json!({"a": "2", "b": "é"}));
    assert_eq!(connect["multiValueQueryStringParameters"], json!({"a": ["1", "2"], "b": ["é"]}));
}

#[tokio::test]
async fn without_a_query_string_there_are_no_parameters() {
    let mirror = Mirror::start().await;
    let (_client, _) = tokio_tungstenite::connect_async(format!("ws://{}/v1", mirror.address)).await.unwrap();
    let connect = mirror.event("CONNECT").await;
    let expected = ["headers", "isBase64Encoded", "multiValueHeaders", "requestContext", "stageVariables"];
    assert_eq!(keys(&connect), expected);
}

#[tokio::test]
async fn a_message_has_an_id_and_a_body() {
    let mirror = Mirror::start().await;
    let (mut client, _) = mirror.try_connect_with(&json!({}), &[("User-Agent", "test/1")]).await.unwrap();
    let wish = json!({"connectionId": true});
    ask(&mut client, &wish).await;
    let (connect, message) = (mirror.event("CONNECT").await, mirror.event("MESSAGE").await);
    assert_context(&message, "$default", "MESSAGE", &["messageId"]);
    assert_eq!(message["body"], wish.to_string());
    assert_eq!(keys(&message), ["body", "isBase64Encoded", "requestContext", "stageVariables"]);
    for field in ["connectionId", "connectedAt", "domainName"] {
        assert_eq!(message["requestContext"][field], connect["requestContext"][field], "{field}");
    }
    assert_ne!(message["requestContext"]["requestId"], connect["requestContext"]["requestId"]);
}

#[tokio::test]
async fn disconnect_has_a_code_and_a_reason() {
    let mirror = Mirror::start().await;
    let (mut client, _) = mirror.try_connect_with(&json!({}), &[("User-Agent", "test/1")]).await.unwrap();
    client.close(Some(CloseFrame { code: CloseCode::Library(4001), reason: "bye".into() })).await.unwrap();
    let disconnect = mirror.event("DISCONNECT").await;
    assert_context(&disconnect, "$disconnect", "DISCONNECT", &["disconnectReason", "disconnectStatusCode"]);
    assert_eq!(disconnect["requestContext"]["disconnectStatusCode"], 4001);
    assert_eq!(disconnect["requestContext"]["disconnectReason"], "bye");
    assert_eq!(disconnect["headers"], json!({"Host": mirror.address.to_string(), "x-api-key": "", "x-restapi": ""}));
}
