//! How likely two contacts are one person, and why.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::compare::AGREE;
use super::learnt::{LEARNT, Trust};
use super::signals::{Signal, Signals};

/// From this score on nobody needs to be asked.
pub(super) const SURE: f32 = 0.95;
/// From this score on contacts are one cluster, to be reviewed.
pub(super) const REVIEW: f32 = 0.50;
/// From this score on it is worth a question.
pub(super) const QUESTION: f32 = 0.10;

/// The weights that are shipped.
static SHIPPED: LazyLock<Weights> = LazyLock::new(|| Weights::read(include_str!("weights.csv")));

/// The weight of each signal in log odds, and the log odds of a pair without any.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    none: f32,
    signals: Vec<f32>,
    trust: Trust,
}

impl Default for Weights {
    fn default() -> Self {
        SHIPPED.clone()
    }
}

impl Weights {
    /// The weights of a table: a signal and its weight a row.
    pub(super) fn read(table: &str) -> Self {
        let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).has_headers(false).from_reader(table.as_bytes());
        let weights: HashMap<String, f32> = rows.deserialize().filter_map(Result::ok).collect();
        let weight = |word: &str| weights.get(word).copied().unwrap_or_default();
        Self {
            none: weight("none"),
            signals: Signal::ALL.iter().map(|signal| weight(signal.word())).collect(),
            trust: LEARNT.map(|(_, word)| weight(word)),
        }
    }

    /// How likely it is that two contacts with these signals are one person, 0 to 1. Never sure where law or evidence forbid it.
    pub(super) fn score(&self, signals: Signals, trust: &Trust) -> f32 {
        let odds =
            signals.iter().fold(self.none, |sum, signal| sum + self.signals.get(signal as usize).unwrap_or(&0.0));
        let trusted = LEARNT.iter().zip(self.trust.iter().zip(trust)).filter(|((signal, _), _)| signals.has(*signal));
        let odds = odds + trusted.map(|(_, (weight, trust))| weight * trust).sum::<f32>();
        let score = |odds: f32| 1.0 / (1.0 + (-odds).exp());
        if !may_be_sure(signals, trust) {
            score(odds).min(ASKED_AT_MOST)
        } else if is_corroborated(signals) {
            score(odds + CORROBORATED)
        } else {
            score(odds)
        }
    }
}

/// Log odds of a corroborated pair ([`is_corroborated`]), beside its signals. The weights add up; that an uncommon name and independent
/// keys agree and nothing contradicts says more together. Of such pairs that have .80 to .95 by their signals alone, 151 of 152 are one
/// person in the own list and 44 of 44 in the others.
const CORROBORATED: f32 = 1.56;

/// Ids that one person has alone.
const IDS: [Signal; 2] = [Signal::Odoo, Signal::Channel];

/// Signals that two contacts are two people, unless they share an id: relatives share numbers, mailboxes and names.
const CONTRADICTIONS: [Signal; 9] = [
    Signal::ExtensionOther,
    Signal::GenderOther,
    Signal::BirthdayOther,
    Signal::BirthdayPart,
    Signal::BirthdaySlip,
    Signal::BirthdaySwap,
    Signal::Kin,
    Signal::SuffixOther,
    Signal::ToneOther,
];

/// The highest score of a pair that has to be asked about.
pub(super) const ASKED_AT_MOST: f32 = 0.94;

/// Returns true if a contradiction is set and no id is shared.
pub(super) fn contradicts(signals: Signals) -> bool {
    signals.any(&CONTRADICTIONS) && !has_id(signals)
}

/// Returns true if no group may hold both, sure or not.
pub(super) fn conflicts(signals: Signals) -> bool {
    signals.any(&[Signal::BirthdayOther, Signal::NameOther])
}

/// Values of which one person has two only in some lists. In a list where people hardly ever have two, two of them speak of two people.
const STEADY: [Signal; 3] = [Signal::PhoneOther, Signal::EmailOther, Signal::PlaceOther];
/// Log odds below which people hardly ever have two values of a kind.
const RARELY: f32 = -3.0;

/// Returns true if the names are two people's, be they of one family.
pub(super) fn are_two_names(signals: Signals) -> bool {
    signals.any(&[Signal::NameRelated, Signal::NameOther])
}

