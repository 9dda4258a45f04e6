//! Section 10 of the API document. The path says `contact`, singular.

use http::Method;

use crate::gateway::{Alternative, Operation, Refusal, Replay, Request};
use crate::model::{ContactFile, ContactId, Page};

/// Lists the files of one contact, newest first; there is no paging.
#[derive(Debug, Clone)]
pub struct ListContactFiles {
    /// Whose.
    pub contact_id: ContactId,
}

impl Operation for ListContactFiles {
    const NAME: &'static str = "list_contact_files";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contact/{contact_id}/files";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<ContactFile>;

    fn request(&self) -> Request {
        Request::default().path("contact_id", &self.contact_id)
    }

    /// The plural path (contract, section 8 row 9).
    fn alternative(&self) -> Option<Alternative> {
        Some(Alternative {
            method: Method::GET,
            route: "contacts/{contact_id}/files",
            request: self.request(),
            when: Refusal::is_unknown_route,
        })
    }
}
