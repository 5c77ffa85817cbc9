//! Conversions between the host's types of events and those that are generated from `wit/`.

use super::bindings::goblet::websocket::types;
use crate::event::{ConnectEvent, DisconnectEvent, MessageEvent, Payload, Request};

impl From<Request> for types::Request {
    fn from(request: Request) -> Self {
        Self {
            connection_id: request.connection_id,
            request_id: request.request_id,
            route_key: request.route_key,
            domain_name: request.domain_name,
            stage: request.stage,
            api_id: request.api_id,
            connected_at: request.connected_at,
            source_ip: request.source_ip,
            user_agent: request.user_agent,
            authorizer: request.authorizer,
            stage_variables: request.stage_variables,
        }
    }
}

impl From<ConnectEvent> for types::ConnectEvent {
    fn from(event: ConnectEvent) -> Self {
        Self { request: event.request.into(), headers: event.headers, query: event.query }
    }
}

impl From<MessageEvent> for types::MessageEvent {
    fn from(event: MessageEvent) -> Self {
        Self { request: event.request.into(), message_id: event.message_id, body: event.body.into() }
    }
}

impl From<DisconnectEvent> for types::DisconnectEvent {
    fn from(event: DisconnectEvent) -> Self {
        Self { request: event.request.into(), status_code: event.status_code, reason: event.reason }
    }
}

impl From<Payload> for types::Payload {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Text(text) => Self::Text(text),
            Payload::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl From<types::Payload> for Payload {
    fn from(payload: types::Payload) -> Self {
        match payload {
            types::Payload::Text(text) => Self::Text(text),
            types::Payload::Binary(bytes) => Self::Binary(bytes),
        }
    }
}
