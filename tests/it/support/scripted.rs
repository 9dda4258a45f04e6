//! A server that plays what a test tells it, byte for byte, and remembers what it was sent.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The access token of the tests.
pub(crate) const TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";

/// One request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case, in the order of the wire.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Play {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// The end of the connection, without a byte.
    Close,
    /// Nothing, ever.
    Hang,
    /// These bytes, then nothing, ever.
    Stall(Vec<u8>),
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: &str) -> Play {
    typed(status, "application/json", body)
}

/// An answer of another type.
pub(crate) fn typed(status: u16, content_type: &str, body: &str) -> Play {
    with_headers(status, &[("content-type", content_type)], body)
}

/// An answer with headers.
pub(crate) fn with_headers(status: u16, headers: &[(&str, &str)], body: &str) -> Play {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    Play::Bytes(
        format!("HTTP/1.1 {status} X\r\n{lines}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into_bytes(),
    )
}

/// A running server; it ends when dropped.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// How many clients left while they were kept waiting.
    left: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Scripted {
    /// Plays the answers one after the other; the last one for all that follow.
    pub(crate) async fn playing(plays: impl Into<Vec<Play>>) -> Self {
        let plays = plays.into();
        Self::answering(move |index, _| plays[index.min(plays.len() - 1)].clone()).await
    }

    /// Plays what the function says; it gets the number of the request, from 0, and the request.
    pub(crate) async fn answering(play: impl Fn(usize, &Seen) -> Play + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let left = Arc::<AtomicUsize>::default();
        let (play, record, leaving) = (Arc::new(play), Arc::clone(&seen), Arc::clone(&left));
        let serving = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(serve(stream, Arc::clone(&play), Arc::clone(&record), Arc::clone(&leaving)));
            }
        });
        Self { address, seen, left, serving }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many clients left while they were kept waiting.
    pub(crate) fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }

    /// The targets of the requests so far, with their methods.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect()
    }

    /// Settings for this server: a fixed prefix, an access token, the default deadlines.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            base_url: format!("http://{}", self.address).parse().unwrap(),
            prefix: PrefixChoice::Fixed(Prefix::ChannelService),
            credential: Credential::parse(TOKEN.into(), None).unwrap(),
            deadlines: Deadlines::default(),
        }
    }

    /// A client with those settings.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.settings()).unwrap()
    }

    /// A client that may probe, beginning with a prefix.
    pub(crate) fn probing_client(&self, first: Prefix) -> Client {
        Client::new(Settings { prefix: PrefixChoice::Auto(first), ..self.settings() }).unwrap()
    }

    /// A client that waits no longer than this for anything.
    pub(crate) fn hasty_client(&self, patience: Duration) -> Client {
        let deadlines =
            Deadlines { connect: patience, first_byte: patience, attempt: patience, call: patience, upload: patience };
        Client::new(Settings { deadlines, ..self.settings() }).unwrap()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    play: Arc<impl Fn(usize, &Seen) -> Play + Send + Sync>,
    record: Arc<Mutex<Vec<Seen>>>,
    left: Arc<AtomicUsize>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let index = {
        let mut seen = record.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    match play(index, &request) {
        Play::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Play::Close => drop(stream),
        Play::Hang => wait_for_the_end(stream, &left).await,
        Play::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            wait_for_the_end(stream, &left).await;
        }
    }
}

/// Says nothing more until the client leaves.
async fn wait_for_the_end(mut stream: TcpStream, left: &AtomicUsize) {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    left.fetch_add(1, Ordering::SeqCst);
}

/// Reads one request; its body by content length only, so that a chunked one shows as empty.
async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<_> = lines.filter_map(pair).collect();
    let mut request = Seen { method, target, headers, body: bytes[end + 4..].to_vec() };
    let length = request.header("content-length").map_or(0, |text| text.parse().unwrap());
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(request)
}
