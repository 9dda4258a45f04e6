//! Section 1 of the API document: every contact, page by page.

use http::Method;

use crate::gateway::{Operation, Replay, Request};
use crate::model::{Contact, Page};

/// Lists contacts.
#[derive(Debug, Clone)]
pub struct ListContacts {
    /// How many rows (1-100).
    pub limit: u64,
    /// How many rows to pass over.
    pub skip: u64,
    /// One sort key, `-` in front for descending. The gateway documents `-created_at`; the dashboard also sorts by
    /// `first_name`, `last_name` and `email`.
    pub sort: Option<String>,
}

impl Operation for ListContacts {
    const NAME: &'static str = "list_contacts";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<Contact>;

    fn request(&self) -> Request {
        Request::default().query("limit", self.limit).query("skip", self.skip).query_if("sort", self.sort.as_deref())
    }

    fn skip(&self) -> u64 {
        self.skip
    }
}
