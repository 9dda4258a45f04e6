//! A contact: one person on one channel.

use std::borrow::Cow;

use serde_json::Value;

use super::{ContactId, Record};

/// The fields that an update may carry (contract, section 5.4).
pub const UPDATABLE_FIELDS: [&str; 22] = [
    "first_name",
    "last_name",
    "display_name",
    "email",
    "area_code",
    "phone_number",
    "gender",
    "language",
    "remark",
    "title",
    "birthday",
    "location",
    "company_name",
    "position",
    "time_zone",
    "avatar_url",
    "whatsapp_id",
    "facebook_id",
    "messenger_id",
    "wechat_id",
    "line_id",
    "instagram_id",
];

/// The 33 fields of a contact in the gateway's order (contract, 6.1).
pub const CONTACT_FIELDS: [&str; 33] = [
    "object_name",
    "id",
    "organization_id",
    "business_unit_id",
    "channel_id",
    "channel_type",
    "display_name",
    "avatar_url",
    "first_name",
    "last_name",
    "gender",
    "area_code",
    "phone_number",
    "language",
    "email",
    "remark",
    "time_zone",
    "last_seen",
    "created_at",
    "updated_at",
    "odooContactID",
    "title",
    "birthday",
    "location",
    "company_name",
    "position",
    "whatsapp_id",
    "facebook_id",
    "messenger_id",
    "wechat_id",
    "line_id",
    "instagram_id",
    "additional_params",
];

/// A contact as the gateway gives it: 33 fields in a list, a subset of them inside a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact(Record);

impl Contact {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id, `con_…`.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// What a gateway answered with that sent somebody else than was asked for.
    pub(crate) const ANOTHER: &str = "another contact than was asked for";

    /// Whether it says of itself that it is another contact: it has an id, and none of its ids is this one.
    pub fn is_other_than(&self, contact_id: &ContactId) -> bool {
        let mut ids = ["id", "public_id", "_id"].into_iter().filter_map(|name| self.0.text(name)).peekable();
        ids.peek().is_some() && ids.all(|id| id != contact_id.as_str())
    }

    /// Whether anything in it says "contact": an id, or one field that tells one person from another. A gateway's
    /// service page or a bare `{"success": true}` does not.
    pub fn is_recognisable(&self) -> bool {
        let telling = ["display_name", "first_name", "last_name", "email", "phone_number"];
        self.id().is_some() || telling.into_iter().any(|name| self.0.raw(name).is_some())
    }

    /// The name to show: `display_name`, else first and last name.
    pub fn name(&self) -> Option<Cow<'_, str>> {
        if let Some(name) = self.0.text("display_name") {
            return Some(Cow::Borrowed(name));
        }
        let parts: Vec<&str> = ["first_name", "last_name"].into_iter().filter_map(|field| self.0.text(field)).collect();
        (!parts.is_empty()).then(|| Cow::Owned(parts.join(" ")))
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.0.text("email")
    }

    /// A field as text; `null`, `""` and absent are all empty.
    pub fn value(&self, name: &str) -> String {
        match self.0.raw(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// Whether a field holds what an update sent; the gateway reads `m` back as `Male` (contract, section 8 row 29).
    pub fn holds(&self, name: &str, sent: &str) -> bool {
        let held = self.value(name);
        let gender = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
        held == sent || (name == "gender" && !held.is_empty() && gender(&held) == gender(sent))
    }

    /// The channel type that the contact came from.
    pub fn channel(&self) -> Option<&str> {
        self.0.text("channel_type")
    }

    /// When the contact was last seen.
    pub fn last_seen(&self) -> Option<&str> {
        self.0.text("last_seen")
    }

    /// The phone number with its country code, `+` in front when there is one.
    pub fn phone(&self) -> Option<String> {
        let number = self.0.text("phone_number")?;
        Some(match self.0.text("area_code") {
            Some(code) if !number.starts_with('+') => ["+", code.trim_start_matches('+'), number].concat(),
            _ => number.to_owned(),
        })
    }
}

impl From<Record> for Contact {
    /// Takes the object as it is, without the event name that an update's answer carries.
    fn from(record: Record) -> Self {
        Self(record.without("action"))
    }
}
