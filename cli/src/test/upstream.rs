//! The way to an API that is deployed: by the developer's own proxy, such as a company's, if there is one.

use std::{io, sync::Arc};

use anyhow::anyhow;
use async_trait::async_trait;
use goblet_gateway::proxy::Upstream;
use goblet_transcript::{Connector, Target};
use http::uri::Authority;
use tokio::net::TcpStream;

struct ByUpstream(Upstream);

#[async_trait]
impl Connector for ByUpstream {
    async fn connect(&self, server: &Authority, port: u16) -> io::Result<TcpStream> {
        self.0.connect(server, port).await
    }
}

/// The target by the proxy that the environment names for TLS. Without TLS there is no proxy: `HTTPS_PROXY` is not for that.
/// Nor is there one for a host in `NO_PROXY`, even if the proxy is of a kind that cannot be used.
pub fn by_upstream(target: Target) -> anyhow::Result<Target> {
    if !target.is_encrypted() || target.authority().is_some_and(Upstream::is_excepted) {
        return Ok(target);
    }
    let upstream = Upstream::from_env()
        .map_err(|error| anyhow!("--url: {error}. Name an HTTP proxy in HTTPS_PROXY, or unset the variable"))?;
    Ok(target.by(Arc::new(ByUpstream(upstream))))
}
