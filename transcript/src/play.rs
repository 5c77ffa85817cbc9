//! Plays a transcript: its clients are real ones.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    client::{Client, ConnectError, Incoming, nothing},
    expected::Expected,
    failure::{Difference, Failure},
    message::Message,
    parse::Transcript,
    step::{Action, Connect, NO_CLOSE_FRAME, NO_CODE, Step},
    target::Target,
};

/// The clients of a session, by name.
pub struct Session {
    target: Target,
    timeout: Duration,
    clients: BTreeMap<String, Client>,
    /// The last step of each client, to which belongs what still comes.
    last: BTreeMap<String, Step>,
}

impl Session {
    /// A session with no client yet. The timeout is how long each step may take.
    #[must_use]
    pub fn new(target: Target, timeout: Duration) -> Self {
        Self { target, timeout, clients: BTreeMap::new(), last: BTreeMap::new() }
    }

    /// Plays the steps of a transcript in their order, up to the first one that fails.
    ///
    /// Messages to one client are compared in the order in which they come; clients do not wait for each other. A client
    /// that has a step and no connection connects.
    ///
    /// # Errors
    ///
    /// If something else happens than the transcript says.
    pub async fn play(&mut self, transcript: &Transcript) -> Result<(), Failure> {
        for step in transcript.steps() {
            self.take(step).await?;
            self.last.insert(step.client.clone(), step.clone());
        }
        Ok(())
    }

    /// Waits until the server has read all that the clients have sent, and what it has written by then is here.
    ///
    /// Each client sends a ping, which the server answers when it has read what came before.
    pub async fn settle(&mut self) {
        for client in self.clients.values_mut() {
            client.settle(self.timeout).await;
        }
    }

