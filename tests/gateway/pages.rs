//! `@connections` and Lambda's Runtime API are for programs: a page that a developer has open in a browser must not
//! reach them. Browsers mark what pages send with `Origin` or `Sec-Fetch-Site`, and a page whose host name resolves to
//! this machine (DNS rebinding) sends that name as the `Host`.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::mirror::{Mirror, ask, connection_id, hear, http, management_path};

/// A request with a host and headers: the status and the body of the answer.
async fn request(address: SocketAddr, line: &str, host: &str, headers: &str) -> (u16, String) {
    let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 3\r\n{headers}\r\nfoo");
    let (status, _, body) = http(address, head.as_bytes()).await;
    (status, body)
}

/// What browsers send for pages, and for what the developer types into the address bar.
const MARKS: [&str; 5] = [
    "Origin: https://example.com\r\n",
    "Origin: null\r\n",
    "Sec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-origin\r\n",
    "Sec-Fetch-Site: none\r\n",
];

#[tokio::test]
async fn pages_do_not_reach_the_management_api() {
    let mut mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let id = connection_id(&mut client).await;
    let path = management_path(&id);
    let address = mirror.address;
    for method in ["POST", "GET", "DELETE", "OPTIONS"] {
        let line = format!("{method} {path}");
        for mark in MARKS {
            let (status, body) = request(address, &line, &address.to_string(), mark).await;
            assert_eq!(status, 403, "{method} {mark}");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert!(body["message"].as_str().unwrap().starts_with("web pages may not call this"), "{body}");
            assert!(mirror.told("Refused").await.contains("only browsers send"));
        }
        for host in ["example.com", "localhost.example.com:3001", "127.0.0.1.example.com", "127.0.0.1@example.com", ""]
        {
            let (status, body) = request(address, &line, host, "").await;
            assert_eq!(status, 403, "{method} {host}");
            let expected = format!("this is not called {host:?}: use localhost or an IP address as the host");
            assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({"message": expected}));
            assert!(mirror.told("Refused").await.contains("use localhost or an IP address"));
        }
    }
    // The connection has seen none of it.
    let port = address.port();
    for host in
        [format!("127.0.0.1:{port}"), format!("LocalHost:{port}"), "localhost".to_owned(), "[::1]:8080".to_owned()]
    {
        assert_eq!(request(address, &format!("POST {path}"), &host, "").await.0, 200, "{host}");
        assert_eq!(hear(&mut client).await, "foo");
    }
}

#[tokio::test]
async fn pages_do_not_reach_the_runtime_api() {
    let mut mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let address: SocketAddr = ask(&mut client, &json!({"runtimeApi": true})).await.parse().unwrap();
    let port = address.port();
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let invocation = "/2018-06-01/runtime/invocation";
    for line in [
        format!("GET {invocation}/next"),
        format!("POST {invocation}/1/response"),
        format!("POST {invocation}/1/error"),
        "POST /2018-06-01/runtime/init/error".to_owned(),
    ] {
        for mark in MARKS {
            let (status, body) = request(address, &line, &own[0], mark).await;
            assert_eq!(status, 403, "{line} {mark}");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert!(body["errorMessage"].as_str().unwrap().starts_with("web pages may not call this"), "{body}");
            assert!(mirror.told("Refused").await.contains("only browsers send"));
        }
        for host in
            ["example.com".to_owned(), format!("example.com:{port}"), "127.0.0.1".to_owned(), "[::1]:1".to_owned()]
        {
            assert_eq!(request(address, &line, &host, "").await.0, 403, "{line} {host}");
            assert!(mirror.told("Refused").await.contains(&format!("use {address} as the host")));
        }
    }
    for host in own {
        assert_eq!(request(address, "GET /other", &host, "").await.0, 404, "{host}");
    }
    // No event was taken, and the process is well.
    assert_eq!(ask(&mut client, &json!({"routeKey": true})).await, "$default");
}

/// As on AWS, it is for the handler to decide which pages may connect: API Gateway hands it the `Origin`.
#[tokio::test]
async fn pages_connect_and_the_handler_sees_their_origin() {
    let mirror = Mirror::start().await;
    let headers = [("Origin", "https://example.com"), ("Sec-Fetch-Site", "cross-site"), ("Host", "example.com")];
    let (mut client, _) = mirror.try_connect_with(&json!({}), &headers).await.unwrap();
    connection_id(&mut client).await;
    let connect = mirror.event("CONNECT").await;
    assert_eq!(connect["headers"]["Origin"], "https://example.com");
    assert_eq!(connect["headers"]["Host"], "example.com");
}

#[tokio::test]
async fn no_host_hides_behind_another_one() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let path = management_path(&connection_id(&mut client).await);
    let runtime_api: SocketAddr = ask(&mut client, &json!({"runtimeApi": true})).await.parse().unwrap();
    let init_error = "/2018-06-01/runtime/init/error";
    for (address, path) in [(mirror.address, path.as_str()), (runtime_api, init_error)] {
        let own = address.to_string();
        let foreign_target = format!("POST http://example.com{path}");
        let own_target = format!("POST http://{own}{path}");
        for (line, host, headers) in [
            (format!("POST {path}"), own.as_str(), "Host: example.com\r\n"),
            (format!("POST {path}"), "example.com", &format!("Host: {own}\r\n")),
            (format!("POST {path}"), &own, &format!("Host: {own}\r\n")),
            (foreign_target, &own, ""),
            (own_target, "example.com", ""),
        ] {
            assert_eq!(request(address, &line, host, headers).await.0, 403, "{line} {host} {headers}");
        }
    }
    let whole = format!("POST http://{}{path}", mirror.address);
    assert_eq!(request(mirror.address, &whole, "localhost", "").await.0, 200);
    assert_eq!(hear(&mut client).await, "foo");
}

/// HTTP/1.1 demands it (RFC 9112, 3.2), and programs in HTTP/1.0 send it, too. HTTP/1.0 itself is no mark of a page.
#[tokio::test]
async fn a_request_without_a_host_is_refused() {
    let mirror = Mirror::start().await;
    let mut client = mirror.connect().await;
    let path = management_path(&connection_id(&mut client).await);
    for (version, host, status) in
        [("1.1", "", 403), ("1.0", "", 403), ("1.0", "Host: localhost\r\n", 200), ("1.0", "Host: example.com\r\n", 403)]
    {
        let head = format!("POST {path} HTTP/{version}\r\n{host}Connection: close\r\nContent-Length: 3\r\n\r\nfoo");
        assert_eq!(http(mirror.address, head.as_bytes()).await.0, status, "HTTP/{version} {host}");
    }
    assert_eq!(hear(&mut client).await, "foo");
}
