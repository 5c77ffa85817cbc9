//! Any event, any JSON: what properties are tried with.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use goblet_host::event::{ConnectEvent, DisconnectEvent, Event, MessageEvent, Payload, Request};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// The events of AWS.
pub const FIXTURES: [&str; 9] = [
    include_str!("connect.json"),
    include_str!("connect_with_authorizer.json"),
    include_str!("connect_with_nulls.json"),
    include_str!("connect_with_query.json"),
    include_str!("disconnect.json"),
    include_str!("disconnect_with_nulls.json"),
    include_str!("message.json"),
    include_str!("message_in_base64.json"),
    include_str!("message_with_stage_variables.json"),
];

pub fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any::<String>(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An event of AWS with one of its values, at any depth, replaced by any other.
pub fn spoiled_event() -> impl Strategy<Value = Value> {
    (select(&FIXTURES[..]), any::<prop::sample::Index>(), json_value()).prop_map(|(fixture, index, other)| {
        let mut event: Value = serde_json::from_str(fixture).unwrap();
        let mut pointers = Vec::new();
        pointers_of(&event, String::new(), &mut pointers);
        let pointer: &String = index.get(&pointers);
        *event.pointer_mut(pointer).unwrap() = other;
        event
    })
}

fn pointers_of(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| pointers_of(value, format!("{pointer}/{name}"), pointers));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| pointers_of(value, format!("{pointer}/{index}"), pointers));
        }
        _ => {}
    }
    pointers.push(pointer);
}

pub fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![any::<String>().prop_map(Payload::Text), any::<Vec<u8>>().prop_map(Payload::Binary)]
}

pub fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (request(), pairs(), pairs()).prop_map(|(request, headers, query)| Event::Connect(ConnectEvent {
            request,
            headers,
            query
        })),
        (request(), any::<String>(), payload()).prop_map(|(request, message_id, body)| Event::Message(MessageEvent {
            request,
            message_id,
            body
        })),
        (request(), any::<u16>(), any::<String>()).prop_map(|(request, status_code, reason)| {
            Event::Disconnect(DisconnectEvent { request, status_code, reason })
        }),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let texts = any::<[String; 7]>();
    (texts, any::<u64>(), option::of(any::<String>()), unique_pairs(), unique_pairs()).prop_map(
        |(texts, connected_at, user_agent, authorizer, stage_variables)| {
            let [connection_id, request_id, route_key, domain_name, stage, api_id, source_ip] = texts;
            Request {
                connection_id,
                request_id,
                route_key,
                domain_name,
                stage,
                api_id,
                connected_at,
                source_ip,
                user_agent,
                authorizer,
                stage_variables,
            }
        },
    )
}

/// By name, in order; a name may have several values.
fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map(any::<String>(), vec(any::<String>(), 1..3), 0..5).prop_map(|map| {
        map.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value))).collect()
    })
}

fn unique_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map(any::<String>(), any::<String>(), 0..5).prop_map(|map| map.into_iter().collect())
}

/// The event as API Gateway writes it.
pub fn to_json(event: &Event) -> Value {
    let request = event.request();
    let mut json = json!({
        "requestContext": {
            "routeKey": request.route_key,
            "messageDirection": "IN",
            "stage": request.stage,
            "connectedAt": request.connected_at,
            "identity": {"sourceIp": request.source_ip, "userAgent": request.user_agent},
            "requestId": request.request_id,
            "domainName": request.domain_name,
            "connectionId": request.connection_id,
            "apiId": request.api_id,
            "authorizer": members(&request.authorizer),
        },
        "stageVariables": members(&request.stage_variables),
        "isBase64Encoded": false,
    });
    let context = &mut json["requestContext"];
    match event {
        Event::Connect(event) => {
            context["eventType"] = "CONNECT".into();
            json["headers"] = members(&event.headers);
            json["multiValueHeaders"] = multi_value_members(&event.headers);
            json["queryStringParameters"] = members(&event.query);
            json["multiValueQueryStringParameters"] = multi_value_members(&event.query);
        }
        Event::Message(event) => {
            context["eventType"] = "MESSAGE".into();
            context["messageId"] = event.message_id.clone().into();
            json["isBase64Encoded"] = matches!(event.body, Payload::Binary(_)).into();
            json["body"] = match &event.body {
                Payload::Text(text) => text.clone(),
                Payload::Binary(bytes) => STANDARD.encode(bytes),
            }
            .into();
        }
        Event::Disconnect(event) => {
            context["eventType"] = "DISCONNECT".into();
            context["disconnectStatusCode"] = event.status_code.into();
            context["disconnectReason"] = event.reason.clone().into();
        }
    }
    json
}

fn members(pairs: &[(String, String)]) -> Value {
    let members: Map<String, Value> = pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    members.into()
}

fn multi_value_members(pairs: &[(String, String)]) -> Value {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        members.entry(name).or_default().push(value);
    }
    json!(members)
}
