//! The proxy that functions reach https servers by: it answers for AWS, and passes the rest through.

use std::{fs, net::SocketAddr, sync::Arc};

use goblet_gateway::{
    activity::{Activity, Observer},
    proxy::{Proxy, Upstream},
};
use rcgen::{CertificateParams, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    },
};

/// A name that the proxy stands for.
const API: &str = "abc.execute-api.us-east-1.amazonaws.com";

/// Starts a proxy that stands for the API `abc` with a server that says `local`. Returns the proxy's address, and its
/// authority's certificate.
async fn start() -> (SocketAddr, CertificateDer<'static>) {
    start_with(Upstream::none(), Observer::none()).await
}

async fn start_with(upstream: Upstream, observer: Observer) -> (SocketAddr, CertificateDer<'static>) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (proxy, listener) = Proxy::bind(upstream, observer).unwrap();
    let address = listener.local_addr().unwrap();
    proxy.stand_for("abc.execute-api", server.local_addr().unwrap());
    let file = &proxy.variables()["NODE_EXTRA_CA_CERTS"];
    let certificate = CertificateDer::from_pem_slice(&fs::read(file).unwrap()).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = server.accept().await {
            answer(&mut client, "local").await;
        }
    });
    tokio::spawn(Arc::new(proxy).serve(TcpListener::from_std(listener).unwrap()));
    (address, certificate)
}

/// An https server of somebody else, with a certificate of its own, that says `foreign`.
async fn start_foreign() -> (SocketAddr, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let certificate = certificate.der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(async move {
        let (client, _) = server.accept().await.unwrap();
        let mut client = TlsAcceptor::from(Arc::new(config)).accept(client).await.unwrap();
        answer(&mut client, "foreign").await;
    });
    (address, certificate)
}

