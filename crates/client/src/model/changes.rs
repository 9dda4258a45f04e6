//! Changes to a contact, checked by the contract's section 5.4 before anything is sent.

use serde_json::{Map, Value};

use super::codes;
use super::contact::UPDATABLE_FIELDS;
use super::file::is_file_address;
use crate::characters;
use crate::characters::{is_blank, is_invisible};

/// Fields of a contact with the values to set, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactChanges {
    fields: Vec<(&'static str, Value)>,
}

/// Why changes cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No field at all, or only fields with `null`.
    #[error("name at least one field to set; null is read as not given, \"\" clears")]
    Empty,
    /// The vendor's SDK uses this name; the gateway does not know it.
    #[error("`{name}` is not a field of a contact; use {instead}")]
    WrongName {
        /// What was written.
        name: &'static str,
        /// What it is called.
        instead: &'static str,
    },
    /// A field that nobody may set.
    #[error("`{name}` is read-only")]
    ReadOnly {
        /// The field.
        name: &'static str,
    },
    /// No such field.
    #[error("a contact has no field `{name}` that can be set; the fields are {}", UPDATABLE_FIELDS.join(" "))]
    Unknown {
        /// What was written, clipped.
        name: String,
    },
    /// A value with a character that cannot be seen, or that changes how the text around it is read.
    #[error("`{name}` holds the hidden character U+{code:04X}; send it without that")]
    Hidden {
        /// The field.
        name: &'static str,
        /// The character's code point.
        code: u32,
    },
    /// A value that does not fit its field.
    #[error("`{name}` must be {rule}")]
    Value {
        /// The field.
        name: &'static str,
        /// What it may be.
        rule: &'static str,
    },
}

/// Fields that only the gateway sets.
const READ_ONLY: [&str; 13] = [
    "id",
    "_id",
    "public_id",
    "object_name",
    "organization_id",
    "business_unit_id",
    "channel_id",
    "channel_type",
    "created_at",
    "updated_at",
    "last_seen",
    "odooContactID",
    "additional_params",
];

impl ContactChanges {
    /// Checks fields and values. A field with `null` is one that was not given; `""` clears.
    ///
    /// # Errors
    /// [`ChangeError`] for the first that cannot be meant.
    pub fn check(fields: Map<String, Value>) -> Result<Self, ChangeError> {
        Self::check_for(fields, false)
    }

    /// The same for a gateway that may be on this machine: then an avatar may be there, too, at an http address.
    ///
    /// # Errors
    /// As [`ContactChanges::check`].
    pub fn check_for(fields: Map<String, Value>, is_loopback: bool) -> Result<Self, ChangeError> {
        let checked = fields.into_iter().filter_map(|(name, value)| check(&name, value, is_loopback).transpose());
        let fields: Vec<_> = checked.collect::<Result<_, _>>()?;
        if fields.is_empty() { Err(ChangeError::Empty) } else { Ok(Self { fields }) }
    }

    /// The fields with their new values.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields.iter().map(|(name, value)| (*name, value))
    }

    /// The body of the update.
    pub fn to_json(&self) -> Map<String, Value> {
        self.fields().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }
}

/// A field's name and value; nothing for `null`, because clients that fill in every property they know write it for those
/// that they do not mean.
fn check(name: &str, value: Value, is_loopback: bool) -> Result<Option<(&'static str, Value)>, ChangeError> {
    let known = |names: &[&'static str]| names.iter().copied().find(|field| *field == name);
    match name {
        "name" => {
            return Err(ChangeError::WrongName { name: "name", instead: "first_name and last_name, or display_name" });
        }
        "phone" => {
            return Err(ChangeError::WrongName { name: "phone", instead: "area_code and phone_number" });
        }
        "company" => {
            return Err(ChangeError::WrongName { name: "company", instead: "company_name" });
        }
        _ => {}
    }
    if let Some(name) = known(&READ_ONLY) {
        return Err(ChangeError::ReadOnly { name });
    }
    let field =
        known(&UPDATABLE_FIELDS).ok_or_else(|| ChangeError::Unknown { name: name.chars().take(40).collect() })?;
    let text = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => {
            return Err(ChangeError::Value { name: field, rule: "a text" });
        }
    };
    let text = canonical(field, text);
    if let Some(hidden) = characters::hidden(&text) {
        return Err(ChangeError::Hidden { name: field, code: hidden.into() });
    }
    match rule(field, &text, is_loopback) {
        Some(rule) => Err(ChangeError::Value { name: field, rule }),
        // Clearing: the dashboard sends null for these two (contract, 5.4).
        None if text.is_empty() && matches!(field, "avatar_url" | "birthday") => Ok(Some((field, Value::Null))),
        None => Ok(Some((field, Value::String(text)))),
    }
}

/// What can only be meant one way, in the gateway's spelling.
fn canonical(field: &str, text: String) -> String {
    match field {
        "phone_number" => text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect(),
        "area_code" => text.trim_start_matches('+').to_owned(),
        "gender" => match text.to_lowercase().as_str() {
            "male" => "m".to_owned(),
            "female" => "f".to_owned(),
            "neutral" => "n".to_owned(),
            other => other.to_owned(),
        },
        "time_zone" => codes::time_zone(&text).map_or(text, str::to_owned),
        _ => text,
    }
}

/// The rule that a value breaks, if it breaks one.
fn rule(field: &str, text: &str, is_loopback: bool) -> Option<&'static str> {
    let length = text.chars().count();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match field {
        "first_name" | "last_name" if !(1..=100).contains(&length) => Some("1-100 characters"),
        "email" if !text.is_empty() && !is_address(text) => {
            Some("one e-mail address (one @, no spaces, at most 254 characters)")
        }
        "phone_number" if !digits => Some("digits only; the country code goes into area_code, without +"),
        "area_code" if !digits || length > 6 => Some("the digits of a country code, such as 852"),
        "gender" if !matches!(text, "" | "m" | "f" | "n") => Some("m, f or n"),
        "time_zone" if !text.is_empty() && codes::time_zone(text).is_none() => {
            Some("a name of the IANA time zone database, such as Asia/Hong_Kong")
        }
        "language" if !text.is_empty() && !codes::is_language(text) => {
            Some("a BCP 47 tag such as en or zh-Hant, or zh_tw, zh_cn, cn")
        }
        "birthday" if !text.is_empty() && !codes::is_date(text) => {
            Some("a day that exists, year-month-day, such as 1990-12-31")
        }
        "avatar_url" if !text.is_empty() && !is_file_address(text, is_loopback) => {
            Some("an https address, such as upload_contact_file answers")
        }
        "remark" if length > 5_000 => Some("at most 5000 characters"),
        _ if field != "remark" && length > 500 => Some("at most 500 characters"),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    let one_at = text
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    one_at && text.len() <= 254 && !text.contains(|letter| is_blank(letter) || is_invisible(letter))
}
