//! Signed calls of the management API. That what the AWS SDK signs is let in, `tests/echo.rs` shows.

use serde_json::Value;

use super::mirror::{Mirror, Setup, hear, http, management_path};

const SIGNED_HEADERS: &str = "host;x-amz-date;x-amz-security-token";

/// A call with an `Authorization` header: its error's name and text.
async fn refused(mirror: &Mirror, headers: &str) -> (String, String) {
    let (status, head, body) = mirror.http_with("POST", &management_path("L0SM9cOFvHcCIhw="), headers, b"foo").await;
    assert_eq!(status, 403, "{head}");
    let error_type = head.lines().find_map(|line| line.strip_prefix("x-amzn-errortype: ")).unwrap().to_owned();
    let body: Value = serde_json::from_str(&body).unwrap();
    (error_type, body["message"].as_str().unwrap().to_owned())
}

fn authorization(key: &str, scope: &str, date: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={key}/20261123/{scope}/aws4_request, \
         SignedHeaders={SIGNED_HEADERS}, Signature=00\r\nX-Amz-Date: {date}\r\nX-Amz-Security-Token: goblet\r\n"
    )
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let mirror = Mirror::with(Setup { is_signature_required: true, ..Setup::default() }).await;
    let missing = refused(&mirror, "").await;
    assert_eq!(missing, ("missingauthenticationtokenexception".to_owned(), "Missing Authentication Token".to_owned()));
}

#[tokio::test]
async fn another_api_does_not_let_in_what_is_not_signed() {
    let mirror = Mirror::with(Setup { is_signature_required: true, ..Setup::default() }).await;
    mirror.replace();
    assert_eq!(refused(&mirror, "").await.0, "missingauthenticationtokenexception");
}

#[tokio::test]
async fn what_is_signed_wrong_is_refused() {
    let mirror = Mirror::with(Setup { is_signature_required: true, ..Setup::default() }).await;
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let ours = "us-east-1/execute-api";
    for (headers, error_type) in [
        ("Authorization: Basic Zm9vOmJhcg==\r\n".to_owned(), "incompletesignatureexception"),
        (authorization("AKIDEXAMPLE", ours, &now), "unrecognizedclientexception"),
        (authorization("goblet", "us-east-1/s3", &now), "invalidsignatureexception"),
        // Signed for any region, if the host names none; but not as it should be.
        (authorization("goblet", "eu-west-1/execute-api", &now), "invalidsignatureexception"),
        (authorization("goblet", ours, "20201123T201205Z"), "invalidsignatureexception"),
        (authorization("goblet", ours, "yesterday"), "incompletesignatureexception"),
        (authorization("goblet", ours, &now), "invalidsignatureexception"),
    ] {
        assert_eq!(refused(&mirror, &headers).await.0, error_type, "{headers}");
    }
}

#[tokio::test]
async fn where_it_is_not_asked_for_curl_works() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let connect = mirror.event("CONNECT").await;
    let id = connect["requestContext"]["connectionId"].as_str().unwrap();
    assert_eq!(mirror.management("POST", id, b"foo").await.0, 200);
    assert_eq!(hear(&mut client).await, "foo");
}

#[tokio::test]
async fn the_region_is_that_of_the_host() {
    let mirror = Mirror::with(Setup { is_signature_required: true, ..Setup::default() }).await;
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    for (region, says) in [("us-east-1", "Credential should be scoped"), ("eu-west-1", "does not match")] {
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: abc.execute-api.eu-west-1.amazonaws.com\r\nConnection: close\r\n\
             Content-Length: 0\r\n{}\r\n",
            management_path("L0SM9cOFvHcCIhw="),
            authorization("goblet", &format!("{region}/execute-api"), &now)
        );
        let (status, _, body) = http(mirror.address, request.as_bytes()).await;
        assert_eq!(status, 403);
        assert!(body.contains(says), "{body}");
    }
}
