//! The built binary and a gateway behind TLS: HTTP/1 and HTTP/2, a proxy on the way, a certificate that nobody vouches for.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use http::header::HOST;
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Run, program};

const NAME: &str = "gateway.example.com";
const TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";

/// What the gateway saw of one request.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    version: Version,
    /// `host`, and what HTTP/2 has instead.
    host: Option<String>,
    authority: Option<String>,
    token: Option<String>,
}

/// A gateway with a certificate for `NAME`, and the file of the authority that vouches for it.
struct Secure {
    address: SocketAddr,
    authority: PathBuf,
    _directory: tempfile::TempDir,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
}

impl Secure {
    /// Offers these protocols.
    async fn offering(protocols: &[&str]) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let authority = directory.path().join("authority.pem");
        std::fs::write(&authority, issuer.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = CertificateParams::new([NAME.to_owned(), "localhost".to_owned()]).unwrap();
        let certificate = CertificateDer::from(names.signed_by(&key, &issuer).unwrap());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, connections) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<Mutex<usize>>::default());
        let (record, count) = (Arc::clone(&seen), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                let (acceptor, record) = (acceptor.clone(), Arc::clone(&record));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let service = service_fn(|request| std::future::ready(answer(&request, &record)));
                    let io = TokioIo::new(stream);
                    if is_http2 {
                        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                            .serve_connection(io, service)
                            .await;
                    } else {
                        let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
                    }
                });
            }
        });
        Self { address, authority, _directory: directory, seen, connections }
    }

    /// Calls a tool of the built binary.
    async fn call(&self, tool: &str, arguments: &str, base_url: &str, variables: &[(&str, &str)]) -> Run {
        let mut command = program(&["call", tool, arguments], &[]);
        command
            .env("IMBRACE_ACCESS_TOKEN", TOKEN)
            .env("IMBRACE_BASE_URL", base_url)
            .env("SSL_CERT_FILE", &self.authority);
        command.envs(variables.iter().copied());
        Run::of(tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap())
    }

    fn here(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(request: &Request<Incoming>, record: &Mutex<Vec<Seen>>) -> Result<Response<String>, Infallible> {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    record.lock().unwrap().push(Seen {
        version: request.version(),
        host: header(HOST.as_str()),
        authority: request.uri().authority().map(ToString::to_string),
        token: header("x-access-token"),
    });
    let contact =
        r#"{"object_name":"contact","id":"con_11111111-2222-4333-8444-555555555501","display_name":"Mei Chan"}"#;
    let page = format!(r#"{{"object_name":"list","data":[{contact}],"has_more":false,"count":1,"total":1}}"#);
    Ok(Response::builder().header("content-type", "application/json").body(page).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_2_is_spoken_where_it_is_offered() {
    let gateway = Secure::offering(&["h2", "http/1.1"]).await;
    let answer = gateway.call("list_contacts", "{}", &gateway.here(), &[]).await;
    assert!(answer.code == 0 && answer.out.contains("Mei Chan"), "{answer:?}");
    let authority = Some(format!("localhost:{}", gateway.address.port()));
    let expected = Seen { version: Version::HTTP_2, host: None, authority, token: Some(TOKEN.to_owned()) };
    assert_eq!(gateway.seen(), [expected]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_the_same_time_share_the_first_ones_connection_over_http_2() {
    let gateway = Secure::offering(&["h2"]).await;
    let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
    let first_call =
        r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"list_contacts","arguments":{}}}"#;
    let first = format!("{hello}\n{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}}\n{first_call}\n");
    let mut lines = String::new();
    for number in 1..=8 {
        let params = format!(r#"{{"name":"list_contacts","arguments":{{"skip":{number}}}}}"#);
        lines += &format!("{{\"jsonrpc\":\"2.0\",\"id\":{number},\"method\":\"tools/call\",\"params\":{params}}}\n");
    }
    let mut command = program(&["serve"], &[]);
    command.env("IMBRACE_ACCESS_TOKEN", TOKEN).env("IMBRACE_BASE_URL", gateway.here());
    command.env("SSL_CERT_FILE", &gateway.authority).stdin(std::process::Stdio::piped());
    let answers = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let output = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut answers = std::io::BufRead::lines(output).map(Result::unwrap);
        let mut say = |lines: &str| std::io::Write::write_all(child.stdin.as_mut().unwrap(), lines.as_bytes()).unwrap();
        say(&first);
        let mut heard: Vec<String> = answers.by_ref().take(2).collect();
        say(&lines);
        heard.extend(answers.by_ref().take(8));
        drop(child.stdin.take());
        child.wait().unwrap();
        heard
    });
    let answers = answers.await.unwrap();
    assert_eq!(answers.iter().filter(|answer| answer.contains("Mei Chan")).count(), 9, "{answers:#?}");
    assert_eq!((gateway.seen().len(), *gateway.connections.lock().unwrap()), (9, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_1_is_spoken_where_nothing_else_is_offered() {
    let gateway = Secure::offering(&["http/1.1"]).await;
    let answer = gateway.call("list_contacts", "{}", &gateway.here(), &[]).await;
    assert!(answer.code == 0 && answer.out.contains("Mei Chan"), "{answer:?}");
    let host = Some(format!("localhost:{}", gateway.address.port()));
    let expected = Seen { version: Version::HTTP_11, host, authority: None, token: Some(TOKEN.to_owned()) };
    assert_eq!(gateway.seen(), [expected]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_the_environment_passes_bytes_on_and_sees_no_credential() {
    let gateway = Secure::offering(&["h2"]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://ann:pass@{}", listener.local_addr().unwrap());
    let target = gateway.address;
    let passing = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(near.read_u8().await.unwrap());
        }
        near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut far = TcpStream::connect(target).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        String::from_utf8(head).unwrap()
    });
    let variables = [("HTTPS_PROXY", &*proxy), ("NO_PROXY", "")];
    let answer = gateway.call("list_contacts", "{}", &format!("https://{NAME}"), &variables).await;
    assert!(answer.code == 0 && answer.out.contains("Mei Chan"), "{answer:?}");
    let head = passing.await.unwrap().to_ascii_lowercase();
    assert!(head.starts_with(&format!("connect {NAME}:443 http/1.1\r\n")), "{head}");
    assert!(head.contains("proxy-authorization: basic yw5uonbhc3m=\r\n"), "{head}");
    assert!(!head.contains(TOKEN), "{head}");
    assert_eq!(gateway.seen()[0].authority.as_deref(), Some(NAME));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_vouches_for_is_named_and_gets_nothing() {
    let (gateway, other) = (Secure::offering(&["h2"]).await, Secure::offering(&["h2"]).await);
    let authority = other.authority.to_str().unwrap();
    let answer = gateway.call("list_contacts", "{}", &gateway.here(), &[("SSL_CERT_FILE", authority)]).await;
    assert_ne!(answer.code, 0);
    assert!(answer.err.contains("the certificate is not trusted"), "{}", answer.err);
    let elsewhere = format!("https://127.0.0.1:{}", gateway.address.port());
    let answer = gateway.call("list_contacts", "{}", &elsewhere, &[]).await;
    assert!(answer.err.contains("the certificate is for another name"), "{}", answer.err);
    assert!(gateway.seen().is_empty() && *gateway.connections.lock().unwrap() >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_cannot_be_used_is_named() {
    let gateway = Secure::offering(&["h2"]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusing = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    for (proxy, words) in [("socks5://127.0.0.1:9", "no HTTP proxy"), (&*refusing, "wants a user and a password")] {
        let variables = [("HTTPS_PROXY", proxy), ("NO_PROXY", "")];
        let answer = gateway.call("list_contacts", "{}", &format!("https://{NAME}"), &variables).await;
        assert!(answer.code != 0 && answer.err.contains(words), "{answer:?}");
    }
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_of_the_operators_own_is_trusted_beside_the_systems() {
    let (gateway, other) = (Secure::offering(&["h2"]).await, Secure::offering(&["h2"]).await);
    let (own, systems) = (gateway.authority.to_str().unwrap(), other.authority.to_str().unwrap());
    let variables = [("SSL_CERT_FILE", systems), ("IMBRACE_CA_FILE", own)];
    let answer = gateway.call("list_contacts", "{}", &gateway.here(), &variables).await;
    assert!(answer.code == 0 && answer.out.contains("Mei Chan"), "{answer:?}");
    let answer = other.call("list_contacts", "{}", &other.here(), &variables).await;
    assert_eq!(answer.code, 0, "the system's stay trusted: {answer:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no-certificate.pem");
    std::fs::write(&file, "acc_1").unwrap();
    for (path, words) in [(file.to_str().unwrap(), "holds no certificate in PEM"), ("missing.pem", "cannot be used")] {
        let answer = gateway.call("list_contacts", "{}", &gateway.here(), &[("IMBRACE_CA_FILE", path)]).await;
        assert!(answer.code == 78 && answer.err.contains(words), "{answer:?}");
    }
}

/// `doctor` on the way to a gateway that is out of reach.
async fn examined(base_url: String, variables: Vec<(&'static str, String)>) -> Run {
    let mut command = program(&["doctor"], &[]);
    command.env("IMBRACE_ACCESS_TOKEN", TOKEN).env("IMBRACE_BASE_URL", base_url).envs(variables);
    Run::of(tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorities_names_and_proxies_get_advice_of_their_own() {
    let (gateway, other) = (Secure::offering(&["h2"]).await, Secure::offering(&["h2"]).await);
    let systems = other.authority.to_str().unwrap().to_owned();
    let report = examined(gateway.here(), vec![("SSL_CERT_FILE", systems.clone())]).await;
    assert!(report.code == 1 && report.out.contains("--ca-file"), "{report:?}");
    let elsewhere = format!("https://127.0.0.1:{}", gateway.address.port());
    let own = gateway.authority.to_str().unwrap().to_owned();
    let report = examined(elsewhere, vec![("SSL_CERT_FILE", own.clone())]).await;
    assert!(report.out.contains("shows a certificate that is not valid for it"), "{report:?}");
    // A proxy that answers CONNECT so, and then ends the connection.
    for (answer, words) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "(http://USER:PASSWORD@HOST:PORT)"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "have it allow that host"),
        ("HTTP/1.1 200 OK\r\n\r\nplain text", "does a firewall or proxy in between cut TLS off?"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.read(&mut [0; 1024]).await;
            }
        });
        let variables = vec![("HTTPS_PROXY", proxy), ("NO_PROXY", String::new()), ("SSL_CERT_FILE", own.clone())];
        let report = examined(format!("https://{NAME}"), variables).await;
        assert!(report.code == 1 && report.out.contains(words), "{answer:?}: {report:?}");
        assert!(report.out.contains("of HTTPS_PROXY"), "the proxy is named: {report:?}");
    }
    assert!(gateway.seen().is_empty());
}
