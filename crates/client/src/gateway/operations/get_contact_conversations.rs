//! Sections 2 and 7 of the API document: the same route under two headings. It returns conversations, not the contact.

use http::Method;

use crate::gateway::{Operation, Replay, Request};
use crate::model::{ContactConversation, ContactId, Page};

/// Gets a contact's conversations.
#[derive(Debug, Clone)]
pub struct GetContactConversations {
    /// Whose.
    pub contact_id: ContactId,
    /// Which channel types; at least one. The key is repeated in the query, never joined with commas.
    pub channel_types: Vec<String>,
}

impl Operation for GetContactConversations {
    const NAME: &'static str = "get_contact_conversations";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts/{contact_id}/conversations";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<ContactConversation>;

    fn request(&self) -> Request {
        let request = Request::default().path("contact_id", &self.contact_id);
        self.channel_types.iter().fold(request, |request, channel| request.query("channel_types", channel))
    }

    fn validate(&self) -> Option<&'static str> {
        self.channel_types.is_empty().then_some("the gateway needs at least one channel type")
    }
}
