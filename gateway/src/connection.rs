//! One client's connection, as the rest of the gateway sees it. Its life is in `websocket.rs`.

use std::{
    borrow::Cow,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::{
    select,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time,
};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use crate::region::Region;

/// How much may wait for a client that reads slowly, in bytes. Beyond that, posts to it are refused, and answers to its own
/// messages wait.
const MAX_UNREAD: usize = 512 * 1024;

/// What a waiting message counts besides its own bytes, so that the number of empty messages is bounded too.
const MESSAGE_OVERHEAD: usize = 64;

/// What is known about a client from the start. It is the same in all of the client's events.
#[derive(Clone, Debug)]
pub struct Client {
    pub connection_id: String,
    /// The stage that it connected to.
    pub stage: String,
    pub connected_at: Timestamp,
    pub source_ip: IpAddr,
    /// The port that it connected to.
    pub port: u16,
    pub user_agent: Option<String>,
    /// The host (and port) that it connected to.
    pub host: String,
    /// What the authorizer said about it: `requestContext.authorizer` of all of its events.
    pub authorizer: Option<Arc<Map<String, Value>>>,
}

impl Client {
    /// What is known of it in `$context`, whichever event it is about:
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.
    pub fn context(&self, api_id: &str, region: &Region) -> Value {
        let mut identity = Map::new();
        if let Some(user_agent) = &self.user_agent {
            identity.insert("userAgent".to_owned(), user_agent.as_str().into());
        }
        identity.insert("sourceIp".to_owned(), self.source_ip.to_string().into());
        let mut context = json!({
            "apiId": api_id,
            "connectedAt": self.connected_at.as_millisecond(),
            "connectionId": self.connection_id,
            "domainName": region.domain_name(api_id),
            "identity": identity,
            "stage": self.stage,
        });
        if let Some(authorizer) = &self.authorizer {
            context["authorizer"] = Value::Object(authorizer.as_ref().clone());
        }
        context
    }
}

/// An open connection.
pub struct Connection {
    pub client: Client,
    commands: mpsc::UnboundedSender<Command>,
    unread: Arc<Semaphore>,
    /// Counts the messages that wait.
    unsettled: TaskTracker,
    /// In ms since the Unix epoch.
    last_active: AtomicI64,
}

/// What the rest of the gateway asks of a connection's own task.
pub enum Command {
    /// To send a message.
    Send(Bytes, Unwritten),
    /// To close.
    Close(Ending),
}

/// A message's share of [`MAX_UNREAD`], and its place among what is not settled. It is held until the message is written.
pub struct Unwritten {
    _permit: OwnedSemaphorePermit,
    _token: TaskTrackerToken,
}

/// How a connection ends: a close code (RFC 6455, 7.4) and the reason in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    pub code: u16,
    pub reason: Cow<'static, str>,
}

impl Ending {
    pub const NORMAL: Self = Self::new(1000, "Connection Closed Normally");
    pub const GOING_AWAY: Self = Self::new(1001, "Going away");
    pub const PROTOCOL_ERROR: Self = Self::new(1002, "Protocol error");
    pub const BINARY: Self = Self::new(1003, "Binary messages are not supported");
    pub const NO_CODE: Self = Self::new(1005, "Client-side close frame status not set");
    pub const ABNORMAL: Self = Self::new(1006, "Connection closed abnormally");
    pub const INVALID_TEXT: Self = Self::new(1007, "The message is not UTF-8");
    pub const TOO_LARGE: Self = Self::new(1009, "The message or its frame is too large");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// The ending that a client's close frame asks for. Where the client gives no reason, API Gateway fills it in.
    pub fn by_client(code: u16, reason: &str) -> Self {
        match (code, reason) {
            (1000, "") => Self::NORMAL,
            (1001, "") => Self::GOING_AWAY,
            _ => Self { code, reason: Cow::Owned(reason.to_owned()) },
        }
    }
}

/// Why a post was not taken.
#[derive(Debug, PartialEq)]
pub enum PostError {
    /// The connection is closing.
    Gone,
    /// The client reads too slowly.
    Full,
}

impl Connection {
    /// A connection, and the commands for its task. Messages that wait are counted in `unsettled`.
    pub fn new(client: Client, unsettled: TaskTracker) -> (Self, mpsc::UnboundedReceiver<Command>) {
        // Unbounded in number, bounded in bytes by `unread`.
        let (commands, receiver) = mpsc::unbounded_channel();
        let last_active = AtomicI64::new(client.connected_at.as_millisecond());
        let unread = Arc::new(Semaphore::new(MAX_UNREAD));
        (Self { client, commands, unread, unsettled, last_active }, receiver)
    }

