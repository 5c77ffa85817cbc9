//! The proxy that functions reach https servers by.
//!
//! Functions name their API as on AWS: `https://{api-id}.execute-api.{region}.amazonaws.com/{stage}`. For such names the
//! proxy answers in AWS's place, whichever region they name. Every other connection passes through untouched, by the
//! developer's own proxy if there is one.

mod authority;
mod upstream;

use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn, upgrade::OnUpgrade,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use pem::Pem;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite, copy_bidirectional},
    net::TcpStream,
    time,
};
use tokio_rustls::{LazyConfigAcceptor, rustls::server::Acceptor};

use self::authority::Authority;
pub use self::upstream::{Upstream, UpstreamError};
use crate::{activity::Observer, refusal, region::split_host, server::ACCEPT_PAUSE};

/// The port of https. The proxy stands for no other.
const HTTPS: u16 = 443;

/// The first byte of a TLS connection (RFC 8446, 5.1: a record of the type handshake).
const TLS_HANDSHAKE: u8 = 22;

/// How long a client may take for its request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that are made without the proxy.
const NO_PROXY: &str = "127.0.0.1,localhost,::1";

/// A proxy for functions, on a port of its own of 127.0.0.1.
///
/// It answers `CONNECT`, and takes TLS connections that name a host that it stands for. The certificates are those of an
/// authority that is made at each start. Its key exists in memory alone.
pub struct Proxy {
    address: SocketAddr,
    authority: Authority,
    upstream: Upstream,
    observer: Observer,
    /// Which server answers, without TLS, for the names of AWS that begin like this, in lowercase.
    services: Mutex<BTreeMap<String, SocketAddr>>,
    /// The certificates that functions have to trust, as files that only this user can read.
    certificates: TempDir,
    has_system_certificates: bool,
}

impl Proxy {
    /// Makes a proxy, and its listener for [`Proxy::serve`].
    ///
    /// # Errors
    ///
    /// If it cannot listen, or cannot write the certificates.
    pub fn bind(upstream: Upstream, observer: Observer) -> io::Result<(Self, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let authority = Authority::new().map_err(io::Error::other)?;
        let own = Pem::new("CERTIFICATE", authority.certificate().to_vec());
        let system = rustls_native_certs::load_native_certs().certs;
        let has_system_certificates = !system.is_empty();
        let system = system.iter().map(|certificate| Pem::new("CERTIFICATE", certificate.to_vec()));
        let own_user = fs::Permissions::from_mode(0o700);
        let certificates = tempfile::Builder::new().prefix("goblet-").permissions(own_user).tempdir()?;
        fs::write(certificates.path().join(OWN), pem::encode(&own))?;
        let all: Vec<Pem> = system.chain([own]).collect();
        fs::write(certificates.path().join(ALL), pem::encode_many(&all))?;
        let services = Mutex::default();
        Ok((Self { address, authority, upstream, observer, services, certificates, has_system_certificates }, listener))
    }

    /// Whether functions can check other servers' certificates, too: this machine has those of the authorities.
    #[must_use]
    pub fn has_system_certificates(&self) -> bool {
        self.has_system_certificates
    }

    /// Stands for a service of AWS from now on, in all regions. A server without TLS answers for it.
    ///
    /// `service` is what the service's names begin with, such as `dynamodb` of `dynamodb.eu-west-1.amazonaws.com`.
    pub fn stand_for(&self, service: &str, server: SocketAddr) {
        self.services.lock().unwrap_or_else(PoisonError::into_inner).insert(service.to_ascii_lowercase(), server);
    }

