//! One connection over a pair of byte streams, as the SDK's service loop wants to see it.
//!
//! The framing is ours, because the SDK's own gives no answer to a broken message under its id, ends the connection when the
//! first line is not the one it expects, has no limit of requests in flight, knows no batches, and waits up to five seconds
//! after the end of input.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, GetMeta, JsonRpcMessage, ProtocolVersion, RequestId,
    ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batch::{self, Batches, Collected};
use super::in_flight::InFlight;
use super::lines::{Line, Lines, MAX_LINE};
use super::message::{self, ID_IN_USE, Incoming, NO_BATCHES, Refusal};
use crate::mcp;

/// How long calls may go on after the end of input: a client that closed it expects the process to end within a second.
const GRACE_AFTER_END: Duration = Duration::from_millis(600);

/// How long calls may go on after a signal to stop: as long as a call to the gateway takes.
const GRACE_AFTER_STOP: Duration = Duration::from_secs(20);

/// How long the transport's own answers may take to be written when the connection closes.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(200);

/// Requests in flight on one connection before reading pauses.
const MAX_IN_FLIGHT: usize = 1024;

/// The SDK's transport over lines of JSON.
pub(crate) struct LineTransport<R, W> {
    lines: Lines<R>,
    output: Output<W>,
    /// Messages of a batch that the SDK has not taken yet.
    waiting: VecDeque<ClientJsonRpcMessage>,
    /// Whether the SDK has seen the request that opens the connection. Until then it ends on anything but a request.
    is_open: bool,
    /// Asks for no more reading.
    stop: CancellationToken,
    /// Cuts the calls short that are still in flight.
    cut: CancellationToken,
    /// Set when nothing more is read: until when calls may go on.
    deadline: Option<Instant>,
}

/// The writing half, shared with the tasks that write.
struct Output<W> {
    writer: Arc<Mutex<W>>,
    in_flight: Arc<InFlight>,
    batches: Arc<Batches>,
    /// The version that the handshake agreed on.
    agreed: Arc<OnceLock<ProtocolVersion>>,
    /// Cancelled when the other side has stopped reading for good.
    closed: CancellationToken,
}

impl<R, W> LineTransport<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    pub(crate) fn new(reader: R, writer: W, stop: CancellationToken, cut: CancellationToken) -> Self {
        let output = Output {
            writer: Arc::new(Mutex::new(writer)),
            in_flight: Arc::default(),
            batches: Arc::default(),
            agreed: Arc::default(),
            closed: CancellationToken::new(),
        };
        let lines = Lines::new(reader, MAX_LINE);
        Self { lines, output, waiting: VecDeque::new(), is_open: false, stop, cut, deadline: None }
    }

    /// The next line; `None` when nothing more is to be read.
    async fn line(&mut self) -> Option<Line> {
        let next = async {
            self.output.in_flight.at_most(MAX_IN_FLIGHT - 1).await;
            self.lines.next().await
        };
        let (grace, line) = tokio::select! {
            biased;
            () = self.stop.cancelled() => (GRACE_AFTER_STOP, None),
            () = self.output.closed.cancelled() => (Duration::ZERO, None),
            line = next => match line {
                Ok(Line::End) => (GRACE_AFTER_END, None),
                Ok(line) => (Duration::ZERO, Some(line)),
                Err(error) => {
                    tracing::warn!(%error, "input cannot be read");
                    (GRACE_AFTER_END, None)
                }
            },
        };
        if line.is_none() {
            self.deadline = Some(Instant::now() + grace);
        }
        line
    }

    /// Lets calls in flight finish, up to the deadline, then cuts them short.
    async fn drain(&mut self, deadline: Instant) {
        if tokio::time::timeout_at(deadline, self.output.in_flight.at_most(0)).await.is_err() {
            self.cut.cancel();
        }
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Message(message) => match self.admit(*message) {
                Ok(message) => self.waiting.extend(message),
                Err(refusal) => self.output.refuse(&refusal),
            },
            Incoming::Batch(elements) => self.take_batch(elements),
            Incoming::Refused(refusal) => self.output.refuse(&refusal),
            // As in the other official SDKs: without an id nobody could use the answer.
            Incoming::NotJson(refusal) => tracing::warn!(reason = refusal.message, "a line was ignored"),
            Incoming::Nothing => {}
        }
    }

    fn take_batch(&mut self, elements: Vec<Incoming>) {
        if self.output.agreed.get() != Some(&ProtocolVersion::V_2025_03_26) {
            return self.output.refuse(&Refusal::invalid(None, NO_BATCHES));
        }
        let (mut ids, mut refused, mut notifications) = (Vec::new(), Vec::new(), Vec::new());
        for element in elements.into_iter().filter_map(batch::element) {
            let admitted = match element {
                // After the requests, one of which a notification may cancel.
                Ok(message) if !matches!(message, JsonRpcMessage::Request(_)) => {
                    notifications.push(message);
                    continue;
                }
                element => element.and_then(|message| self.admit(message)),
            };
            match admitted {
                Ok(message) => {
                    ids.extend(message.iter().filter_map(requested).cloned());
                    self.waiting.extend(message);
                }
                Err(refusal) => refused.push(refusal.to_json()),
            }
        }
        if let Some(answers) = self.output.batches.begin(&ids, refused) {
            self.output.write_own(&answers);
        }
        for message in notifications {
            // No notification is refused.
            let admitted = self.admit(message).ok().flatten();
            self.waiting.extend(admitted);
        }
    }

    /// What the SDK shall see of a message: all but what it would leave unanswered or end the connection on.
    fn admit(&mut self, message: ClientJsonRpcMessage) -> Result<Option<ClientJsonRpcMessage>, Refusal> {
        match &message {
            JsonRpcMessage::Request(request) => {
                let id = request.id.clone().into_json_value();
                if !self.is_open
                    && let Some(error) = mcp::malformed_message(&message)
                {
                    return Err(Refusal::params(&id, error.message));
                }
                if !self.output.in_flight.begin(&request.id) {
                    return Err(Refusal::invalid(Some(&id), ID_IN_USE));
                }
                self.is_open |= opens(&request.request);
                Ok(Some(message))
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    // The SDK never writes an answer to it.
                    self.output.in_flight.end(id);
                    if let Some(answers) = self.output.batches.cancel(id) {
                        self.output.write_own(&answers);
                    }
                }
                Ok(self.is_open.then_some(message))
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => Ok(self.is_open.then_some(message)),
        }
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

impl<W: AsyncWrite + Send + Unpin + 'static> Output<W> {
    fn refuse(&self, refusal: &Refusal) {
        self.write_own(&refusal.to_json());
    }

    /// Writes an answer of the transport's own. In a task of its own, because the future that receives may be dropped at any
    /// time.
    fn write_own(&self, answer: &Value) {
        self.in_flight.begin_own_answer();
        let (output, line) = (self.clone(), answer.to_string().into_bytes());
        tokio::spawn(async move {
            // The error is kept in `closed`.
            let _ = output.write(line).await;
            output.in_flight.end_own_answer();
        });
    }

    /// Writes a message of the SDK, or keeps it for its batch.
    async fn send(&self, message: ServerJsonRpcMessage) -> io::Result<()> {
        if let JsonRpcMessage::Response(response) = &message
            && let ServerResult::InitializeResult(result) = &response.result
        {
            // Only the first handshake counts.
            self.agreed.get_or_init(|| result.protocol_version.clone());
        }
        let id = answered(&message).cloned();
        if let Some(id) = &id {
            self.in_flight.begin_answer(id);
        }
        // Messages of the SDK can always be written as JSON.
        let written = match self.batches.collect(id.as_ref(), || serde_json::to_value(&message).unwrap_or_default()) {
            Collected::Waiting => Ok(()),
            Collected::Complete(answers) => self.write(answers.to_string().into_bytes()).await,
            Collected::Single => match serde_json::to_vec(&message) {
                Ok(line) => self.write(line).await,
                Err(error) => Err(error.into()),
            },
        };
        if id.is_some() {
            self.in_flight.end_answer();
        }
        written
    }

    async fn write(&self, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        let mut writer = self.writer.lock().await;
        let written = match writer.write_all(&line).await {
            Ok(()) => writer.flush().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.closed.cancel();
        }
        written
    }
}

