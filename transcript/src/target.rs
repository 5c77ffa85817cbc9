//! The server that a session is played against.

use std::{io, str::FromStr, sync::Arc};

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{
    client::IntoClientRequest as _,
    handshake::client::Request,
    http::{
        HeaderValue, Uri,
        header::SEC_WEBSOCKET_PROTOCOL,
        uri::{Authority, PathAndQuery, Scheme},
    },
};

use crate::{connector::Connector, step::Connect};

/// The URL of a WebSocket API, such as `wss://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod`.
#[derive(Clone)]
pub struct Target {
    url: Uri,
    connector: Option<Arc<dyn Connector>>,
}

/// A text that is no URL of a WebSocket API.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("write the URL that clients connect to, such as wss://API.execute-api.REGION.amazonaws.com/STAGE")]
pub struct TargetError;

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, TargetError> {
        let url: Uri = url.parse().map_err(|_| TargetError)?;
        let is_websocket = matches!(url.scheme_str(), Some("ws" | "wss"));
        if is_websocket && url.host().is_some_and(|host| !host.is_empty()) {
            Ok(Self { url, connector: None })
        } else {
            Err(TargetError)
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.url.fmt(formatter)
    }
}

impl Target {
    /// The same server, whose connections are made by this connector. Without one, they are made directly.
    #[must_use]
    pub fn by(self, connector: Arc<dyn Connector>) -> Self {
        Self { connector: Some(connector), ..self }
    }

    /// Opens a connection, as far as WebSocket's handshake.
    pub(crate) async fn tcp(&self) -> io::Result<TcpStream> {
        let default = if self.is_encrypted() { 443 } else { 80 };
        let port = self.url.port_u16().unwrap_or(default);
        // It has both, or it would be no target.
        let (Some(server), Some(host)) = (self.url.authority(), self.url.host()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        match &self.connector {
            Some(connector) => connector.connect(server, port).await,
            None => TcpStream::connect((host.trim_matches(['[', ']']), port)).await,
        }
    }

    /// Its path and query string.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        self.url.path_and_query().map_or("/", PathAndQuery::as_str)
    }

    /// The same server at another path, with another query string.
    pub(crate) fn at(&self, path_and_query: PathAndQuery) -> Self {
        let mut parts = self.url.clone().into_parts();
        parts.path_and_query = Some(path_and_query);
        // It has all its parts.
        let url = Uri::from_parts(parts).unwrap_or_else(|_| self.url.clone());
        Self { url, connector: self.connector.clone() }
    }

    /// Its host, with its port if it has one.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.url.authority()
    }

    /// Whether what is sent is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme().map(Scheme::as_str) == Some("wss")
    }

    /// The request of a client that connects. The query strings of both are in it.
    pub(crate) fn request(&self, connect: &Connect) -> Result<Request, String> {
        let queries: Vec<&str> = self.url.query().into_iter().chain(connect.query.as_deref()).collect();
        let url = match queries.as_slice() {
            [] => self.url.clone(),
            queries => {
                let path_and_query = format!("{}?{}", self.url.path(), queries.join("&"));
                self.at(path_and_query.parse().map_err(|error| format!("{error}"))?).url
            }
        };
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        let headers = request.headers_mut();
        for (name, value) in &connect.headers {
            headers.append(name, value.clone());
        }
        if !connect.subprotocols.is_empty() {
            let subprotocols = HeaderValue::from_str(&connect.subprotocols.join(", "));
            headers.insert(SEC_WEBSOCKET_PROTOCOL, subprotocols.map_err(|error| error.to_string())?);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_url_of_a_websocket() {
        for url in ["ws://127.0.0.1:3001/api/", "wss://a.execute-api.us-east-1.amazonaws.com/prod", "wss://a.b?c=d"] {
            assert!(url.parse::<Target>().is_ok(), "{url}");
        }
        for url in ["https://a.b/prod", "a.b", "wss://", "/prod", ""] {
            assert!(url.parse::<Target>().is_err(), "{url}");
        }
    }

    #[test]
    fn query_strings_are_joined() {
        let request = |url: &str, query: Option<&str>| {
            let target: Target = url.parse().expect("a target");
            let connect = Connect { query: query.map(ToOwned::to_owned), ..Connect::default() };
            target.request(&connect).expect("a request").uri().to_string()
        };
        assert_eq!(request("wss://a.b/prod", None), "wss://a.b/prod");
        assert_eq!(request("wss://a.b/prod", Some("x=1")), "wss://a.b/prod?x=1");
        assert_eq!(request("wss://a.b/prod?k=v", Some("x=1")), "wss://a.b/prod?k=v&x=1");
    }
}
