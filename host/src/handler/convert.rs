//! Between the host's types and those generated from `wit/`.

use super::bindings::goblet::websocket::{connections, types};
use crate::{
    connections::{Connection, ConnectionError},
    event::{ConnectEvent, DisconnectEvent, MessageEvent, Payload, Request},
};

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

impl From<Connection> for connections::Connection {
    fn from(connection: Connection) -> Self {
        Self {
            connected_at: connection.connected_at,
            last_active_at: connection.last_active_at,
            source_ip: connection.source_ip,
            user_agent: connection.user_agent,
        }
    }
}

impl From<ConnectionError> for connections::Error {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Disconnected(connection_id) => Self::Disconnected(connection_id),
            ConnectionError::PayloadTooLarge => Self::PayloadTooLarge,
            ConnectionError::Throttled => Self::Throttled,
            ConnectionError::Forbidden(text) => Self::Forbidden(text),
            ConnectionError::Failed(text) => Self::Failed(text),
        }
    }
}
