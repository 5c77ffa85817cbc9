//! How connections to a server are made.

use std::io;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::uri::Authority;

/// Makes the connections to a server, e.g. by a proxy. TLS, if the URL is one of `wss`, comes on top of them.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Connects to a server, which is a URL's host, with its port if it has one. `port` is that port, or the scheme's.
    ///
    /// # Errors
    ///
    /// If there is no connection. The error says why, e.g. that a proxy refuses it.
    async fn connect(&self, server: &Authority, port: u16) -> io::Result<TcpStream>;
}
