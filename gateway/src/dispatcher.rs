//! From what clients do to the API's routes, and back.

use std::{
    mem,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use bytes::Bytes;
use hyper::StatusCode;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    activity::{Activity, Observer, Outcome},
    api::{Api, CONNECT, DISCONNECT, Route},
    connection::{Client, Connection, Ending},
    connections::Connections,
    event::Event,
    integration::{self, Answer, IntegrationError},
    limits::Limits,
};

/// What all connections of a gateway share.
pub struct Dispatcher {
    api: RwLock<Arc<Api>>,
    pub limits: Limits,
    pub observer: Observer,
    pub connections: Arc<Connections>,
    /// Everything that runs on behalf of a connection.
    pub tasks: TaskTracker,
    pub shutdown: CancellationToken,
}

/// A client that was let in.
pub struct Accepted {
    pub subprotocol: Option<String>,
}

/// A client that was not: what it gets instead.
pub struct Refused {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Dispatcher {
    pub fn new(api: Api, limits: Limits, observer: Observer) -> Self {
        Self {
            api: RwLock::new(Arc::new(api)),
            limits,
            observer,
            connections: Arc::new(Connections::default()),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }
    }

    /// The API as it is now.
    pub fn api(&self) -> Arc<Api> {
        Arc::clone(&self.api.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another API in its place, and returns the one that was.
    pub fn replace(&self, api: Api) -> Arc<Api> {
        mem::replace(&mut self.api.write().unwrap_or_else(PoisonError::into_inner), Arc::new(api))
    }

    /// Asks the `$connect` route about a client; without one, everyone is let in.
    pub async fn connect(&self, client: &Client, event: &Event) -> Result<Accepted, Refused> {
        let api = self.api();
        let route = api.routes.get(CONNECT);
        let answer = self.invoke(route, client, CONNECT, &client.source_ip.to_string(), event).await;
        match answer {
            None => Ok(Accepted { subprotocol: None }),
            Some(Ok(answer)) if answer.status.is_success() => Ok(Accepted { subprotocol: answer.subprotocol }),
            Some(Ok(answer)) => Err(Refused { status: answer.status, body: Bytes::new() }),
            Some(Err(error)) => Err(Refused {
                status: error.status(),
                body: error_frame("Internal server error", client, &event.request_id),
            }),
        }
    }

    /// Gives a message to the route that it selects, and the client what the route has for it.
    pub async fn message(&self, connection: &Connection, message: &str) {
        let client = &connection.client;
        let api = self.api();
        let (route_key, route) = api.select(message);
        let event = Event::message(&api, client, &route_key, message);
        let answer = self.invoke(route, client, &route_key, message, &event).await;
        let reply = match answer {
            None => Some(error_frame("Forbidden", client, &event.request_id)),
            Some(Ok(answer)) if route.is_some_and(|route| route.is_two_way) => answer.body,
            Some(Ok(_)) => None,
            Some(Err(IntegrationError::TimedOut(_))) => {
                Some(error_frame("Endpoint request timed out", client, &event.request_id))
            }
            Some(Err(_)) => Some(error_frame("Internal server error", client, &event.request_id)),
        };
        if let Some(reply) = reply {
            // A client that has gone, or does not read, misses it.
            let _ = connection.post(reply);
        }
    }

    /// Tells the `$disconnect` route of a connection that is closed.
    pub async fn disconnect(&self, client: &Client, Ending { code, reason }: &Ending) {
        let api = self.api();
        let event = Event::disconnect(&api, client, *code, reason);
        let route = api.routes.get(DISCONNECT);
        self.invoke(route, client, DISCONNECT, &format!("{code} {reason}"), &event).await;
    }

    async fn invoke(
        &self,
        route: Option<&Route>,
        client: &Client,
        route_key: &str,
        subject: &str,
        event: &Event,
    ) -> Option<Result<Answer, IntegrationError>> {
        let start = Instant::now();
        let answer = match route {
            Some(route) => Some(integration::invoke(&route.function, event, route.timeout).await),
            None => None,
        };
        let duration = start.elapsed();
        let outcome = match &answer {
            None => Outcome::NoRoute,
            Some(Ok(answer)) => Outcome::Answered { duration, status: answer.status.as_u16() },
            Some(Err(error)) => Outcome::Failed { duration, reason: error.to_string() },
        };
        let (connection_id, route_key) = (client.connection_id.clone(), route_key.to_owned());
        let activity = Activity::Event { connection_id, route_key, subject: subject.to_owned(), outcome };
        self.observer.tell(activity).await;
        answer
    }
}

/// API Gateway's own frame, spaced as it spaces it: <https://github.com/nearst/laconia/issues/41>.
fn error_frame(message: &str, client: &Client, request_id: &str) -> Bytes {
    let connection_id = &client.connection_id;
    format!(r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#).into()
}