/// Sure takes an id; or compatible names, no contradiction, and a strong key (a number or an address of one's own) or two independent
/// ones. A landline is a household's, and so is a place: one of them is never enough, and neither is an English given name beside
/// another. A birthday counts as two where hardly anybody else of the list has the name, and an
/// address with a slip as one.
fn may_be_sure(signals: Signals, trust: &Trust) -> bool {
    if has_id(signals) {
        return true;
    }
    let has = |signal: Signal| signals.has(signal);
    let (agree, is_part) = (signals.any(&AGREE), has(Signal::NamePart));
    let is_steady =
        LEARNT.iter().zip(trust).any(|((signal, _), trust)| STEADY.contains(signal) && has(*signal) && *trust < RARELY);
    let is_two_values = is_steady && signals.count(&[Signal::Phone, Signal::Email, Signal::Birthday]) < 2;
    if signals.any(&CONTRADICTIONS) || !(agree || is_part) || is_two_values {
        return false;
    }
    let own_phone = has(Signal::Phone) && !has(Signal::PhoneFixed);
    let is_rare = agree && signals.any(&[Signal::Rarity0, Signal::Rarity1]);
    let is_own_name = is_rare || agree && signals.any(&[Signal::Rarity2, Signal::Rarity3]);
    // Siblings have much alike names at one place.
    let is_own_word = is_rare && (has(Signal::NameEqual) || has(Signal::NameReading) || !has(Signal::Place));
    let differ = signals.count(&[Signal::PhoneOther, Signal::PlaceOther, Signal::CompanyOther]);
    let others = signals.any(&[Signal::Phone, Signal::Birthday, Signal::Place]);
    // Namesakes and families share a mailbox: against two values that differ it alone says nothing.
    let own_email = has(Signal::Email) && (others || differ < 2);
    // Every area has the number again.
    let local_phone = has(Signal::PhoneLocal) && !has(Signal::PlaceOther);
    let values = signals.count(&[Signal::Phone, Signal::Birthday, Signal::Place]);
    let keys = values + usize::from(own_email) + usize::from(local_phone) + usize::from(is_own_word);
    // Two namesakes hardly ever have addresses that differ by one letter.
    let typo = has(Signal::EmailTypo) && (is_own_name || has(Signal::NameEqual) || has(Signal::NameReading));
    own_phone || own_email || keys >= 2 || (has(Signal::Birthday) && is_own_name) || typo
}

/// Returns true if names agree that few have, and a key of one's own or two values do. A part of a name is no name that agrees: the
/// number may be a family's.
fn is_corroborated(signals: Signals) -> bool {
    let own = signals.any(&[Signal::Email, Signal::EmailTypo])
        || signals.has(Signal::Phone) && !signals.has(Signal::PhoneFixed);
    let values = [Signal::Phone, Signal::PhoneLocal, Signal::Email, Signal::Birthday, Signal::Place];
    signals.any(&AGREE) && !signals.any(&[Signal::Rarity4, Signal::Rarity5]) && (own || signals.count(&values) >= 2)
}

/// How many values both contacts have that are a person's own.
pub(super) fn own_values(signals: Signals) -> usize {
    signals.count(&[Signal::Phone, Signal::Email, Signal::Birthday])
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

const KEYS: [(Signal, &str); 14] = [
    (Signal::Odoo, "odoo"),
    (Signal::Channel, "channel_id"),
    (Signal::Phone, "phone"),
    (Signal::PhoneLocal, "phone_local"),
    (Signal::Email, "email"),
    (Signal::EmailTypo, "email_typo"),
    (Signal::EmailDigit, "email_digit"),
    (Signal::Role, "role_email"),
    (Signal::EmailUser, "email_user"),
    (Signal::PhoneSlip, "phone_slip"),
    (Signal::Birthday, "birthday"),
    (Signal::Place, "place"),
    (Signal::Company, "company"),
    (Signal::Domain, "domain"),
];

/// The pattern of a pair, the same for pairs that deserve the same answer: the strongest value that both share, how
/// the names stand to each other, and what speaks against one person.
pub(super) fn pattern(signals: Signals) -> String {
    let keys = [
        (Signal::Odoo, "odoo"),
        (Signal::Channel, "channel_id"),
        (Signal::PhoneEmail, "phone+email"),
        (Signal::Phone, "phone"),
        (Signal::Email, "email"),
        (Signal::EmailTypo, "email_typo"),
        (Signal::EmailDigit, "email_digit"),
        (Signal::PhoneSlip, "phone_slip"),
        (Signal::PhoneLocal, "phone_local"),
        (Signal::Birthday, "birthday"),
        (Signal::Role, "role_email"),
        (Signal::Place, "place"),
        (Signal::Company, "company"),
    ];
    let names = [
        (Signal::NameEqual, "same name"),
        (Signal::NameReading, "name in two scripts"),
        (Signal::NameLike, "like name"),
        (Signal::NamePart, "part of name"),
        (Signal::NameUnknown, "name unknown"),
        (Signal::NameMissing, "name missing"),
        (Signal::NameAlias, "English name"),
        (Signal::NameRelated, "name in part"),
        (Signal::NameNear, "near name"),
        (Signal::NameOther, "other name"),
    ];
    let against = [
        (Signal::Kin, "relative"),
        (Signal::ExtensionOther, "other extension"),
        (Signal::SuffixOther, "other suffix"),
        (Signal::ToneOther, "other tone marks"),
        (Signal::BirthdayOther, "other birthday"),
        (Signal::BirthdayPart, "other birthday"),
        (Signal::BirthdaySlip, "birthday with a slip"),
        (Signal::BirthdaySwap, "day and month swapped"),
        (Signal::GenderOther, "other gender"),
    ];
    let first = |table: &[(Signal, &'static str)]| words(signals, table).first().copied();
    let said = [first(&keys).or(Some("no key")), first(&names), first(&against)];
    said.into_iter().flatten().collect::<Vec<_>>().join(",")
}
