//! Section 8 of the API document. The path says `comment`, singular.

use http::Method;

use crate::gateway::{Operation, Replay, Request};
use crate::model::{CommentId, CommentedMessage, ContactId};

/// Gets one comment, inside the message that carries it.
#[derive(Debug, Clone)]
pub struct GetContactComment {
    /// Whose.
    pub contact_id: ContactId,
    /// Which.
    pub comment_id: CommentId,
}

impl Operation for GetContactComment {
    const NAME: &'static str = "get_contact_comment";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts/{contact_id}/comment/{comment_id}";
    const REPLAY: Replay = Replay::Read;
    type Response = CommentedMessage;

    fn request(&self) -> Request {
        Request::default().path("contact_id", &self.contact_id).path("comment_id", &self.comment_id)
    }
}
