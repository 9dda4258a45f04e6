//! One invented contact: a person, seen through one channel, as messily as real lists see people.

use super::{BUSINESS_UNIT_ID, Dice, ORGANIZATION_ID, time};
use crate::local_gateway::json::Object;

/// The 33 fields of a contact in the document's order (contract, 6.1).
pub(in crate::local_gateway) const FIELDS: [&str; 33] = [
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

/// A contact before it is written down: only the fields that are set.
#[derive(Debug, Clone, Default)]
pub(in crate::local_gateway) struct Contact {
    fields: Vec<(&'static str, String)>,
}

impl Contact {
    /// Sets a field.
    pub(in crate::local_gateway) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(field, _)| *field == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name, value)),
        }
    }

    /// A field's text; empty when it is not set.
    pub(in crate::local_gateway) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }

    /// The contact as the gateway writes it: every field, in the document's order.
    pub(in crate::local_gateway) fn document(&self) -> String {
        let document = FIELDS.iter().fold(Object::with_capacity(1_024), |document, name| match *name {
            "object_name" => document.text(name, "contact"),
            "organization_id" => document.text(name, ORGANIZATION_ID),
            "business_unit_id" => document.text(name, BUSINESS_UNIT_ID),
            "updated_at" => document.text_or_null(name, Some(self.text(name)).filter(|text| !text.is_empty())),
            "additional_params" => document.raw(name, "{}"),
            _ => document.text(name, self.text(name)),
        });
        document.end()
    }
}

/// Makes the contact of a number. Numbers count back in time.
pub(super) fn invent(seed: u64, index: u64) -> Contact {
    let mut dice = Dice::of(seed, index);
    let mut contact = Contact::default();
    contact.set("id", dice.id("con"));
    contact.set("channel_type", "web");
    contact.set("channel_id", "ch_2592e13f-c43f-48a2-a416-a7bb12a5caec");
    contact.set("display_name", format!("UNK#{}{}", dice.capitals(2), dice.digits(4)));
    contact.set("language", "en");
    contact.set("time_zone", "Asia/Saigon");
    let created = time::BEFORE_DOCUMENT - index.cast_signed() * 20 * time::MINUTE - dice.between(0, 19 * time::MINUTE);
    contact.set("created_at", time::text(created));
    contact.set("last_seen", time::text(created + dice.between(1_000, 90 * time::MINUTE)));
    contact
}
