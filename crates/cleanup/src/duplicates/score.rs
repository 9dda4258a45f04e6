//! Two contacts that share a key: how likely they are one person, and why.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::signals::{Signal, Signals};

/// From this score on nobody needs to be asked.
pub(super) const SURE: f32 = 0.97;
/// From this score on contacts are one cluster, to be reviewed.
pub(super) const REVIEW: f32 = 0.50;
/// From this score on it is worth a question.
pub(super) const QUESTION: f32 = 0.03;

/// The weight of each signal in log odds, and the log odds of a pair without any: fitted, as the table says.
static WEIGHTS: LazyLock<(f32, Vec<f32>)> = LazyLock::new(|| {
    let table = include_str!("weights.csv").as_bytes();
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).has_headers(false).from_reader(table);
    let weights: HashMap<String, f32> = rows.deserialize().filter_map(Result::ok).collect();
    let weight = |word: &str| weights.get(word).copied().unwrap_or_default();
    (weight("none"), Signal::ALL.iter().map(|signal| weight(signal.word())).collect())
});

/// Ids that one person has alone.
const IDS: [Signal; 2] = [Signal::Odoo, Signal::Channel];

/// Signals that two contacts are two people, unless they share an id: relatives share numbers, mailboxes and names.
const CONTRADICTIONS: [Signal; 6] = [
    Signal::ExtensionOther,
    Signal::GenderOther,
    Signal::BirthdayOther,
    Signal::Kin,
    Signal::SuffixOther,
    Signal::ToneOther,
];

/// The highest score of a pair that has to be asked about.
pub(super) const ASKED_AT_MOST: f32 = 0.96;

/// Returns true if a contradiction is set and no id is shared.
pub(super) fn contradicts(signals: Signals) -> bool {
    signals.any(&CONTRADICTIONS) && !has_id(signals)
}

/// How likely it is that two contacts with these signals are one person, 0 to 1. Never sure against a contradiction.
pub(super) fn score(signals: Signals) -> f32 {
    let (none, weights) = &*WEIGHTS;
    let odds = signals.iter().fold(*none, |sum, signal| sum + weights.get(signal as usize).unwrap_or(&0.0));
    let score = 1.0 / (1.0 + (-odds).exp());
    // An English given name beside another: a third contact may hold both, but the pair by itself is a question.
    let is_alias = signals.has(Signal::NameAlias) && !has_id(signals);
    if is_alias || contradicts(signals) { score.min(ASKED_AT_MOST) } else { score }
}

/// Returns true if both contacts have the same Odoo id or channel id.
pub(super) fn has_id(signals: Signals) -> bool {
    signals.any(&IDS)
}

/// Which keys agree, in words joined by plus signs: the evidence that a person had when they decided.
pub(super) fn evidence(signals: Signals) -> String {
    words(signals, &KEYS).join("+")
}

/// Whether there is evidence that another had not.
pub(super) fn is_news(evidence: &str, known: &str) -> bool {
    evidence.split('+').any(|word| !word.is_empty() && !known.split('+').any(|other| other == word))
}

fn words(signals: Signals, table: &[(Signal, &'static str)]) -> Vec<&'static str> {
    table.iter().filter(|(signal, _)| signals.has(*signal)).map(|(_, word)| *word).collect()
}

const KEYS: [(Signal, &str); 9] = [
    (Signal::Odoo, "odoo"),
    (Signal::Channel, "channel_id"),
    (Signal::Phone, "phone"),
    (Signal::Email, "email"),
    (Signal::EmailTypo, "email_typo"),
    (Signal::EmailDigit, "email_digit"),
    (Signal::Role, "role_email"),
    (Signal::Birthday, "birthday"),
    (Signal::Company, "company"),
];

/// Which keys agree, and what names and birthdays say, in words that are the same for like pairs.
pub(super) fn pattern(signals: Signals) -> String {
    let says = [
        (Signal::NameEqual, "same name"),
        (Signal::NameReading, "name in two scripts"),
        (Signal::NameLike, "like name"),
        (Signal::NamePart, "part of name"),
        (Signal::NameUnknown, "name unknown"),
        (Signal::NameMissing, "name missing"),
        (Signal::NameAlias, "English name"),
        (Signal::NameRelated, "name in part"),
        (Signal::NameOther, "other name"),
        (Signal::BirthdayOther, "other birthday"),
        (Signal::GenderOther, "other gender"),
        (Signal::ExtensionOther, "other extension"),
        (Signal::Kin, "relative"),
        (Signal::SuffixOther, "other suffix"),
        (Signal::ToneOther, "other tone marks"),
    ];
    format!("{},{}", evidence(signals), words(signals, &says).join(","))
}
