//! The messages of a contact that carry comments (contract, section 9).

use http::Method;

use crate::gateway::{Alternative, Operation, Refusal, Replay, Request};
use crate::model::{CommentedMessage, ContactId, Page};

/// Lists a contact's commented messages.
#[derive(Debug, Clone)]
pub struct ListContactComments {
    /// Whose.
    pub contact_id: ContactId,
    /// Which channel types; the key is repeated.
    pub channel_types: Vec<String>,
    /// How many rows (1-100).
    pub limit: u64,
    /// How many rows to pass over.
    pub skip: u64,
}

impl Operation for ListContactComments {
    const NAME: &'static str = "list_contact_comments";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts/{contact_id}/message_comments";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<CommentedMessage>;

    fn request(&self) -> Request {
        let request = Request::default().path("contact_id", &self.contact_id);
        self.channel_types
            .iter()
            .fold(request, |request, channel| request.query("channel_types", channel))
            .query("skip", self.skip)
            .query("limit", self.limit)
            .query("sort", "updated_at")
            .query("order", "desc")
    }

    /// The older route (contract, section 8 row 14).
    fn alternative(&self) -> Option<Alternative> {
        Some(Alternative {
            method: Method::GET,
            route: "contacts/{contact_id}/comments",
            request: self.request(),
            when: Refusal::is_unknown_route,
        })
    }

    fn skip(&self) -> u64 {
        self.skip
    }
}
