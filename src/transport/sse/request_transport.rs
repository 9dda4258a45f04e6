//! One request of a client as a connection of its own for the SDK: the request, what is asked of the client meanwhile, and
//! the answer, which ends it.

use std::future::Future;

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, JsonRpcMessage, JsonRpcRequest, ServerJsonRpcMessage};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Messages of one call that wait to be written.
const CHANNEL_CAPACITY: usize = 16;

/// Questions of one call that wait for their answers; it asks one at a time.
const REPLY_CAPACITY: usize = 4;

/// The SDK's end.
pub(super) struct RequestTransport {
    request: Option<ClientJsonRpcMessage>,
    replies: mpsc::Receiver<ClientJsonRpcMessage>,
    messages: mpsc::Sender<ServerJsonRpcMessage>,
    answered: CancellationToken,
}

/// The session's end: what the server says, and where the client's replies to its questions go.
pub(super) struct RequestChannels {
    pub(super) messages: mpsc::Receiver<ServerJsonRpcMessage>,
    pub(super) replies: mpsc::Sender<ClientJsonRpcMessage>,
}

impl RequestTransport {
    pub(super) fn new(request: JsonRpcRequest<ClientRequest>) -> (Self, RequestChannels) {
        let (messages, received) = mpsc::channel(CHANNEL_CAPACITY);
        let (replying, replies) = mpsc::channel(REPLY_CAPACITY);
        let request = Some(JsonRpcMessage::Request(request));
        let transport = Self { request, replies, messages, answered: CancellationToken::new() };
        (transport, RequestChannels { messages: received, replies: replying })
    }
}

impl Transport<RoleServer> for RequestTransport {
    type Error = mpsc::error::SendError<ServerJsonRpcMessage>;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (messages, answered) = (self.messages.clone(), self.answered.clone());
        let last = matches!(message, JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_));
        async move {
            messages.send(message).await?;
            if last {
                answered.cancel();
            }
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        if let Some(request) = self.request.take() {
            return Some(request);
        }
        tokio::select! {
            reply = self.replies.recv() => reply,
            () = self.answered.cancelled() => None,
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.request.take();
        Ok(())
    }
}
