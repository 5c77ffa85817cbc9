//! The routes that a handler serves, by its exports.

use wasmtime::component::InstancePre;

use super::{
    bindings::exports::goblet::websocket::{on_connect, on_disconnect, on_message},
    error::HandlerError,
    exports::Exports,
    instance::Instance,
    limits,
    sandbox::Sandbox,
};
use crate::{
    event::{ConnectEvent, DisconnectEvent, Event, MessageEvent, Payload},
    response::Response,
    services::connections::MAX_PAYLOAD,
};

/// The exports that events are given to.
pub struct Routes {
    connect: Option<on_connect::GuestIndices>,
    message: Option<on_message::GuestIndices>,
    disconnect: Option<on_disconnect::GuestIndices>,
}

/// What a guest answers: a response, or the text of an error.
type Answer = Result<Response, String>;

impl Routes {
    /// Finds the functions of these exports. It is an error if one is missing.
    pub fn of(pre: &InstancePre<Sandbox>, exports: Exports) -> wasmtime::Result<Self> {
        Ok(Self {
            connect: exports.connect.then(|| on_connect::GuestIndices::new(pre)).transpose()?,
            message: exports.message.then(|| on_message::GuestIndices::new(pre)).transpose()?,
            disconnect: exports.disconnect.then(|| on_disconnect::GuestIndices::new(pre)).transpose()?,
        })
    }

    pub fn exports(&self) -> Exports {
        Exports {
            connect: self.connect.is_some(),
            message: self.message.is_some(),
            disconnect: self.disconnect.is_some(),
        }
    }

    /// Calls the event's export. Connect and disconnect events without one are accepted: as API Gateway's routes, they
    /// are optional.
    pub async fn call(
        &self,
        instance: &mut Instance,
        event: Event,
    ) -> wasmtime::Result<Result<Response, HandlerError>> {
        let answer = match (event, self) {
            (Event::Connect(event), Self { connect: Some(export), .. }) => connect(export, instance, event).await?,
            (Event::Message(event), Self { message: Some(export), .. }) => message(export, instance, event).await?,
            (Event::Disconnect(event), Self { disconnect: Some(export), .. }) => {
                disconnect(export, instance, event).await?
            }
            (Event::Connect(_) | Event::Disconnect(_), _) => Ok(Response::status(200)),
            (Event::Message(event), _) => return Ok(Err(HandlerError::NoMessageExport(event.request.route_key))),
        };
        Ok(answer.map_err(|text| HandlerError::Failed(limits::shorten(text))))
    }
}

async fn connect(
    export: &on_connect::GuestIndices,
    Instance { store, exports }: &mut Instance,
    event: ConnectEvent,
) -> wasmtime::Result<Answer> {
    let guest = export.load(&mut *store, exports)?;
    let answer = guest.call_on_ws_connect(store, &event.into()).await?;
    Ok(answer.and_then(|answer| match answer {
        on_connect::Answer::Accept(subprotocol) => Ok(Response::accept(subprotocol)),
        on_connect::Answer::Reject(status @ 300..600) => Ok(Response::status(status)),
        on_connect::Answer::Reject(status) => {
            Err(format!("on-ws-connect rejected with status {status}: use a status from 300 to 599, such as 403"))
        }
    }))
}

async fn message(
    export: &on_message::GuestIndices,
    Instance { store, exports }: &mut Instance,
    event: MessageEvent,
) -> wasmtime::Result<Answer> {
    let guest = export.load(&mut *store, exports)?;
    let payload = guest.call_on_ws_message(store, &event.into()).await?;
    Ok(payload.map(|payload| payload.map(Payload::from)).and_then(|payload| match payload {
        Some(payload) if payload.as_bytes().len() > MAX_PAYLOAD => Err(format!(
            "on-ws-message returned {} bytes: API Gateway sends no more than {MAX_PAYLOAD}",
            payload.as_bytes().len()
        )),
        payload => Ok(Response::message(payload)),
    }))
}

async fn disconnect(
    export: &on_disconnect::GuestIndices,
    Instance { store, exports }: &mut Instance,
    event: DisconnectEvent,
) -> wasmtime::Result<Answer> {
    let guest = export.load(&mut *store, exports)?;
    Ok(guest.call_on_ws_disconnect(store, &event.into()).await?.map(|()| Response::status(200)))
}