    /// Looks at what has come that no step has taken.
    ///
    /// # Errors
    ///
    /// If there is something. The failure's step is the client's last one.
    pub fn end(&mut self) -> Result<(), Failure> {
        for (name, client) in &mut self.clients {
            let Some(step) = self.last.get(name) else { continue };
            if let Some(incoming) = client.try_next() {
                return Err(step.failed(Difference::event("nothing more for this client", incoming.in_words())));
            }
        }
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(self) {
        for client in self.clients.into_values() {
            client.let_go().await;
        }
    }

    async fn take(&mut self, step: &Step) -> Result<(), Failure> {
        let timeout = self.timeout;
        if let Action::Connect(connect) = &step.action {
            return self.connect(step, connect).await;
        }
        if !self.clients.contains_key(&step.client) {
            self.connect(step, &Connect::default()).await?;
        }
        // It is there, or the step before has failed.
        let Some(client) = self.clients.get_mut(&step.client) else { return Ok(()) };
        let done = match &step.action {
            Action::Connect(_) => Ok(()),
            Action::Send(message) => send(client, step, message, timeout).await,
            Action::Receive(expected) => receive(client, step, expected, timeout).await,
            Action::Close { code, reason } => close(client, *code, reason, timeout).await,
            Action::Closed(code) => closed(client, step, *code, timeout).await,
            // The connection ends with the client.
            Action::Drop => nothing_waits(client, "the client's connection ends"),
        };
        if matches!(step.action, Action::Close { .. } | Action::Closed(_) | Action::Drop) {
            self.clients.remove(&step.client);
        }
        done.map_err(|difference| step.failed(difference))
    }

    async fn connect(&mut self, step: &Step, connect: &Connect) -> Result<(), Failure> {
        let failed = |got: String| {
            let expected = match step.action {
                Action::Connect(_) => step.in_words(),
                _ => "the client is let in".to_owned(),
            };
            step.failed(Difference::Event { expected, got })
        };
        let request = self.target.request(connect).map_err(failed)?;
        match (Client::connect(&self.target, request, self.timeout).await, connect.refusal) {
            (Ok(client), None) => {
                self.clients.insert(step.client.clone(), client);
                Ok(())
            }
            (Ok(client), Some(_)) => {
                client.let_go().await;
                Err(failed("it is let in".to_owned()))
            }
            (Err(ConnectError::Refused(response)), refusal) => {
                let status = response.status();
                if Some(status.as_u16()) == refusal {
                    return Ok(());
                }
                let body = response.body().as_deref().map(String::from_utf8_lossy).filter(|body| !body.is_empty());
                let body = body.map(|body| format!(": {body}")).unwrap_or_default();
                Err(failed(format!("it is refused with the status {status}{body}")))
            }
            (Err(ConnectError::Failed(reason)), _) => {
                Err(failed(format!("it cannot connect to {}: {reason}", self.target)))
            }
        }
    }
}

async fn send(client: &mut Client, step: &Step, message: &Message, timeout: Duration) -> Result<(), Difference> {
    let sent = client.send(message, timeout).await;
    sent.map_err(|error| {
        // The reason may have come before.
        let closed = std::iter::from_fn(|| client.try_next()).find(|next| !matches!(next, Incoming::Message(_)));
        Difference::event(step.in_words(), closed.map_or(error, |closed| closed.in_words()))
    })
}

async fn receive(client: &mut Client, step: &Step, expected: &Expected, timeout: Duration) -> Result<(), Difference> {
    match client.next(timeout).await {
        Some(Incoming::Message(message)) if expected.is(&message) => Ok(()),
        Some(Incoming::Closed { .. }) if *expected == Expected::Blank => Ok(()),
        Some(Incoming::Message(message)) => {
            let (expected, got) = expected.side_by_side(&message);
            Err(Difference::Message { expected, got })
        }
        Some(other) => Err(Difference::event(step.in_words(), other.in_words())),
        None => Err(Difference::event(step.in_words(), nothing(timeout))),
    }
}

async fn close(client: &mut Client, code: Option<u16>, reason: &str, timeout: Duration) -> Result<(), Difference> {
    let expected = "the client closes the connection, and has got all messages that come until then";
    nothing_waits(client, expected)?;
    client.close(code, reason, timeout).await.map_err(|error| Difference::event(expected, error))?;
    let answered = "the server answers the client's close frame";
    match client.next(timeout).await {
        Some(Incoming::Closed { code: answer, .. }) if is_answer(answer, code) => Ok(()),
        Some(Incoming::Message(message)) => Err(Difference::event(expected, Incoming::Message(message).in_words())),
        Some(other) => Err(Difference::event(answered, other.in_words())),
        None => Err(Difference::event(answered, nothing(timeout))),
    }
}

/// Whether a close frame answers one with this code: it repeats the code, or has none.
/// <https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1>
fn is_answer(answer: Option<u16>, code: Option<u16>) -> bool {
    code.is_none() || answer.is_none() || answer == code
}

/// No message has come that no step has taken.
fn nothing_waits(client: &mut Client, expected: &str) -> Result<(), Difference> {
    client.try_next().map_or(Ok(()), |incoming| Err(Difference::event(expected, incoming.in_words())))
}

async fn closed(client: &mut Client, step: &Step, expected: Option<u16>, timeout: Duration) -> Result<(), Difference> {
    match client.next(timeout).await {
        Some(Incoming::Closed { code, .. }) if expected.is_none_or(|expected| code.unwrap_or(NO_CODE) == expected) => {
            Ok(())
        }
        Some(Incoming::Lost(_)) if expected == Some(NO_CLOSE_FRAME) => Ok(()),
        Some(other) => Err(Difference::event(step.in_words(), other.in_words())),
        None => Err(Difference::event(step.in_words(), nothing(timeout))),
    }
}

impl Incoming {
    fn in_words(&self) -> String {
        match self {
            Self::Message(message) => format!("the message: {message}"),
            Self::Pong => "a pong".to_owned(),
            Self::Closed { code: None, .. } => "the server closes the connection, without a code".to_owned(),
            Self::Closed { code: Some(code), reason } => {
                format!("the server closes the connection with {code} {reason}").trim_end().to_owned()
            }
            Self::Lost(error) => format!("the connection is lost: {error}"),
        }
    }
}
