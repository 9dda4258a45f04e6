//! Ids of a contact elsewhere, as they are compared: in Odoo, at channels, in WhatsApp.

use super::phone::{Phone, Reading, read};

/// The fields of ids at channels, save WhatsApp's, which are phone numbers.
pub const CHANNELS: [&str; 5] = ["facebook_id", "messenger_id", "wechat_id", "line_id", "instagram_id"];

/// An id in Odoo; 0 is none.
pub fn odoo(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|id| !id.is_empty() && *id != "0")
}

/// An id at a channel, without the sign before it and without case.
pub fn account(text: &str) -> Option<String> {
    let id = text.trim().trim_start_matches('@').to_lowercase();
    (id.chars().count() >= 3).then_some(id)
}

/// The phone number of a WhatsApp account.
pub fn whatsapp(text: &str) -> Option<Phone> {
    let account = text.split('@').next().unwrap_or_default().trim_start_matches('+');
    match read("", &format!("+{account}"), None) {
        Reading::Number { phone, .. } if account.len() >= 8 => Some(phone),
        _ => None,
    }
}