/// Reads a line, and answers with it and a name.
async fn answer(client: &mut (impl AsyncRead + AsyncWrite + Unpin), name: &str) {
    let mut line = [0; 4];
    client.read_exact(&mut line).await.unwrap();
    client.write_all(format!("{name} got {}", String::from_utf8_lossy(&line)).as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
}

/// Asks for a tunnel, and returns the first line of the answer.
async fn connect(proxy: SocketAddr, target: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").as_bytes()).await.unwrap();
    let head = read_head(&mut stream).await;
    (stream, head.lines().next().unwrap().to_owned())
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn encrypt(
    stream: TcpStream,
    name: &'static str,
    authority: CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    stream.write_all(b"ping").await.unwrap();
    let mut answer = String::new();
    // A server may end without TLS's own end.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn it_answers_for_its_names() {
    let (proxy, authority) = start().await;
    let (tunnel, status) = connect(proxy, &format!("{API}:443")).await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(ask(encrypt(tunnel, API, authority.clone()).await.unwrap()).await, "local got ping");
    // Node.js connects at once.
    let direct = TcpStream::connect(proxy).await.unwrap();
    assert_eq!(ask(encrypt(direct, API, authority).await.unwrap()).await, "local got ping");
}

/// Code may name any region. China has host names of its own:
/// <https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html>.
#[tokio::test]
async fn it_answers_in_every_region() {
    let (proxy, authority) = start().await;
    for name in ["abc.execute-api.eu-west-1.amazonaws.com", "abc.execute-api.cn-north-1.amazonaws.com.cn"] {
        let (tunnel, status) = connect(proxy, &format!("{name}:443")).await;
        assert_eq!(status, "HTTP/1.1 200 OK");
        assert_eq!(ask(encrypt(tunnel, name, authority.clone()).await.unwrap()).await, "local got ping");
    }
}

#[tokio::test]
async fn it_answers_for_no_other_name() {
    let (proxy, authority) = start().await;
    for name in [
        "xyz.execute-api.us-east-1.amazonaws.com",
        "abc.execute-api.amazonaws.com",
        "abc.execute-api.s3.amazonaws.com",
        "abc.execute-api.us-east-1.example.com",
    ] {
        let direct = TcpStream::connect(proxy).await.unwrap();
        assert!(encrypt(direct, name, authority.clone()).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn other_connections_pass_through_untouched() {
    let (proxy, _) = start().await;
    let (foreign, certificate) = start_foreign().await;
    let (tunnel, status) = connect(proxy, &foreign.to_string()).await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    // The server's own certificate arrives: nobody has ended its TLS.
    assert_eq!(ask(encrypt(tunnel, "localhost", certificate).await.unwrap()).await, "foreign got ping");
}

/// Somebody's own proxy: it leads every tunnel to one server, if the user is `goblet` with the password `p@ss`. Returns
/// its address, and the heads of the requests that it gets.
async fn start_upstream(server: SocketAddr) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heads) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let head = read_head(&mut client).await;
            let is_let_in = head.contains("Proxy-Authorization: Basic Z29ibGV0OnBAc3M=\r\n");
            let _ = sender.send(head);
            if !is_let_in {
                client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
                continue;
            }
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(server).await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    });
    (address, heads)
}

#[tokio::test]
async fn other_connections_go_by_the_developers_own_proxy() {
    let (foreign, certificate) = start_foreign().await;
    let (upstream, mut heads) = start_upstream(foreign).await;
    let url = format!("http://goblet:p%40ss@{upstream}");
    let (proxy, authority) = start_with(Upstream::by(&url, "").unwrap(), Observer::none()).await;
    // This name exists nowhere else.
    let (tunnel, status) = connect(proxy, "shop.example:443").await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(ask(encrypt(tunnel, "localhost", certificate).await.unwrap()).await, "foreign got ping");
    let head = heads.recv().await.unwrap();
    assert!(head.starts_with("CONNECT shop.example:443 HTTP/1.1\r\n"), "{head}");
    // What the gateway stands for stays here.
    let (tunnel, _) = connect(proxy, &format!("{API}:443")).await;
    assert_eq!(ask(encrypt(tunnel, API, authority).await.unwrap()).await, "local got ping");
    assert!(heads.try_recv().is_err());
}

#[tokio::test]
async fn some_hosts_are_reached_without_the_developers_own_proxy() {
    let (foreign, certificate) = start_foreign().await;
    let (upstream, mut heads) = start_upstream(foreign).await;
    let url = format!("http://goblet:p%40ss@{upstream}");
    let (proxy, _) = start_with(Upstream::by(&url, "example.com, 127.0.0.0/8").unwrap(), Observer::none()).await;
    let (tunnel, _) = connect(proxy, &foreign.to_string()).await;
    assert_eq!(ask(encrypt(tunnel, "localhost", certificate).await.unwrap()).await, "foreign got ping");
    assert!(heads.try_recv().is_err());
}

#[tokio::test]
async fn what_the_developers_own_proxy_refuses() {
    let (upstream, _heads) = start_upstream(SocketAddr::from(([127, 0, 0, 1], 9))).await;
    let (observer, mut activities) = Observer::channel();
    let (proxy, _) = start_with(Upstream::by(&format!("http://goblet:wrong@{upstream}"), "").unwrap(), observer).await;
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    let request = b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    let says = format!("by your own proxy http://{upstream}/: tunnel error: proxy authorization required");
    assert!(answer.contains(&says) && !answer.contains("wrong"), "{answer}");
    // SDKs do not show the answer, so the terminal does.
    let Some(Activity::Refused { status: 502, path, reason }) = activities.recv().await else { panic!("not told") };
    assert_eq!((path.as_str(), reason), ("shop.example:443", format!("a function cannot connect: {says}")));
}

#[tokio::test]
async fn what_it_refuses() {
    let (proxy, _) = start().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(connect(proxy, &closed.to_string()).await.1, "HTTP/1.1 502 Bad Gateway");
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream
        .write_all(b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 405") && answer.ends_with("it takes CONNECT\n"), "{answer}");
}

/// The files are for this user alone, and the machine's own certificates are among them.
#[test]
fn what_functions_trust() {
    use std::os::unix::fs::PermissionsExt as _;

    let (proxy, _) = Proxy::bind(Upstream::none(), Observer::none()).unwrap();
    let variables = proxy.variables();
    let (own, all) = (&variables["NODE_EXTRA_CA_CERTS"], &variables["AWS_CA_BUNDLE"]);
    let folder = fs::metadata(std::path::Path::new(own).parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o77, 0);
    let count = |file: &str| fs::read_to_string(file).unwrap().matches("BEGIN CERTIFICATE").count();
    assert_eq!(count(own), 1);
    assert_eq!(count(all) > 1, proxy.has_system_certificates());
    assert!(!fs::read_to_string(all).unwrap().contains("PRIVATE KEY"));
    for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        assert_eq!(&variables[name], all);
    }
    drop(proxy);
    assert!(!fs::exists(all).unwrap());
}
