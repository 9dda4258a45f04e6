//! The fields of a contact that cleanup reads, borrowed from its JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A contact's JSON that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("this is no contact")]
pub struct SubjectError(#[from] serde_json::Error);

/// One text of a contact; empty when the gateway sent `""`, `null` or nothing (contract, section 4.6 rule 4).
type Text<'a> = Cow<'a, str>;

macro_rules! subject {
    ($($field:ident = $name:literal, $doc:literal;)*) => {
        /// The fields of a contact that cleanup reads. A field is the gateway's text, unchanged; numbers become text.
        #[derive(Clone, Default)]
        pub struct Subject<'a> {
            $(#[doc = $doc] pub $field: Text<'a>,)*
        }

        impl<'a> Subject<'a> {
            /// The gateway's names of the fields that cleanup reads.
            pub const FIELDS: [&'static str; [$($name,)*].len()] = [$($name,)*];

            /// The value of a field by the gateway's name; empty for one that cleanup does not read.
            pub fn value(&self, name: &str) -> &str {
                match name {
                    $($name => &self.$field,)*
                    _ => "",
                }
            }

            /// The values in the order of [`Subject::FIELDS`].
            pub(crate) fn values(&self) -> [&str; [$($name,)*].len()] {
                [$(&*self.$field,)*]
            }

            fn slot(&mut self, name: &str) -> Option<&mut Text<'a>> {
                match name {
                    "_id" | "public_id" if self.id.is_empty() => Some(&mut self.id),
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

subject! {
    id = "id", "`con_…`.";
    business_unit_id = "business_unit_id", "`bu_…`: duplicates are found across business units, and acted on inside one.";
    channel_id = "channel_id", "The channel that the contact came by, `ch_…`.";
    channel_type = "channel_type", "`web`, `whatsapp`, …";
    display_name = "display_name", "The name that agents see.";
    first_name = "first_name", "The given name.";
    last_name = "last_name", "The family name.";
    gender = "gender", "`m`, `f`, `n`, or read back `Male`, `Female`.";
    area_code = "area_code", "The country code, if it stands apart from the number.";
    phone_number = "phone_number", "The phone number as somebody typed it.";
    language = "language", "`en`, `zh`, `cn`, …";
    email = "email", "The e-mail address as somebody typed it.";
    remark = "remark", "Notes of the staff.";
    time_zone = "time_zone", "An IANA name.";
    last_seen = "last_seen", "ISO 8601 in UTC.";
    created_at = "created_at", "ISO 8601 in UTC.";
    updated_at = "updated_at", "ISO 8601 in UTC; empty until the first update.";
    odoo_id = "odooContactID", "The id in Odoo.";
    title = "title", "Mr, Ms, Dr, …";
    birthday = "birthday", "A day, in whatever form somebody typed it.";
    location = "location", "A place.";
    company_name = "company_name", "The company.";
    position = "position", "The position in the company.";
    avatar_url = "avatar_url", "A picture.";
    whatsapp_id = "whatsapp_id", "The number of the WhatsApp account.";
    facebook_id = "facebook_id", "The id at Facebook.";
    messenger_id = "messenger_id", "The id at Messenger.";
    wechat_id = "wechat_id", "The id at WeChat.";
    line_id = "line_id", "The id at LINE.";
    instagram_id = "instagram_id", "The id at Instagram.";
    organization_id = "organization_id", "`org_…`.";
    board_id = "board_id", "The board that the contact is on, at gateways that say it.";
    board_item_id = "board_item_id", "The item on that board.";
    provider_user_id = "provider_user_id", "The id at the channel's provider, at gateways that say it.";
}

impl<'a> Subject<'a> {
    /// A contact from one gateway object.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn read(json: &'a str) -> Result<Self, SubjectError> {
        Ok(serde_json::from_str(json)?)
    }
}

/// Names the id only: the rest is people's data, and `Debug` ends up in logs.
impl fmt::Debug for Subject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subject").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Subject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Subject<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a contact")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Subject<'de>, A::Error> {
                let mut subject = Subject::default();
                while let Some(Scalar(name)) = access.next_key()? {
                    match subject.slot(&name) {
                        Some(slot) => *slot = access.next_value::<Scalar<'de>>()?.0,
                        None => drop(access.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(subject)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A scalar as text; `null`, objects and arrays are empty.
struct Scalar<'a>(Text<'a>);

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Owned(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Owned(number.to_string())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Borrowed("")))
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar(Cow::Borrowed("")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Scalar<'de>, A::Error> {
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar(Cow::Borrowed("")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Scalar<'de>, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar(Cow::Borrowed("")))
    }
}
