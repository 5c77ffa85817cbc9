//! The service *groups*: connections that get messages together, such as the people in a room.

use std::{collections::HashSet, future, pin::pin, sync::Arc};

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use super::{
    clock::Clock,
    connections::{ConnectionError, Connections, MAX_PAYLOAD, POSTS_IN_FLIGHT},
    names,
    table::{
        AttributeValue, Attributes, CONNECTION, Key, Precondition, TIME_TO_LIVE, Table, TableError, is_expired, number,
        text,
    },
};
use crate::event::Payload;

/// The longest life of a connection, in s:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
const MAX_CONNECTION_AGE: u64 = 2 * 60 * 60;

/// The most that `members` returns, in bytes: it is in the host's memory.
const MAX_MEMBERS: usize = 8 << 20;

/// The longest text of a failure, in bytes: there may be one for each member.
const MAX_FAILURE: usize = 256;

/// How long a connection may be not yet established, in ms: `$connect`'s integration has 29 s.
const MAX_CONNECT_TIME: u64 = 30_000;

/// The prefix of groups among the table's partitions.
const PREFIX: &str = "g#";

/// A member's attributes: what the handler called it, and when it joined, in ms.
const LABEL: &str = "label";
const JOINED_AT: &str = "at";

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GroupError {
    /// A name, a label or an id is not allowed. The text says why.
    #[error("{0}")]
    Invalid(String),
    /// The payload is larger than [`MAX_PAYLOAD`].
    #[error("the payload is larger than 128 KB")]
    PayloadTooLarge,
    /// The table gets too many calls.
    #[error("the table gets too many calls")]
    Throttled,
    /// The host has no permission for this call. The text names the action and the table.
    #[error("{0}")]
    Forbidden(String),
    /// Anything else. The text says what happened.
    #[error("{0}")]
    Failed(String),
}

/// A connection in a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its id.
    pub connection_id: String,
    /// What the handler said of it when it joined.
    pub label: String,
}

/// What became of a message to a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// How many members got it.
    pub reached: u32,
    /// The members that did not get it, and why.
    pub failed: Vec<(String, ConnectionError)>,
}

/// Groups of connections, in a table. Clones share them.
///
/// ```
/// use goblet_host::services::{InMemoryServices, groups::GroupError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), GroupError> {
/// let InMemoryServices { connections, groups, .. } = InMemoryServices::open(["alice", "bob"]);
/// groups.join("lobby", "alice", "Alice").await?;
/// groups.join("lobby", "bob", "Bob").await?;
/// let delivery = groups.send(&connections, "lobby", &"hello".into(), &["alice".to_owned()]).await?;
/// assert_eq!(delivery.reached, 1);
/// assert_eq!(connections.sent("bob"), ["hello"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Groups {
    table: Arc<dyn Table>,
    clock: Clock,
}