/// The id of a request.
fn requested(message: &ClientJsonRpcMessage) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Request(request) => Some(&request.id),
        _ => None,
    }
}

/// The id of the request that a message answers.
fn answered(message: &ServerJsonRpcMessage) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Response(response) => Some(&response.id),
        JsonRpcMessage::Error(error) => error.id.as_ref(),
        JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
    }
}

impl<W> Clone for Output<W> {
    fn clone(&self) -> Self {
        Self {
            writer: Arc::clone(&self.writer),
            in_flight: Arc::clone(&self.in_flight),
            batches: Arc::clone(&self.batches),
            agreed: Arc::clone(&self.agreed),
            closed: self.closed.clone(),
        }
    }
}

impl<R, W> Transport<RoleServer> for LineTransport<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = self.output.clone();
        async move { output.send(message).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Some(message);
            }
            if let Some(deadline) = self.deadline {
                self.drain(deadline).await;
                return None;
            }
            match self.line().await {
                Some(Line::Whole(bytes)) => self.take(message::read(&bytes)),
                Some(Line::TooLong(beginning)) => match message::too_long(&beginning, MAX_LINE) {
                    Some(refusal) => self.output.refuse(&refusal),
                    None => tracing::warn!(max_bytes = MAX_LINE, "a line that is too long was ignored"),
                },
                Some(Line::End) | None => {}
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        // The SDK has written its own answers by now, and knows nothing of ours.
        self.cut.cancel();
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, self.output.in_flight.no_own_answers()).await;
        self.output.writer.lock().await.shutdown().await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use serde_json::json;
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;

    /// Takes every byte, and never says that they have arrived.
    struct NeverFlushed;

    impl AsyncWrite for NeverFlushed {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_is_free_as_soon_as_its_answer_can_be_read() {
        let (reader, mut client) = duplex(1_024);
        let mut transport =
            LineTransport::new(reader, NeverFlushed, CancellationToken::new(), CancellationToken::new());
        let ping = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
        client.write_all(ping).await.unwrap();
        assert!(transport.receive().await.is_some());
        let answer = serde_json::from_value(json!({ "jsonrpc": "2.0", "id": 1, "result": {} })).unwrap();
        let writing = tokio::spawn(transport.send(answer));
        tokio::task::yield_now().await;
        assert!(!writing.is_finished(), "the writer does not know yet");
        client.write_all(ping).await.unwrap();
        let again = tokio::time::timeout(Duration::from_secs(5), transport.receive()).await;
        assert!(again.expect("the second request is taken").is_some());
    }
}
