//! What a client needs to connect: authorizers, API keys and required parameters.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.

use goblet_gateway::{
    admission::{ApiKeySource, ApiKeys},
    api::CONNECT,
};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};

use super::mirror::{Mirror, Setup, WebSocket, ask};

const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:abc/v1/$connect";

/// An authorizer's response with a statement.
fn response(effect: &str, resource: &str) -> Value {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource});
    json!({"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}})
}

/// What the authorizer is asked to do.
fn respond(response: &Value) -> Value {
    json!({"respond": response})
}

/// Connects, with a wish for the authorizer.
async fn connect(mirror: &Mirror, authorize: &Value, headers: &[(&'static str, &str)]) -> Result<WebSocket, Error> {
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("authorize", &authorize.to_string()).finish();
    let mut request = format!("ws://{}/v1?{query}", mirror.address).into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    Ok(connect_async(request).await?.0)
}

/// The status and the message that a client is refused with.
async fn refused(mirror: &Mirror, authorize: &Value, headers: &[(&'static str, &str)]) -> (u16, String) {
    match connect(mirror, authorize, headers).await {
        Err(Error::Http(response)) => {
            let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
            (response.status().as_u16(), body["message"].as_str().unwrap().to_owned())
        }
        other => panic!("not refused: {other:?}"),
    }
}

async fn with_authorizer(identity_sources: &[&'static str]) -> Mirror {
    Mirror::with(Setup { identity_sources: Some(identity_sources.to_vec()), ..Setup::default() }).await
}

#[tokio::test]
async fn an_authorizer_lets_in_and_its_context_is_in_every_event() {
    let mirror = with_authorizer(&[]).await;
    let mut allow = response("Allow", ARN);
    allow["context"] = json!({"text": "a", "number": 1.5, "boolean": true, "nothing": null});
    let mut client = connect(&mirror, &respond(&allow), &[]).await.unwrap();
    ask(&mut client, &json!({"connectionId": true})).await;
    drop(client);
    for kind in ["CONNECT", "MESSAGE", "DISCONNECT"] {
        let found = |event: &Value| event["requestContext"]["eventType"] == kind && event.get("methodArn").is_none();
        mirror.event("DISCONNECT").await;
        let event = mirror.events().into_iter().find(found).unwrap();
        let mut authorizer = event["requestContext"]["authorizer"].clone();
        assert!(authorizer["integrationLatency"].is_u64(), "{authorizer}");
        authorizer.as_object_mut().unwrap().remove("integrationLatency");
        // Texts, whatever they were: <https://github.com/DefinitelyTyped/DefinitelyTyped/pull/69823>.
        let expected = json!({"principalId": "me", "text": "a", "number": "1.5", "boolean": "true", "nothing": null});
        assert_eq!(authorizer, expected, "{kind}");
    }
}

#[tokio::test]
async fn an_authorizer_gets_the_request() {
    let mirror = with_authorizer(&[]).await;
    connect(&mirror, &respond(&response("Allow", "*")), &[("X-Team", "red")]).await.unwrap();
    let events = mirror.events();
    let (asked, connected) = (&events[0], &events[1]);
    assert_eq!(asked["type"], "REQUEST");
    assert_eq!(asked["methodArn"], ARN);
    // As in the documentation's example, unlike in the event of `$connect`.
    assert_eq!(asked["headers"]["Connection"], "Upgrade");
    assert_eq!(asked["multiValueHeaders"]["Upgrade"], json!(["websocket"]));
    assert!(connected["headers"].get("Connection").is_none() && connected["headers"].get("Upgrade").is_none());
    assert_eq!(asked["headers"]["x-team"], "red");
    assert_eq!(asked["stageVariables"], json!({"color": "red"}));
    assert!(asked["queryStringParameters"]["authorize"].is_string());
    assert_eq!(asked["requestContext"]["routeKey"], "$connect");
    assert!(asked["requestContext"].get("authorizer").is_none());
    assert!(connected.get("methodArn").is_none() && connected.get("type").is_none());
    for name in ["connectionId", "requestId", "connectedAt"] {
        assert_eq!(asked["requestContext"][name], connected["requestContext"][name], "{name}");
    }
}

#[tokio::test]
async fn an_authorizer_refuses() {
    let mut mirror = with_authorizer(&[]).await;
    let mut nested = response("Allow", "*");
    nested["context"] = json!({"list": [1]});
    let mut nobody = response("Allow", "*");
    nobody.as_object_mut().unwrap().remove("principalId");
    for (wish, status, message, told) in [
        (respond(&response("Deny", ARN)), 403, "Forbidden", "denies it"),
        (respond(&response("Allow", "arn:aws:execute-api:*:*:abc/v2/*")), 403, "Forbidden", "does not allow arn:aws"),
        (json!({"fail": "Unauthorized"}), 401, "Unauthorized", "says Unauthorized"),
        (json!({"fail": "other"}), 500, "Internal server error", "the authorizer fails: Wished: other"),
        (respond(&json!({})), 500, "Internal server error", "has no principalId"),
        (respond(&nobody), 500, "Internal server error", "has no principalId"),
        (respond(&json!({"principalId": "me"})), 500, "Internal server error", "has no policyDocument"),
        (respond(&json!("yes")), 500, "Internal server error", "is no JSON object"),
        (respond(&nested), 500, "Internal server error", "context whose list is a list or an object"),
    ] {
        assert_eq!(refused(&mirror, &wish, &[]).await, (status, message.to_owned()), "{wish}");
        let activity = mirror.told("Refused").await;
        assert!(activity.contains(told), "{wish}: {activity}");
    }
    // The route was never asked.
    assert!(mirror.events().iter().all(|event| event.get("methodArn").is_some()));
}

#[tokio::test]
async fn without_its_identity_an_authorizer_is_not_asked() {
    let sources = ["route.request.header.Auth", "route.request.querystring.authorize", "stageVariables.color"];
    let mirror = with_authorizer(&sources).await;
    let wish = respond(&response("Allow", "*"));
    for headers in [&[][..], &[("Auth", "")]] {
        assert_eq!(refused(&mirror, &wish, headers).await, (401, "Unauthorized".to_owned()));
    }
    assert!(mirror.events().is_empty());
    connect(&mirror, &wish, &[("Auth", "me")]).await.unwrap();
    let mirror = with_authorizer(&["stageVariables.nothing"]).await;
    assert_eq!(refused(&mirror, &wish, &[]).await.0, 401);
}

#[tokio::test]
async fn an_api_key() {
    let keys = |values: &[&str], source| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Setup { api_keys: Some(ApiKeys { source, values }), ..Setup::default() }
    };
    let mirror = Mirror::with(keys(&["secret"], ApiKeySource::Header)).await;
    for headers in [&[][..], &[("x-api-key", "")], &[("x-api-key", "other")]] {
        assert_eq!(refused(&mirror, &json!({}), headers).await, (403, "Forbidden".to_owned()));
    }
    assert!(mirror.events().is_empty());
    connect(&mirror, &json!({}), &[("x-api-key", "secret")]).await.unwrap();
    // Without values, any key is taken.
    let mirror = Mirror::with(keys(&[], ApiKeySource::Header)).await;
    assert_eq!(refused(&mirror, &json!({}), &[]).await.0, 403);
    connect(&mirror, &json!({}), &[("x-api-key", "any")]).await.unwrap();
    // The authorizer's.
    let setup = Setup { identity_sources: Some(vec![]), ..keys(&["secret"], ApiKeySource::Authorizer) };
    let mirror = Mirror::with(setup).await;
    let mut allow = response("Allow", "*");
    assert_eq!(refused(&mirror, &respond(&allow), &[("x-api-key", "secret")]).await.0, 403);
    allow["usageIdentifierKey"] = "secret".into();
    connect(&mirror, &respond(&allow), &[]).await.unwrap();
}

#[tokio::test]
async fn required_parameters() {
    let setup = Setup {
        required_parameters: vec!["route.request.header.X-Room", "route.request.querystring.authorize"],
        routes: vec![CONNECT],
        ..Setup::default()
    };
    let mirror = Mirror::with(setup).await;
    let message = "Missing required request parameters: [X-Room]";
    assert_eq!(refused(&mirror, &json!({}), &[]).await, (400, message.to_owned()));
    assert!(mirror.events().is_empty());
    connect(&mirror, &json!({}), &[("x-room", "1")]).await.unwrap();
}
