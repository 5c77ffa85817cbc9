//! From what clients do to the API's routes, and back.

use std::{
    mem,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper::StatusCode;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    activity::{Activity, Observer, Outcome},
    api::{Api, CONNECT, DISCONNECT, Route},
    connection::{Client, Connection, Ending, PostError},
    in_flight::{Permit, SharedRoom},
    integration::{self, Answer, IntegrationError},
    open_connections::OpenConnections,
    proxy_event::{ConnectEvent, ProxyEvent},
    settings::Settings,
    stages::Stages,
    text::shortened,
};

/// Of a longer message, only the beginning is told; in bytes.
const MAX_SUBJECT: usize = 4 * 1024;

/// How much of it: no more than fits in a line of the terminal, which then leaves it as it is.
const BEGINNING: usize = 160;

/// What all connections of a gateway share.
pub struct Dispatcher {
    stages: RwLock<Arc<Stages>>,
    pub settings: Settings,
    pub observer: Observer,
    pub connections: Arc<OpenConnections>,
    pub room: SharedRoom,
    /// Everything that runs on behalf of a connection.
    pub tasks: TaskTracker,
    /// What clients have done that is not answered yet, and messages for them that are not written yet. It is closed, so
    /// that a wait for it ends when there is nothing.
    pub unsettled: TaskTracker,
    pub shutdown: CancellationToken,
}

/// A client that was let in.
pub struct Accepted {
    pub client: Client,
    pub subprotocol: Option<String>,
}

/// A client that was not let in: what it gets instead.
pub struct Refused {
    pub status: StatusCode,
    pub body: Bytes,
    /// Why, for the developer, if no function heard of it.
    pub reason: Option<String>,
}

impl Dispatcher {
    pub fn new(stages: Stages, settings: Settings, observer: Observer) -> Self {
        let unsettled = TaskTracker::new();
        unsettled.close();
        Self {
            stages: RwLock::new(Arc::new(stages)),
            settings,
            observer,
            connections: Arc::default(),
            room: SharedRoom::default(),
            tasks: TaskTracker::new(),
            unsettled,
            shutdown: CancellationToken::new(),
        }
    }

