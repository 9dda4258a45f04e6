//! Two contacts that share a key: how likely they are one person, and why.

use super::features::{Features, Kind};
use crate::cleanup::normalize::name::Likeness;

/// From this score on nobody needs to be asked.
pub(super) const SURE: f32 = 0.97;
/// From this score on contacts are one cluster, to be reviewed.
pub(super) const LIKELY: f32 = 0.80;
/// From this score on it is worth a question.
pub(super) const ASKED: f32 = 0.40;

/// What is said of a pair.
pub(super) struct Judgement {
    pub(super) score: f32,
    pub(super) pattern: String,
}

/// Whether two contacts cannot stand in one cluster: different names or different birthdays.
pub(super) fn conflict(one: &Features, two: &Features) -> bool {
    let birthdays = matches!((one.birthday, two.birthday), (Some(one), Some(two)) if one != two);
    birthdays || one.name.likeness(&two.name) == Likeness::Conflict
}

/// Judges a pair that shares these kinds of keys, each shared by few. Scores are probabilities by reasoning, not fitted.
pub(super) fn judge(one: &Features, two: &Features, shared: &[Kind]) -> Judgement {
    let names = one.name.likeness(&two.name);
    let days = match (one.birthday, two.birthday) {
        (Some(one), Some(two)) => Some(one == two),
        _ => None,
    };
    let agree = names >= Likeness::Compatible;
    // Both together are one person's: a family shares one of them.
    let both = shared.contains(&Kind::Phone) && shared.contains(&Kind::Email);
    let mut miss = 1.0_f32;
    for kind in shared {
        let strength = match (kind, names, days) {
            // A number or mailbox is handed on, or shared by a family; birthdays that differ are two people.
            (Kind::Odoo | Kind::Channel, _, Some(false)) if !agree => 0.5,
            (Kind::Odoo | Kind::Channel, Likeness::Conflict, None) => 0.93,
            (Kind::Odoo | Kind::Channel, _, _) => 0.995,
            (Kind::Phone | Kind::Email, _, Some(false)) => 0.15,
            (Kind::Phone | Kind::Email, Likeness::Conflict, Some(true)) => 0.98,
            (Kind::Phone | Kind::Email, Likeness::Conflict, None) => 0.20,
            (Kind::Phone | Kind::Email, Likeness::Related | Likeness::Unknown, Some(true)) => 0.99,
            (Kind::Phone | Kind::Email, Likeness::Related, None) if both => 0.85,
            (Kind::Phone | Kind::Email, Likeness::Related, None) => 0.55,
            (Kind::Phone, Likeness::Unknown, None) => 0.90,
            (Kind::Email, Likeness::Unknown, None) => 0.92,
            (Kind::Phone | Kind::Email, _, _) => 0.985,
            (Kind::Role, Likeness::Equal, None | Some(true)) => 0.85,
            (Kind::Role, _, _) => 0.05,
            (Kind::NameBirthday, _, _) => 0.975,
            (Kind::NameCompany, _, Some(false)) => 0.02,
            (Kind::NameCompany, _, _) => 0.60,
        };
        miss *= 1.0 - strength;
    }
    // A family can share number and mailbox, so keys that are handed around never settle it without the names.
    let personal = shared.iter().any(|kind| matches!(kind, Kind::Odoo | Kind::Channel | Kind::NameBirthday));
    let most = if personal || agree || days == Some(true) { 1.0 } else { SURE - 0.01 };
    Judgement { score: (1.0 - miss).min(most), pattern: pattern(shared, names, days) }
}

/// Which keys agree, and what names and birthdays say, in words that are the same for like pairs.
fn pattern(shared: &[Kind], names: Likeness, days: Option<bool>) -> String {
    let keys = shared.iter().map(|kind| match kind {
        Kind::Odoo => "odoo",
        Kind::Channel => "channel_id",
        Kind::Phone => "phone",
        Kind::Email => "email",
        Kind::Role => "role_email",
        Kind::NameBirthday => "name+birthday",
        Kind::NameCompany => "name+company",
    });
    let mut pattern = keys.collect::<Vec<_>>().join("+");
    pattern += match names {
        Likeness::Equal => ",same name",
        Likeness::Compatible => ",like name",
        Likeness::Related => ",name in part",
        Likeness::Unknown => ",name unknown",
        Likeness::Conflict => ",other name",
    };
    pattern += match days {
        Some(false) => ",other birthday",
        Some(true) | None => "",
    };
    pattern
}
