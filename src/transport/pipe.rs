//! One connection over a pair of byte streams, as the SDK wants to see it.
//!
//! The framing is ours, because the SDK's own stays silent on a line that is no JSON and on one that is too long, ends
//! the connection when the first line is not the one it expects, and waits up to five seconds after the end of input.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorData, GetMeta, JsonRpcMessage, ProtocolVersion,
    RequestId, ServerJsonRpcMessage,
};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::flight::Flight;
use super::frame::{self, Frame, INVALID_REQUEST};
use super::lines::{LONGEST, Line, Lines};
use super::turns::Turns;
use super::writer::Writer;
use crate::mcp::{self, PlainCall, Server};

/// How long calls may go on after the end of input: a client that closed it expects the process to end within a second.
const AFTER_END: Duration = Duration::from_millis(600);

/// How long calls may go on after a signal to stop: as long as a call to the gateway takes.
const AFTER_STOP: Duration = Duration::from_secs(20);

/// How long answers that say that their call was cut short may take to be written.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What is said to a request whose id is taken.
const IN_FLIGHT: &str = "This id belongs to a request that is still in flight: use a fresh one for each request.";

/// Requests in flight on one connection before reading pauses.
const MOST_IN_FLIGHT: usize = 1024;

/// One connection.
pub(crate) struct Pipe<R, W> {
    server: Server,
    lines: Lines<R>,
    writer: Arc<Writer<W>>,
    flight: Arc<Flight>,
    turns: Arc<Turns>,
    /// Whether the SDK has seen the request that opens the connection. Until then it ends on anything but a request.
    open: bool,
    /// Whether that was the handshake.
    shaken: bool,
    /// Whether the client has also said that it has the handshake's answer.
    greeted: bool,
    /// Asks for no more reading.
    stop: CancellationToken,
    /// Cuts the calls short that are still in flight.
    cut: CancellationToken,
    /// Since nothing more is read: until when calls may go on.
    deadline: Option<Instant>,
}