impl Groups {
    /// The groups in a table.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, clock: Clock) -> Self {
        Self { table, clock }
    }

    /// Puts a connection into a group, with a label. A connection that is in the group gets the new label.
    ///
    /// # Errors
    ///
    /// [`GroupError`].
    pub async fn join(&self, group: &str, connection_id: &str, label: &str) -> Result<(), GroupError> {
        let key = key(group, connection_id)?;
        names::check_text("label", label).map_err(GroupError::Invalid)?;
        let now = self.clock.now();
        let attributes = Attributes::from([
            (LABEL.to_owned(), AttributeValue::S(label.to_owned())),
            (JOINED_AT.to_owned(), AttributeValue::N(now.to_string())),
            (CONNECTION.to_owned(), AttributeValue::S(connection_id.to_owned())),
            (TIME_TO_LIVE.to_owned(), AttributeValue::N((now / 1000 + MAX_CONNECTION_AGE).to_string())),
        ]);
        Ok(self.table.put(key, attributes, &Precondition::Always).await?)
    }

    /// Takes a connection out of a group, if it is in it.
    ///
    /// # Errors
    ///
    /// [`GroupError`].
    pub async fn leave(&self, group: &str, connection_id: &str) -> Result<(), GroupError> {
        Ok(self.table.remove(key(group, connection_id)?, &Precondition::Always).await?)
    }

    /// Takes a connection out of all its groups.
    ///
    /// # Errors
    ///
    /// [`GroupError`].
    pub async fn leave_all(&self, connection_id: &str) -> Result<(), GroupError> {
        let keys = self.table.of_connection(connection_id).await?;
        if keys.is_empty() { Ok(()) } else { Ok(self.table.remove_all(keys).await?) }
    }

    /// Returns the members of a group, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`GroupError`].
    pub async fn members(&self, group: &str) -> Result<Vec<Member>, GroupError> {
        let mut joined = pin!(self.joined_members(partition(group)?));
        let (mut members, mut size) = (Vec::new(), 0);
        while let Some(JoinedMember { connection_id, label, .. }) = joined.try_next().await? {
            size += connection_id.len() + label.len();
            if size > MAX_MEMBERS {
                return Err(GroupError::Failed(format!("the members of the group {group} have more than 8 MB")));
            }
            members.push(Member { connection_id, label });
        }
        Ok(members)
    }

    /// Returns the groups that a connection is in, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`GroupError`].
    pub async fn joined(&self, connection_id: &str) -> Result<Vec<String>, GroupError> {
        names::check("connection id", connection_id).map_err(GroupError::Invalid)?;
        let keys = self.table.of_connection(connection_id).await?;
        let groups = keys.into_iter().filter_map(|key| key.partition.strip_prefix(PREFIX).map(ToOwned::to_owned));
        Ok(groups.collect())
    }

    /// Sends a message to all members of a group but the excluded ones, and takes out those that are gone.
    ///
    /// # Errors
    ///
    /// [`GroupError`]. If the group cannot be read to its end, some members have the message.
    pub async fn send(
        &self,
        connections: &dyn Connections,
        group: &str,
        payload: &Payload,
        excluded: &[String],
    ) -> Result<Delivery, GroupError> {
        let partition = partition(group)?;
        if payload.as_bytes().len() > MAX_PAYLOAD {
            return Err(GroupError::PayloadTooLarge);
        }
        let excluded: HashSet<&str> = excluded.iter().map(String::as_str).collect();
        let established_before = self.clock.now().saturating_sub(MAX_CONNECT_TIME);
        let members = self.joined_members(partition.clone());
        let posts = members
            .try_filter(|member| future::ready(!excluded.contains(member.connection_id.as_str())))
            .map(|member| async move {
                let member = member?;
                let sent = connections.send(&member.connection_id, payload).await;
                Ok::<_, GroupError>((member, sent))
            })
            .buffer_unordered(POSTS_IN_FLIGHT);
        let mut posts = pin!(posts);
        let mut delivery = Delivery::default();
        let (mut gone, mut unread) = (Vec::new(), None);
        while let Some(post) = posts.next().await {
            match post {
                Ok((_, Ok(()))) => delivery.reached += 1,
                Ok((member, Err(error))) => {
                    if matches!(error, ConnectionError::Disconnected(_)) && member.joined_at < established_before {
                        gone.push(Key { partition: partition.clone(), sort: member.connection_id.clone() });
                    }
                    delivery.failed.push((member.connection_id, shortened(error)));
                }
                // The posts in flight are finished before it is told.
                Err(error) => unread = Some(error),
            }
        }
        self.take_out(gone).await;
        unread.map_or(Ok(delivery), Err)
    }

    /// Takes out members that are gone. The message is sent: a failure here must not look as if it was not.
    async fn take_out(&self, gone: Vec<Key>) {
        if gone.is_empty() {
            return;
        }
        if let Err(error) = self.table.remove_all(gone).await {
            tracing::warn!("connections that are gone stay in their group until the next message to it: {error}");
        }
    }

    /// All members, page by page.
    fn joined_members(&self, partition: String) -> impl Stream<Item = Result<JoinedMember, GroupError>> + Send + '_ {
        let pages = stream::try_unfold((None, false), move |(after, is_last): (Option<String>, bool)| {
            let partition = partition.clone();
            async move {
                if is_last {
                    return Ok(None);
                }
                let page = self.table.query(&partition, "", after.as_deref()).await?;
                let now = self.clock.now() / 1000;
                let alive = page.items.into_iter().filter(move |(_, item)| !is_expired(item, now));
                let members = alive.map(|(id, attributes)| Ok(JoinedMember::new(id, &attributes)));
                Ok::<_, GroupError>(Some((stream::iter(members), (page.next.clone(), page.next.is_none()))))
            }
        });
        pages.try_flatten()
    }
}

/// A member, with the time when it joined, in ms since the Unix epoch.
struct JoinedMember {
    connection_id: String,
    label: String,
    joined_at: u64,
}

impl JoinedMember {
    fn new(connection_id: String, attributes: &Attributes) -> Self {
        let joined_at = number(attributes, JOINED_AT).unwrap_or_default();
        Self { connection_id, label: text(attributes, LABEL), joined_at }
    }
}

fn shortened(error: ConnectionError) -> ConnectionError {
    match error {
        ConnectionError::Failed(mut text) => {
            text.truncate(text.floor_char_boundary(MAX_FAILURE));
            ConnectionError::Failed(text)
        }
        other => other,
    }
}

fn partition(group: &str) -> Result<String, GroupError> {
    names::check("group", group).map_err(GroupError::Invalid)?;
    Ok(format!("{PREFIX}{group}"))
}

fn key(group: &str, connection_id: &str) -> Result<Key, GroupError> {
    names::check("connection id", connection_id).map_err(GroupError::Invalid)?;
    Ok(Key { partition: partition(group)?, sort: connection_id.to_owned() })
}

impl From<TableError> for GroupError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Throttled => Self::Throttled,
            TableError::Forbidden(text) => Self::Forbidden(text),
            TableError::Conflict | TableError::TooLarge | TableError::Failed(_) => Self::Failed(error.to_string()),
        }
    }
}
