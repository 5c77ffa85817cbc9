//! The clients: messages out, the same messages back.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _, future::try_join_all};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// How long a gateway may take to be ready.
const READY_TIMEOUT: Duration = Duration::from_mins(1);

pub struct Client {
    websocket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        Ok(Self { websocket: connect_async(url).await?.0 })
    }

    /// Connects as soon as that is possible.
    pub async fn connect_when_ready(url: &str) -> anyhow::Result<Self> {
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            match Self::connect(url).await {
                Ok(client) => return Ok(client),
                Err(error) if Instant::now() > deadline => return Err(error.context(format!("{url} is never ready"))),
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    /// Sends a message, and does not wait.
    pub async fn send(&mut self, message: &str) -> anyhow::Result<()> {
        Ok(self.websocket.send(message.into()).await?)
    }

    /// Sends a message, waits until it is back, and tells how long that took, in ms.
    pub async fn round_trip(&mut self, message: &str) -> anyhow::Result<f64> {
        let start = Instant::now();
        self.send(message).await?;
        match self.websocket.next().await.context("the connection is closed")?? {
            Message::Text(text) if text.as_str() == message => Ok(start.elapsed().as_secs_f64() * 1000.0),
            other => bail!("{message:?} came back as {other:?}"),
        }
    }
    /// Round trips one after the other, and how long each took, in ms.
    pub async fn round_trips(&mut self, count: usize) -> anyhow::Result<Vec<f64>> {
        let mut times = Vec::with_capacity(count);
        for number in 0..count {
            times.push(self.round_trip(&format!("message {number}")).await?);
        }
        Ok(times)
    }
}

/// How many messages a second go round with so many clients, each of which sends one as soon as the last is back.
pub async fn messages_per_second(url: &str, clients: usize, count: usize) -> anyhow::Result<f64> {
    let clients = try_join_all((0..clients).map(|_| Client::connect(url))).await?;
    let each = count.div_ceil(clients.len());
    let total = each * clients.len();
    let start = Instant::now();
    let busy = clients.into_iter().enumerate().map(|(client_number, mut client)| {
        tokio::spawn(async move {
            for number in 0..each {
                client.round_trip(&format!("{client_number}: {number}")).await?;
            }
            anyhow::Ok(client)
        })
    });
    // Closed only when all are done: what comes after does not count.
    let clients = try_join_all(busy).await?;
    let elapsed = start.elapsed().as_secs_f64();
    clients.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    #[allow(clippy::cast_precision_loss)]
    let rate = total as f64 / elapsed;
    Ok(rate)
}