    /// Queues a message for the client.
    pub fn post(&self, message: Bytes) -> Result<(), PostError> {
        let permit = Arc::clone(&self.unread).try_acquire_many_owned(cost(&message)?).map_err(|_| PostError::Full)?;
        self.enqueue(message, permit)
    }

    /// Queues a message for the client as soon as there is room for it. A connection that closes meanwhile ends the wait.
    ///
    /// # Errors
    ///
    /// [`PostError::Full`] if the message is larger than all the room there is.
    pub async fn post_in_time(&self, message: Bytes) -> Result<(), PostError> {
        let cost = cost(&message)?;
        if cost as usize > MAX_UNREAD {
            return Err(PostError::Full);
        }
        let permit = select! {
            permit = Arc::clone(&self.unread).acquire_many_owned(cost) => permit.map_err(|_| PostError::Gone)?,
            () = self.commands.closed() => return Err(PostError::Gone),
        };
        self.enqueue(message, permit)
    }

    fn enqueue(&self, message: Bytes, permit: OwnedSemaphorePermit) -> Result<(), PostError> {
        let unwritten = Unwritten { _permit: permit, _token: self.unsettled.token() };
        self.commands.send(Command::Send(message, unwritten)).map_err(|_| PostError::Gone)
    }

    /// Asks the connection to close.
    pub fn close(&self, ending: Ending) -> Result<(), PostError> {
        self.commands.send(Command::Close(ending)).map_err(|_| PostError::Gone)
    }

    /// Notes that something was sent or received.
    pub fn touch(&self) {
        self.last_active.store(Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }

    pub fn last_active(&self) -> Timestamp {
        Timestamp::from_millisecond(self.last_active.load(Ordering::Relaxed)).unwrap_or(self.client.connected_at)
    }

    /// Waits until nothing was sent or received for this long.
    pub async fn idle(&self, limit: Duration) {
        loop {
            let idle = Timestamp::now().duration_since(self.last_active()).unsigned_abs();
            match limit.checked_sub(idle) {
                Some(left) if !left.is_zero() => time::sleep(left).await,
                _ => return,
            }
        }
    }
}

/// A message's share of [`MAX_UNREAD`].
fn cost(message: &Bytes) -> Result<u32, PostError> {
    u32::try_from(message.len() + MESSAGE_OVERHEAD).map_err(|_| PostError::Full)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::FutureExt as _;

    use super::*;

    fn connection() -> (Connection, mpsc::UnboundedReceiver<Command>) {
        let client = Client {
            connection_id: "L0SM9cOFvHcCIhw=".to_owned(),
            stage: "v1".to_owned(),
            connected_at: Timestamp::now(),
            source_ip: Ipv4Addr::LOCALHOST.into(),
            port: 3001,
            user_agent: None,
            host: "127.0.0.1:3001".to_owned(),
            authorizer: None,
        };
        Connection::new(client, TaskTracker::new())
    }

    #[test]
    fn a_slow_reader_is_refused_more() {
        let (connection, mut commands) = connection();
        let message = Bytes::from(vec![b'x'; 128 * 1024]);
        let taken = (0..10).take_while(|_| connection.post(message.clone()).is_ok()).count();
        assert_eq!(taken, 3);
        assert_eq!(connection.post(message.clone()), Err(PostError::Full));
        // Once one is written, there is room again.
        drop(commands.try_recv());
        assert_eq!(connection.post(message), Ok(()));
    }

    #[test]
    fn an_answer_waits_for_a_slow_reader() {
        let (connection, mut commands) = connection();
        let message = Bytes::from(vec![b'x'; MAX_UNREAD - MESSAGE_OVERHEAD]);
        assert_eq!(connection.post_in_time(message.clone()).now_or_never(), Some(Ok(())));
        let mut waits = Box::pin(connection.post_in_time(message.clone()));
        assert_eq!((&mut waits).now_or_never(), None);
        drop(commands.try_recv());
        assert_eq!(waits.now_or_never(), Some(Ok(())));
        // Until it is gone.
        let waits = connection.post_in_time(message);
        drop(commands);
        assert_eq!(waits.now_or_never(), Some(Err(PostError::Gone)));
        let too_large = Bytes::from(vec![b'x'; MAX_UNREAD]);
        assert_eq!(connection.post_in_time(too_large).now_or_never(), Some(Err(PostError::Full)));
    }

    #[test]
    fn a_closed_one_is_gone() {
        let (connection, commands) = connection();
        drop(commands);
        assert_eq!(connection.post("foo".into()), Err(PostError::Gone));
        assert_eq!(connection.close(Ending::NORMAL), Err(PostError::Gone));
    }

    #[test]
    fn clients_that_give_no_reason_get_api_gateways() {
        assert_eq!(Ending::by_client(1000, ""), Ending::NORMAL);
        assert_eq!(Ending::by_client(4001, "bye"), Ending { code: 4001, reason: "bye".into() });
    }
}
