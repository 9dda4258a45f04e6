//! Ids of a contact elsewhere, as they are compared: in Odoo, at channels, in WhatsApp.

use super::phone::{Evidence, Phone, Reading, read};

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
    let account = text.split('@').next().unwrap_or_default().trim().trim_start_matches('+');
    if account.len() < 8 || account.len() > 24 {
        return None;
    }
    match read("", &format!("+{account}"), &Evidence::default()) {
        Reading::Number { phone, .. } => Some(phone),
        _ => None,
    }
}

/// Comparison key of a WhatsApp account: its number in one form, or its digits if no numbering plan has them.
pub fn whatsapp_key(text: &str) -> Option<String> {
    let account = text.split('@').next().unwrap_or_default().trim().trim_start_matches('+');
    let is_number = (8..=15).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_digit());
    whatsapp(text).map(|phone| phone.comparable()).or_else(|| is_number.then(|| format!("+{account}")))
}