impl<R, W> Pipe<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    pub(crate) fn new(server: Server, reader: R, writer: W, stop: CancellationToken, cut: CancellationToken) -> Self {
        Self {
            server,
            lines: Lines::new(reader, LONGEST),
            writer: Arc::new(Writer::new(writer)),
            flight: Arc::default(),
            turns: Arc::default(),
            open: false,
            shaken: false,
            greeted: false,
            stop,
            cut,
            deadline: None,
        }
    }

    /// The next line; `None` when nothing more is to be read.
    async fn line(&mut self) -> Option<Line> {
        let next = async {
            self.flight.at_most(MOST_IN_FLIGHT - 1).await;
            self.lines.next().await
        };
        let (patience, line) = tokio::select! {
            biased;
            () = self.stop.cancelled() => (AFTER_STOP, None),
            // Nobody reads the answers any more.
            () = self.writer.gone().cancelled() => (Duration::ZERO, None),
            line = next => match line {
                Ok(Line::End) => (AFTER_END, None),
                Ok(line) => (Duration::ZERO, Some(line)),
                Err(error) => {
                    tracing::warn!(%error, "input cannot be read");
                    (AFTER_END, None)
                }
            },
        };
        if line.is_none() {
            self.deadline = Some(Instant::now() + patience);
        }
        line
    }

    /// Lets calls in flight finish, up to the deadline, then cuts them short.
    async fn settle(&mut self, deadline: Instant) {
        if tokio::time::timeout_at(deadline, self.flight.at_most(0)).await.is_err() {
            self.cut.cancel();
        }
    }

    /// What a line holds; a plain call is answered beside the SDK.
    fn message(&self, bytes: &[u8]) -> Frame {
        match self.server.plain(bytes).filter(|_| self.greeted) {
            Some(call) => {
                self.call(call);
                Frame::Nothing
            }
            None => frame::read(bytes),
        }
    }

    /// What the SDK shall see of a message: all but what it would leave unanswered or end the connection on.
    fn admitted(&mut self, message: ClientJsonRpcMessage) -> Option<ClientJsonRpcMessage> {
        match &message {
            JsonRpcMessage::Request(request) => {
                if !self.flight.begin(&request.id, None) {
                    self.refuse(frame::refusal(
                        Some(&request.id.clone().into_json_value()),
                        INVALID_REQUEST,
                        IN_FLIGHT,
                    ));
                    return None;
                }
                if self.open {
                    return Some(message);
                }
                if let Some(error) = mcp::malformed_message(&message) {
                    let id = request.id.clone();
                    self.flight.end(&id);
                    self.reply(id, error);
                    return None;
                }
                self.open = opens(&request.request);
                self.shaken = matches!(request.request, ClientRequest::InitializeRequest(_));
                Some(message)
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    // The SDK never writes an answer to it.
                    self.flight.end(id);
                }
                self.greeted |=
                    self.shaken && matches!(notification.notification, ClientNotification::InitializedNotification(_));
                self.open.then_some(message)
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => self.open.then_some(message),
        }
    }

    /// Answers a plain call, without the SDK.
    fn call(&self, call: PlainCall) {
        let cancel = self.cut.child_token();
        let id = call.id.clone();
        if !self.flight.begin(&id, Some(cancel.clone())) {
            return self.refuse(frame::refusal(Some(&id.into_json_value()), INVALID_REQUEST, IN_FLIGHT));
        }
        let (server, writer) = (self.server.clone(), Arc::clone(&self.writer));
        let (flight, turns) = (Arc::clone(&self.flight), Arc::clone(&self.turns));
        tokio::spawn(async move {
            let answer = turns.take(server.answer(call, None, &cancel)).await;
            // Who cancelled it expects no answer.
            if flight.expects(&id) {
                if writer.put(&answer) && flight.has_others() {
                    // Those that are ready as well go out in the same write.
                    tokio::task::yield_now().await;
                }
                let _ = writer.drain().await;
                flight.end(&id);
            }
        });
    }

    fn reply(&self, id: RequestId, error: ErrorData) {
        match serde_json::to_string(&ServerJsonRpcMessage::error(error, Some(id))) {
            Ok(text) => self.refuse(text),
            Err(error) => tracing::error!(%error, "an error cannot be written as JSON"),
        }
    }

    /// Writes an answer of our own. In a task of its own: the future that receives may be dropped at any time.
    fn refuse(&self, text: String) {
        self.flight.begin_loose();
        let (writer, flight) = (Arc::clone(&self.writer), Arc::clone(&self.flight));
        tokio::spawn(async move {
            let _ = writer.write(text.as_bytes()).await;
            flight.end_loose();
        });
    }
}

/// Whether the SDK takes a connection for open once it has seen this request.
fn opens(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::DiscoverRequest(_) | ClientRequest::PingRequest(_) => false,
        other => {
            let meta = other.get_meta();
            meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
                && meta.protocol_version().is_some_and(|version| ProtocolVersion::KNOWN_VERSIONS.contains(&version))
        }
    }
}

impl<R, W> Transport<RoleServer> for Pipe<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (writer, flight) = (Arc::clone(&self.writer), Arc::clone(&self.flight));
        async move {
            let id = match &message {
                JsonRpcMessage::Response(response) => Some(response.id.clone()),
                JsonRpcMessage::Error(error) => error.id.clone(),
                JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
            };
            let written = match serde_json::to_vec(&message) {
                Ok(bytes) => writer.write(&bytes).await,
                Err(error) => Err(io::Error::other(error)),
            };
            if let Some(id) = id {
                flight.end(&id);
            }
            written
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(deadline) = self.deadline {
                self.settle(deadline).await;
                return None;
            }
            let Some(line) = self.line().await else { continue };
            match line {
                Line::Whole(bytes) => match self.message(&bytes) {
                    Frame::Message(message) => {
                        if let Some(message) = self.admitted(*message) {
                            return Some(message);
                        }
                    }
                    Frame::Answer(text) => self.refuse(text),
                    Frame::Nothing => {}
                },
                Line::TooLong => {
                    let text = format!("A message may have at most {LONGEST} bytes; this line had more.");
                    self.refuse(frame::refusal(None, INVALID_REQUEST, &text));
                }
                Line::End => {}
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        // The SDK has written its own answers by now, and knows nothing of ours.
        self.cut.cancel();
        let _ = tokio::time::timeout(LAST_WORDS, self.flight.only_the_sdks()).await;
        self.writer.close().await
    }
}
