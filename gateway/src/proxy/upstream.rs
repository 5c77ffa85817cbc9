//! The developer's own proxy, such as a company's, which connections that pass through go by.

use std::{env, error::Error, io, iter, time::Duration};

use axum::http::{Uri, uri::Authority};
use hyper::service::Service as _;
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::{Intercept, Matcher},
    },
    service::TowerToHyperService,
};
use tokio::{net::TcpStream, time};

/// Whose proxy is taken for https, the first that is set, and who is reached without it. curl and AWS's tools know them:
/// <https://everything.curl.dev/usingcurl/proxies/env.html>,
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html>.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// How long a connection may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How connections are made to servers that the gateway does not stand for.
pub struct Upstream(Matcher);

/// A proxy that cannot be used.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} is not of the form http://[USER:PASSWORD@]HOST[:PORT]; other proxies, such as SOCKS, are not supported")]
pub struct UpstreamError(String);

impl Upstream {
    /// Without a proxy.
    #[must_use]
    pub fn none() -> Self {
        Self(Matcher::builder().build())
    }

    /// By the proxy that this program's own environment names, if any.
    ///
    /// # Errors
    ///
    /// If that is no HTTP proxy. The error names the variable, and not the value, which may have a password in it.
    pub fn from_env() -> Result<Self, UpstreamError> {
        match PROXY.iter().find_map(variable) {
            None => Ok(Self::none()),
            Some((name, url)) => Self::by(&url, &exceptions()).ok_or_else(|| UpstreamError(name.to_owned())),
        }
    }

    /// Whether a URL's host is one of those in `NO_PROXY`: the program's own environment names no proxy for it, whatever it
    /// names for others.
    #[must_use]
    pub fn is_excepted(host: &Authority) -> bool {
        let any = Self::by("http://proxy.example", &exceptions());
        let url = Uri::builder().scheme("https").authority(host.clone()).path_and_query("/").build();
        any.zip(url.ok()).is_some_and(|(any, url)| any.0.intercept(&url).is_none())
    }

    /// By a proxy, with `Proxy-Authorization` if the URL has a user, except to hosts that are listed as in `NO_PROXY`. None,
    /// if that is not the URL of an HTTP proxy.
    #[must_use]
    pub fn by(url: &str, exceptions: &str) -> Option<Self> {
        let any = Uri::from_static("https://example.com");
        let proxy = Matcher::builder().https(url).build().intercept(&any)?;
        let is_http = proxy.uri().scheme_str() == Some("http");
        is_http.then(|| Self(Matcher::builder().https(url).no(exceptions).build()))
    }

    /// Connects to a server, which is a URL's host, with its port if it has one. `port` is that port, or the scheme's.
    ///
    /// # Errors
    ///
    /// If there is no connection within a minute, or if the proxy refuses it. The error names the proxy then.
    pub async fn connect(&self, target: &Authority, port: u16) -> io::Result<TcpStream> {
        let url = Uri::builder().scheme("https").authority(target.clone()).path_and_query("/").build();
        let url = url.map_err(io::Error::other)?;
        let connecting = async {
            match self.0.intercept(&url) {
                Some(proxy) => tunnel(&proxy, url).await,
                None => TcpStream::connect((target.host().trim_matches(['[', ']']), port)).await,
            }
        };
        time::timeout(TIMEOUT, connecting).await?
    }
}

/// A variable that is set, and its value.
fn variable(name: &&'static str) -> Option<(&'static str, String)> {
    Some((*name, env::var(name).ok().filter(|value| !value.is_empty())?))
}

fn exceptions() -> String {
    NO_PROXY.iter().find_map(variable).map(|(_, value)| value).unwrap_or_default()
}

async fn tunnel(proxy: &Intercept, url: Uri) -> io::Result<TcpStream> {
    let tunnel = Tunnel::new(proxy.uri().clone(), HttpConnector::new());
    let tunnel = match proxy.basic_auth() {
        Some(user) => tunnel.with_auth(user.clone()),
        None => tunnel,
    };
    let connected = TowerToHyperService::new(tunnel).call(url).await;
    let connected = connected
        .map_err(|error| io::Error::other(format!("by your own proxy {}: {}", proxy.uri(), with_causes(&error))))?;
    Ok(connected.into_inner())
}

fn with_causes(error: &dyn Error) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source()).map(|cause| format!(": {cause}"));
    error.to_string() + &causes.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_proxies() {
        for url in ["http://a.b:3128", "http://user:p%40ss@a.b", "a.b:3128"] {
            assert!(Upstream::by(url, "").is_some(), "{url}");
        }
        for url in ["socks5://a.b:1080", "https://a.b:3128", "http://", "a b"] {
            assert!(Upstream::by(url, "").is_none(), "{url}");
        }
    }
}
