//! A conversation's messages, newest first (contract, section 9).

use http::Method;

use crate::gateway::{Operation, Replay, Request};
use crate::model::{Message, Page, TeamConversationUserId};

/// Gets the messages of a conversation, asked for by seat.
#[derive(Debug, Clone)]
pub struct GetConversationMessages {
    /// The credential's seat in the conversation, `tcu_…`.
    pub participant_id: TeamConversationUserId,
    /// How many rows (1-100).
    pub limit: u64,
    /// How many rows to pass over.
    pub skip: u64,
}

impl Operation for GetConversationMessages {
    const NAME: &'static str = "get_conversation_messages";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "conversation_messages";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<Message>;

    fn request(&self) -> Request {
        Request::default()
            .query("type", "team_conversation_id")
            .query("q", &self.participant_id)
            .query("limit", self.limit)
            .query("skip", self.skip)
    }

    fn skip(&self) -> u64 {
        self.skip
    }
}