    /// The API's stages as they are now.
    pub fn stages(&self) -> Arc<Stages> {
        Arc::clone(&self.stages.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in their place, and returns those that were.
    pub fn replace(&self, stages: Stages) -> Arc<Stages> {
        mem::replace(&mut self.stages.write().unwrap_or_else(PoisonError::into_inner), Arc::new(stages))
    }

    /// The API as a client sees it: at its stage, or if that is gone, at the first.
    pub fn api(&self, client: &Client) -> Arc<Api> {
        let stages = self.stages();
        Arc::clone(stages.find(&client.stage).unwrap_or(stages.first()))
    }

    /// Asks the authorizer and the `$connect` route about a client. Without them, everyone is let in.
    pub async fn connect(&self, mut client: Client, event: ConnectEvent) -> Result<Accepted, Refused> {
        let api = self.api(&client);
        client.authorizer = api.admission.let_in(event.for_authorizer()).await.map_err(|error| {
            let (status, message) = error.answer();
            let body = error_frame(&message, &client, event.request_id());
            Refused { status, body, reason: Some(error.to_string()) }
        })?;
        let ProxyEvent { request_id, json } = event.authorized(&client);
        let invoked = Invoked::by(api.routes.get(CONNECT), json).await;
        self.tell(&client, CONNECT.to_owned(), client.source_ip.to_string(), invoked.outcome(Outcome::NoOptionalRoute));
        match invoked.answer {
            None => Ok(Accepted { client, subprotocol: None }),
            Some(Ok(answer)) if answer.status.is_success() => Ok(Accepted { client, subprotocol: answer.subprotocol }),
            Some(Ok(answer)) => Err(Refused { status: answer.status, body: Bytes::new(), reason: None }),
            Some(Err(error)) => {
                let body = error_frame("Internal server error", &client, &request_id);
                Err(Refused { status: error.status(), body, reason: None })
            }
        }
    }

    /// Gives a message to the route that it selects, and sends the client what the route has for it.
    ///
    /// While the function is at work, of the message only the event's bytes are in memory.
    pub async fn message(&self, connection: &Connection, message: Utf8Bytes, mut permit: Permit) {
        let client = &connection.client;
        let api = self.api(client);
        let (route_key, route) = api.select(client, &message);
        let ProxyEvent { request_id, json } = ProxyEvent::message(&api, client, &route_key, &message);
        let subject = subject(&message);
        drop(message);
        let invoked = Invoked::by(route, json).await;
        permit.leave_shared_room();
        let outcome = invoked.outcome(Outcome::NoRoute);
        let reply = match invoked.answer {
            None => Some(error_frame("Forbidden", client, &request_id)),
            Some(Ok(answer)) if route.is_some_and(|route| route.is_two_way) => answer.body,
            Some(Ok(_)) => None,
            Some(Err(IntegrationError::TimedOut(_))) => {
                Some(error_frame("Endpoint request timed out", client, &request_id))
            }
            Some(Err(_)) => Some(error_frame("Internal server error", client, &request_id)),
        };
        if let Some(reply) = reply {
            let size = reply.len();
            // A client that reads slowly holds up only its own messages.
            if let Err(error) = connection.post_in_time(reply).await {
                self.tell_lost(client, &error, size);
            }
        }
        self.tell(client, route_key, subject, outcome);
    }

    /// Tells the `$disconnect` route of a connection that is closed.
    pub async fn disconnect(&self, client: &Client, Ending { code, reason }: &Ending) {
        let api = self.api(client);
        let event = ProxyEvent::disconnect(&api, client, *code, reason);
        let invoked = Invoked::by(api.routes.get(DISCONNECT), event.json).await;
        let outcome = invoked.outcome(Outcome::NoOptionalRoute);
        self.tell(client, DISCONNECT.to_owned(), format!("{code} {reason}"), outcome);
    }

    fn tell_lost(&self, client: &Client, error: &PostError, size: usize) {
        let reason = match error {
            PostError::Gone => "the connection closed before the client had read the answer".to_owned(),
            PostError::Full => format!("the answer has {size} bytes, more than may wait for a client"),
        };
        self.observer.tell(Activity::Lost { connection_id: client.connection_id.clone(), messages: 1, reason });
    }

    fn tell(&self, client: &Client, route_key: String, subject: String, outcome: Outcome) {
        let connection_id = client.connection_id.clone();
        self.observer.tell(Activity::Event { connection_id, route_key, subject, outcome });
    }
}

/// What is told of a message. Longer ones are not kept for it while they are in flight.
fn subject(message: &str) -> String {
    if message.len() > MAX_SUBJECT { shortened(message, BEGINNING) } else { message.to_owned() }
}

/// What a route made of an event, and how long it took.
struct Invoked {
    duration: Duration,
    /// None without a route.
    answer: Option<Result<Answer, IntegrationError>>,
}

impl Invoked {
    async fn by(route: Option<&Route>, event: Bytes) -> Self {
        let start = Instant::now();
        let answer = match route {
            Some(route) => Some(integration::invoke(&route.integration, event, route.timeout, route.is_two_way).await),
            None => None,
        };
        Self { duration: start.elapsed(), answer }
    }

    fn outcome(&self, without_route: Outcome) -> Outcome {
        let duration = self.duration;
        match &self.answer {
            None => without_route,
            Some(Ok(answer)) => {
                let body = answer.body.as_deref().filter(|_| !answer.status.is_success());
                let refusal = body.map(|body| subject(&String::from_utf8_lossy(body)));
                Outcome::Answered { duration, status: answer.status.as_u16(), refusal }
            }
            Some(Err(error)) => Outcome::Failed { duration, reason: error.to_string() },
        }
    }
}

/// API Gateway's own frame, with its very spaces: <https://github.com/nearst/laconia/issues/41>.
fn error_frame(message: &str, client: &Client, request_id: &str) -> Bytes {
    let connection_id = &client.connection_id;
    format!(r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#).into()
}
