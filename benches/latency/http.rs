//! A client over kept HTTP connections, bare enough to cost little: Streamable HTTP, the older pair with server-sent
//! events, and the plain request to a gateway.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::message::{self, Ask};

/// One kept connection.
pub(crate) struct Http {
    socket: TcpStream,
    received: Vec<u8>,
    address: SocketAddr,
    /// The session that a server gave, if it has sessions.
    pub(crate) session: Option<String>,
}

/// One client of the older transport: a stream to read, a connection to write.
pub(crate) struct Events {
    stream: Http,
    post: Http,
    path: String,
}

impl Http {
    pub(crate) async fn connect(address: SocketAddr, session: Option<String>) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, received: Vec::with_capacity(32 * 1024), address, session })
    }

    /// Connects and says the handshake.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let mut http = Self::connect(address, None).await?;
        http.post("/mcp", &message::initialize()).await?;
        let (head, body) = http.answer().await?;
        message::opened(&body)?;
        http.session = header(&head, "mcp-session-id").map(str::to_owned);
        http.post("/mcp", message::INITIALIZED).await?;
        http.answer().await?;
        Ok(http)
    }

    async fn post(&mut self, path: &str, body: &str) -> io::Result<()> {
        let session = self.session.as_ref().map(|id| format!("mcp-session-id: {id}\r\n")).unwrap_or_default();
        let text = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\naccept: application/json, \
             text/event-stream\r\nmcp-protocol-version: {}\r\n{session}content-length: {}\r\n\r\n{body}",
            self.address,
            message::VERSION,
            body.len()
        );
        self.socket.write_all(text.as_bytes()).await
    }

    /// One tool call; the size of its answer.
    pub(crate) async fn call(&mut self, ask: &Ask) -> io::Result<usize> {
        self.post("/mcp", &ask.next().call(ask.id())).await?;
        ask.check(&self.answer().await?.1)
    }

    /// One bare request to the gateway; the size of its answer.
    pub(crate) async fn get(&mut self, ask: &Ask, token: &str) -> io::Result<usize> {
        let (path, address) = (ask.next().path(), self.address);
        let text = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nx-access-token: {token}\r\n\r\n");
        self.socket.write_all(text.as_bytes()).await?;
        let body = self.answer().await?.1;
        if message::contains(&body, b"object_name") { Ok(body.len()) } else { Err(message::strange(&body)) }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.socket.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The head of the next answer, and where it ends.
    async fn head(&mut self) -> io::Result<String> {
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        Ok(String::from_utf8_lossy(&self.received.drain(..end).collect::<Vec<_>>()).into_owned())
    }

    /// The next answer, whole.
    async fn answer(&mut self) -> io::Result<(String, Vec<u8>)> {
        let head = self.head().await?;
        let length = header(&head, "content-length").and_then(|text| text.parse::<usize>().ok());
        if let Some(length) = length {
            while self.received.len() < length {
                self.more().await?;
            }
            return Ok((head, self.received.drain(..length).collect()));
        }
        let mut body = Vec::new();
        while header(&head, "transfer-encoding").is_some() {
            let chunk = self.chunk().await?;
            if chunk.is_empty() {
                break;
            }
            body.extend(chunk);
        }
        Ok((head, body))
    }

    /// The next chunk of a chunked body; the last one is empty.
    async fn chunk(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.received.windows(2).position(|window| window == b"\r\n") {
                let text = String::from_utf8_lossy(&self.received[..end]).into_owned();
                let length = usize::from_str_radix(text.trim(), 16).map_err(io::Error::other)?;
                if self.received.len() >= end + 2 + length + 2 {
                    let chunk = self.received[end + 2..end + 2 + length].to_vec();
                    self.received.drain(..end + 2 + length + 2);
                    return Ok(chunk);
                }
            }
            self.more().await?;
        }
    }
}

impl Events {
    /// Opens the stream and says the handshake.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let mut stream = Http::connect(address, None).await?;
        let text = format!("GET /sse HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
        stream.socket.write_all(text.as_bytes()).await?;
        stream.head().await?;
        let greeting = String::from_utf8_lossy(&stream.chunk().await?).into_owned();
        let path = greeting.lines().find_map(|line| line.strip_prefix("data: ")).ok_or(io::ErrorKind::InvalidData)?;
        let post = Http::connect(address, None).await?;
        let mut events = Self { stream, post, path: path.to_owned() };
        events.say(&message::initialize()).await?;
        message::opened(&events.stream.chunk().await?)?;
        events.say(message::INITIALIZED).await?;
        Ok(events)
    }

    /// Only the open stream, as a client at rest has it.
    #[allow(dead_code, reason = "the bench `growth` uses it")]
    pub(crate) fn into_stream(self) -> Http {
        self.stream
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.post.post(&self.path, text).await?;
        self.post.answer().await.map(drop)
    }

    /// One tool call; the size of its answer.
    pub(crate) async fn call(&mut self, ask: &Ask) -> io::Result<usize> {
        self.say(&ask.next().call(ask.id())).await?;
        loop {
            let event = self.stream.chunk().await?;
            // A comment keeps an idle stream alive.
            if !event.starts_with(b":") {
                return ask.check(&event);
            }
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(own, value)| own.eq_ignore_ascii_case(name).then(|| value.trim()))
}
