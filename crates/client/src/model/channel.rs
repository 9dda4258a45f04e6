//! Channel types: where people write in.

/// The channel types that the gateway's conversations route takes (contract, section 4.5).
///
/// Answers may hold others (`wecom` and `store` occur); those are passed through.
pub const CHANNEL_TYPES: [&str; 7] = ["web", "whatsapp", "facebook", "instagram", "email", "wechat", "line"];

/// Whether a channel type is one of the documented seven.
pub fn channel_type_is_known(name: &str) -> bool {
    CHANNEL_TYPES.contains(&name)
}
