//! One contact by its id: no section of the API document, but what the dashboard calls (contract, section 9).

use http::Method;

use crate::gateway::{Operation, Replay, Request};
use crate::model::{Contact, ContactId};

/// Gets one contact.
#[derive(Debug, Clone)]
pub struct GetContact {
    /// Whose.
    pub contact_id: ContactId,
}

impl Operation for GetContact {
    const NAME: &'static str = "get_contact";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "contacts/{contact_id}";
    const REPLAY: Replay = Replay::Read;
    type Response = Contact;

    fn request(&self) -> Request {
        Request::default().path("contact_id", &self.contact_id)
    }

    fn mismatch(&self, contact: &Contact, _: bool) -> Option<&'static str> {
        contact.is_other_than(&self.contact_id).then_some(Contact::ANOTHER)
    }
}
