//! Who may call `@connections` and Lambda's Runtime API: programs, not web pages.
//!
//! A browser lets any page send requests to this machine. It marks them with `Origin` or `Sec-Fetch-Site`, which AWS's
//! SDKs and Lambda's runtimes never send. A page can get around these marks by making its own host name resolve to
//! 127.0.0.1 (DNS rebinding), but then the `Host` header has that name.

use std::net::SocketAddr;

use axum::http::{
    HeaderMap, HeaderName, Uri,
    header::{HOST, ORIGIN},
    uri::Authority,
};

use crate::region::split_host;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a caller is refused.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum CallerError {
    #[error("web pages may not call this: the request has the header {0}, which only browsers send")]
    Browser(HeaderName),
    #[error("the request has several Host headers")]
    SeveralHosts,
    #[error("this is not called {host:?}: use {expected} as the host")]
    ForeignHost { host: String, expected: String },
}

/// Lets a request in unless it has a page's marks, or a host that is not this server's.
///
/// The host stands in the one `Host` header, and in the target where that is a whole URL (`GET http://example.com/`). A
/// request without a `Host` is refused, whatever its version of HTTP: nothing that may call this leaves it out.
///
/// `expected` says in words which hosts are.
pub fn check(
    headers: &HeaderMap,
    uri: &Uri,
    is_own_host: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<(), CallerError> {
    if let Some(mark) = [ORIGIN, SEC_FETCH_SITE].into_iter().find(|mark| headers.contains_key(mark)) {
        return Err(CallerError::Browser(mark));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().map(|host| String::from_utf8_lossy(host.as_bytes())).unwrap_or_default();
    if hosts.next().is_some() {
        return Err(CallerError::SeveralHosts);
    }
    let mut hosts = [Some(host.as_ref()), uri.authority().map(Authority::as_str)].into_iter().flatten();
    match hosts.find(|host| !is_own_host(host)) {
        None => Ok(()),
        Some(host) => Err(CallerError::ForeignHost { host: host.to_owned(), expected: expected.to_owned() }),
    }
}

/// The hosts of a server with a port of its own that stands for a service of AWS.
pub struct OwnHosts([String; 2]);

impl OwnHosts {
    pub fn of(address: SocketAddr) -> Self {
        Self([address.to_string(), format!("localhost:{}", address.port())])
    }

    /// Lets a request in as [`check`] does.
    pub fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), CallerError> {
        // By the functions' proxy it is called by AWS's name. No page can have one of these.
        let is_own = |host: &str| {
            self.0.iter().any(|own| own.eq_ignore_ascii_case(host)) || split_host(&host.to_ascii_lowercase()).is_some()
        };
        check(headers, uri, is_own, &self.0[0])
    }
}
