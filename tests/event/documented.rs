//! The events that AWS documents.

use goblet_host::event::{ConnectEvent, DisconnectEvent, Event, MessageEvent, Payload, Request};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn request(route_key: &str) -> Request {
    Request {
        connection_id: "XfGLweQ8DjMCJ-A=".to_owned(),
        request_id: "XfGLwFTktjMFsLg=".to_owned(),
        route_key: route_key.to_owned(),
        domain_name: "abc.execute-api.eu-west-1.amazonaws.com".to_owned(),
        stage: "api".to_owned(),
        api_id: "abc".to_owned(),
        connected_at: 1_795_464_725_000,
        source_ip: "192.0.2.1".to_owned(),
        user_agent: None,
        authorizer: vec![],
        stage_variables: vec![],
    }
}

fn connect(request: Request, query: &[(&str, &str)]) -> Event {
    let headers = pairs(&[
        ("Host", "abc.execute-api.eu-west-1.amazonaws.com"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ("Sec-WebSocket-Key", "X/MA+DSRXZ8WnITjBpxm3g=="),
        ("Sec-WebSocket-Version", "13"),
        ("X-Amzn-Trace-Id", "Root=1-6b04c0a5-35d888b22f86c62d26beae28"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]);
    Event::Connect(ConnectEvent { request, headers, query: pairs(query) })
}

fn message(request: Request, body: Payload) -> Event {
    Event::Message(MessageEvent { request, message_id: "XfGLyfnBDjMCJ-A=".to_owned(), body })
}

#[test]
fn connects() {
    let event = Event::from_json(include_str!("connect.json")).unwrap();
    assert_eq!(event, connect(request("$connect"), &[]));
}

#[test]
fn connects_with_a_query() {
    let event = Event::from_json(include_str!("connect_with_query.json")).unwrap();
    assert_eq!(event, connect(request("$connect"), &[("room", "blue"), ("tag", "a"), ("tag", "b")]));
}

#[test]
fn connects_with_an_authorizer() {
    let event = Event::from_json(include_str!("connect_with_authorizer.json")).unwrap();
    let authorizer =
        pairs(&[("admin", "true"), ("integrationLatency", "23"), ("numbers", "null"), ("principalId", "alice")]);
    assert_eq!(event, connect(Request { authorizer, ..request("$connect") }, &[]));
}

#[test]
fn connects_with_nulls() {
    let event = Event::from_json(include_str!("connect_with_nulls.json")).unwrap();
    assert_eq!(event, connect(request("$connect"), &[]));
}

#[test]
fn sends_a_message() {
    let event = Event::from_json(include_str!("message.json")).unwrap();
    let request = Request { user_agent: Some("Mozilla/5.0".to_owned()), ..request("sendmessage") };
    assert_eq!(event, message(request, r#"{"action": "sendmessage", "data": "grüße"}"#.into()));
}

#[test]
fn sends_a_message_to_a_stage_with_variables() {
    let event = Event::from_json(include_str!("message_with_stage_variables.json")).unwrap();
    let stage_variables = pairs(&[("color", "blue"), ("table", "chat")]);
    assert_eq!(event, message(Request { stage_variables, ..request("$default") }, "foo".into()));
}

#[test]
fn sends_bytes() {
    let event = Event::from_json(include_str!("message_in_base64.json")).unwrap();
    assert_eq!(event, message(request("$default"), Payload::Binary(vec![0, 255])));
}

#[test]
fn disconnects() {
    let event = Event::from_json(include_str!("disconnect.json")).unwrap();
    let reason = "Client-side close frame status not set".to_owned();
    assert_eq!(
        event,
        Event::Disconnect(DisconnectEvent { request: request("$disconnect"), status_code: 1005, reason })
    );
}

#[test]
fn disconnects_with_nulls() {
    let event = Event::from_json(include_str!("disconnect_with_nulls.json")).unwrap();
    let disconnect = DisconnectEvent { request: request("$disconnect"), status_code: 1005, reason: String::new() };
    assert_eq!(event, Event::Disconnect(disconnect));
}