    /// The environment variables by which functions use the proxy, and trust it.
    ///
    /// `GOBLET_HOSTS` is for Node.js, whose AWS SDK knows no proxies: whatever redirects there finds the proxy's address
    /// and the services that it stands for, as JSON.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<String, String> {
        let (own, all) = (self.certificates.path().join(OWN), self.certificates.path().join(ALL));
        let (own, all) = (text(&own), text(&all));
        let proxy = format!("http://{}", self.address);
        let services: Vec<String> =
            self.services.lock().unwrap_or_else(PoisonError::into_inner).keys().map(ToOwned::to_owned).collect();
        let hosts = json!({"host": self.address.ip(), "port": self.address.port(), "services": services}).to_string();
        let variables = [
            ("HTTPS_PROXY", &proxy),
            ("https_proxy", &proxy),
            ("NO_PROXY", &NO_PROXY.to_owned()),
            ("no_proxy", &NO_PROXY.to_owned()),
            // boto3 and the AWS CLI, Python's requests, OpenSSL and rustls and Go. They replace the system's certificates.
            ("AWS_CA_BUNDLE", &all),
            ("REQUESTS_CA_BUNDLE", &all),
            ("SSL_CERT_FILE", &all),
            // Node.js adds these to its own.
            ("NODE_EXTRA_CA_CERTS", &own),
            ("GOBLET_HOSTS", &hosts),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// Serves whoever connects. It never ends.
    pub async fn serve(self: Arc<Self>, listener: tokio::net::TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(Arc::clone(&self).answer(stream))),
                Err(_) => time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    async fn answer(self: Arc<Self>, stream: TcpStream) {
        let mut first = [0];
        let is_read = matches!(time::timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await, Ok(Ok(1)));
        if !is_read || stream.set_nodelay(true).is_err() {
            return;
        }
        if first == [TLS_HANDSHAKE] {
            // An error is the client's, which sees it.
            let _ = self.stand_in(stream).await;
            return;
        }
        let service = service_fn(|request| {
            let proxy = Arc::clone(&self);
            async move {
                let target = request.uri().to_string();
                let response = Arc::clone(&proxy).connect(request).await;
                refusal::tell(&proxy.observer, &target, &response);
                Ok::<_, hyper::Error>(response)
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
        let _ = http.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
    }

    /// Answers a request for a tunnel. No web page can ask for one: browsers do not let pages send `CONNECT`.
    async fn connect(self: Arc<Self>, mut request: Request<Incoming>) -> Response<axum::body::Body> {
        let target = request.uri().authority().filter(|_| request.method() == Method::CONNECT).cloned();
        let Some((target, port)) = target.and_then(|target| Some((target.clone(), target.port_u16()?))) else {
            let reason = "this is the proxy of goblet's functions: it takes CONNECT";
            return refusal::because(&reason, (StatusCode::METHOD_NOT_ALLOWED, format!("{reason}\n")));
        };
        let upgrade = hyper::upgrade::on(&mut request);
        if port == HTTPS && self.server_for(target.host()).is_some() {
            tokio::spawn(async move { self.stand_in(TokioIo::new(upgrade.await.ok()?)).await.ok() });
            return Response::default();
        }
        match self.upstream.connect(&target, port).await {
            Ok(server) => {
                tokio::spawn(pass_through(upgrade, server));
                Response::default()
            }
            Err(error) => {
                let body = format!("cannot connect to {target}: {error}\n");
                refusal::because(&format!("a function cannot connect: {error}"), (StatusCode::BAD_GATEWAY, body))
            }
        }
    }

    fn server_for(&self, host: &str) -> Option<SocketAddr> {
        let host = host.to_ascii_lowercase();
        let (service, _) = split_host(&host)?;
        self.services.lock().unwrap_or_else(PoisonError::into_inner).get(service).copied()
    }

    /// Ends TLS in the place of the host that the client names, and hands what it says to the server for that.
    async fn stand_in(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let hello = time::timeout(HEAD_TIMEOUT, LazyConfigAcceptor::new(Acceptor::default(), stream)).await??;
        let host = hello.client_hello().server_name().unwrap_or_default().to_owned();
        let server = self.server_for(&host).ok_or(io::ErrorKind::NotFound)?;
        let config = self.authority.config_for(&host).map_err(io::Error::other)?;
        let mut client = time::timeout(HEAD_TIMEOUT, hello.into_stream(config)).await??;
        let mut server = TcpStream::connect(server).await?;
        server.set_nodelay(true)?;
        copy_bidirectional(&mut client, &mut server).await?;
        Ok(())
    }
}

/// The certificate of the proxy's own authority.
const OWN: &str = "ca.pem";
/// This certificate, and those of the authorities that this machine trusts.
const ALL: &str = "ca-bundle.pem";

async fn pass_through(upgrade: OnUpgrade, mut server: TcpStream) {
    if let Ok(client) = upgrade.await {
        let _ = server.set_nodelay(true);
        let _ = copy_bidirectional(&mut TokioIo::new(client), &mut server).await;
    }
}

/// The folder of temporary files, which is in `TMPDIR`, may have any name. A function could not read another one.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
