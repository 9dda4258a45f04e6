//! Field names, the common ones kept once for the whole process.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::names::Names;

/// A field name; one that the contract knows costs no memory of its own.
pub type FieldName = Cow<'static, str>;

/// The names of the contract's section 6, sorted.
const KNOWN: [&str; 91] = [
    "_id",
    "_language",
    "action",
    "action_disable",
    "action_to",
    "additional_params",
    "approved_at",
    "approver",
    "area_code",
    "assign_from",
    "available_team_conversations",
    "avatar_url",
    "birthday",
    "board_id",
    "board_item_id",
    "business_unit_id",
    "caption",
    "channel_id",
    "channel_type",
    "color",
    "comments",
    "company_name",
    "contact",
    "contact_id",
    "contacts_latest_message",
    "content",
    "conversation",
    "conversation_id",
    "created_at",
    "data",
    "date_pinned",
    "description",
    "display_name",
    "doc_name",
    "email",
    "extension",
    "facebook_id",
    "first_name",
    "from",
    "gender",
    "grab_at",
    "grab_type",
    "icon_url",
    "id",
    "instagram_id",
    "is_agent_joined",
    "is_default",
    "is_disabled",
    "is_mail",
    "is_presence",
    "is_read",
    "is_ready",
    "items",
    "labels",
    "language",
    "last_name",
    "last_seen",
    "latest_message",
    "line_id",
    "location",
    "message",
    "messenger_id",
    "mode",
    "name",
    "object_name",
    "odooContactID",
    "organization_id",
    "parent_url",
    "payload",
    "phone_number",
    "pinned",
    "position",
    "provider_user_id",
    "public_id",
    "recipient",
    "remark",
    "status",
    "team_conversation_users_id",
    "team_id",
    "teams",
    "text",
    "time_zone",
    "timestamp",
    "title",
    "type",
    "updated_at",
    "url",
    "user_id",
    "users",
    "wechat_id",
    "whatsapp_id",
];

/// The name, borrowed when it is a common one.
pub fn field_name(text: &str) -> FieldName {
    static FOUND: LazyLock<Names> = LazyLock::new(|| KNOWN.into_iter().map(Cow::Borrowed).collect());
    FOUND.get(text).cloned().unwrap_or_else(|| Cow::Owned(text.to_owned()))
}

/// Reads an object's key as a [`FieldName`], without a copy of the common ones.
pub struct Key(pub FieldName);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a field name")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
                Ok(Key(field_name(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::MOST;
    use super::{Cow, KNOWN, field_name};

    #[test]
    fn the_known_names_are_found() {
        assert!(KNOWN.is_sorted() && KNOWN.len() <= MOST);
        assert!(KNOWN.iter().all(|name| matches!(field_name(name), Cow::Borrowed(_))));
        assert!(matches!(field_name("loyalty_points"), Cow::Owned(_)));
    }
}
