//! What the server asks one client: questions of several calls, told apart by ids that are unique in the session.

use std::collections::HashMap;

use rmcp::model::{
    ClientJsonRpcMessage, ErrorData, JsonRpcMessage, RequestId, ServerJsonRpcMessage, ServerNotification,
};
use tokio::sync::mpsc;

/// The questions of one session that have no reply yet.
#[derive(Default)]
pub(super) struct Questions {
    next: i64,
    open: HashMap<RequestId, Question>,
}

struct Question {
    /// The id of the call that asks, and of the question within it: each call counts its own.
    call: RequestId,
    own: RequestId,
    replies: mpsc::Sender<ClientJsonRpcMessage>,
}

impl Questions {
    /// What a call says, with the session's ids for its questions.
    pub(super) fn outward(
        &mut self,
        call: &RequestId,
        mut message: ServerJsonRpcMessage,
        replies: &mpsc::Sender<ClientJsonRpcMessage>,
    ) -> ServerJsonRpcMessage {
        match &mut message {
            JsonRpcMessage::Request(request) => {
                let id = RequestId::Number(self.next);
                self.next += 1;
                let own = std::mem::replace(&mut request.id, id.clone());
                self.open.insert(id, Question { call: call.clone(), own, replies: replies.clone() });
            }
            JsonRpcMessage::Notification(notification) => {
                if let ServerNotification::CancelledNotification(cancelled) = &mut notification.notification {
                    cancelled.params.request_id =
                        cancelled.params.request_id.as_ref().and_then(|own| self.withdraw(call, own));
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
        message
    }

    /// Hands a client's reply to the call that asked. Replies to nothing are dropped, and so are second ones.
    pub(super) fn reply(&mut self, mut message: ClientJsonRpcMessage) {
        let id = match &mut message {
            JsonRpcMessage::Response(response) => &mut response.id,
            JsonRpcMessage::Error(error) => match &mut error.id {
                Some(id) => id,
                None => return,
            },
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => return,
        };
        let Some(question) = self.open.remove(id) else { return };
        *id = question.own;
        // A call that has ended wants no reply; one that waits has room for it.
        let _ = question.replies.try_send(message);
    }

    /// Tells the call that its question could not be sent.
    pub(super) fn fail(&mut self, id: &RequestId) {
        let error = ErrorData::internal_error("The client does not read its stream.", None);
        self.reply(ClientJsonRpcMessage::error(error, Some(id.clone())));
    }

    /// Forgets the questions of a call that has ended.
    pub(super) fn end(&mut self, call: &RequestId) {
        self.open.retain(|_, question| question.call != *call);
    }

    fn withdraw(&mut self, call: &RequestId, own: &RequestId) -> Option<RequestId> {
        let found = self.open.iter().find(|(_, question)| question.call == *call && question.own == *own);
        let id = found.map(|(id, _)| id.clone())?;
        self.open.remove(&id);
        Some(id)
    }
}
