//! Section 4 of the API document. Fields that are not sent stay as they are (contract, 5.4).

use http::Method;
use serde_json::{Map, Value};

use crate::gateway::{Operation, Replay, Request};
use crate::model::{Contact, ContactId};

/// Sets fields of a contact.
#[derive(Debug, Clone)]
pub struct UpdateContact {
    /// Whose.
    pub contact_id: ContactId,
    /// The fields to set, by their gateway names. The caller has checked them.
    pub changes: Map<String, Value>,
}

impl Operation for UpdateContact {
    const NAME: &'static str = "update_contact";
    const METHOD: Method = Method::PUT;
    const ROUTE: &'static str = "contacts/{contact_id}";
    const REPLAY: Replay = Replay::Never;
    type Response = Contact;

    fn request(&self) -> Request {
        Request::default().path("contact_id", &self.contact_id).json(Value::Object(self.changes.clone()))
    }

    fn mismatch(&self, contact: &Contact, _: bool) -> Option<&'static str> {
        contact.is_other_than(&self.contact_id).then_some(Contact::ANOTHER)
    }

    fn validate(&self) -> Option<&'static str> {
        self.changes.is_empty().then_some("an update without a field changes nothing")
    }
}
