//! Section 3 of the API document. Its path variable `contact_id` is a copying mistake (contract, 5.3).

use http::Method;
use serde_json::json;

use crate::gateway::{Alternative, Operation, Refusal, Replay, Request};
use crate::model::{Contact, Page};

/// Searches contacts by text.
#[derive(Debug, Clone)]
pub struct SearchContacts {
    /// The text; which fields it is matched against is not documented.
    pub query: String,
    /// How many rows (1-100).
    pub limit: u64,
    /// How many rows to pass over.
    pub skip: u64,
    /// As for listing.
    pub sort: Option<String>,
}

impl Operation for SearchContacts {
    const NAME: &'static str = "search_contacts";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts/_search";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<Contact>;

    fn request(&self) -> Request {
        Request::default()
            .query("limit", self.limit)
            .query("skip", self.skip)
            .query("q", &self.query)
            .query("type", "text")
            .query_if("sort", self.sort.as_deref())
    }

    /// `POST {q, limit, skip}` where GET is unknown (contract, section 8 row 7).
    fn alternative(&self) -> Option<Alternative> {
        let body = json!({ "q": self.query, "limit": self.limit, "skip": self.skip });
        Some(Alternative {
            method: Method::POST,
            route: Self::ROUTE,
            request: Request::default().json(body),
            when: Refusal::is_unknown_route,
        })
    }

    fn skip(&self) -> u64 {
        self.skip
    }
}
