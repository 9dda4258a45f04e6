//! Lays two contacts side by side: which signals are so.

use super::features::{Features, Kind, Mail};
use super::signals::{Signal, Signals};
use crate::normalize::email::one_slip;
use crate::normalize::name::{Likeness, Name};

/// Names that agree: nothing in them speaks of two people.
const AGREE: [Signal; 3] = [Signal::NameEqual, Signal::NameReading, Signal::NameLike];
/// Names that conflict.
const DISAGREE: [Signal; 2] = [Signal::NameRelated, Signal::NameOther];
const UNKNOWN: [Signal; 2] = [Signal::NameUnknown, Signal::NameMissing];

/// The signals of a pair. `shared`: the kinds of keys that both have;
pub(super) fn compare(one: &Features, two: &Features, shared: &[Kind]) -> Signals {
    let mut signals = Signals::default();
    signals.set(Signal::Odoo, shared.contains(&Kind::Odoo));
    signals.set(Signal::Channel, shared.contains(&Kind::Channel));
    signals.set(Signal::Phone, shared.contains(&Kind::Phone));
    signals.set(Signal::Email, shared.contains(&Kind::Email));
    signals.set(Signal::Role, shared.contains(&Kind::Role));
    differences(&mut signals, one, two);
    mails(&mut signals, one, two);
    signals.set(names(&one.name, &two.name), true);
    if !one.name.is_empty() && !two.name.is_empty() {
        signals.set(Signal::Kin, one.name.is_of_kin(&two.name));
        signals.set(Signal::SuffixOther, one.name.differs_in_suffix(&two.name));
        signals.set(Signal::ToneOther, one.name.differs_in_tone(&two.name));
    }
    details(&mut signals, one, two);
    together(&mut signals);
    signals
}

/// Keys of one kind that both have, and that are not the same.
fn differences(signals: &mut Signals, one: &Features, two: &Features) {
    let both = |kind: Kind| one.has(kind) && two.has(kind);
    signals.set(Signal::OdooOther, both(Kind::Odoo) && !signals.has(Signal::Odoo));
    let may_be_one = one.numbers.iter().any(|first| two.numbers.iter().any(|second| may_be_one_number(first, second)));
    signals.set(Signal::PhoneOther, both(Kind::Phone) && !signals.has(Signal::Phone) && !may_be_one);
    signals.set(Signal::PhoneFixed, signals.has(Signal::Phone) && one.fixed_line && two.fixed_line);
    let extensions = one.extension.as_ref().zip(two.extension.as_ref());
    signals.set(Signal::ExtensionOther, extensions.is_some_and(|(one, two)| one != two));
    let mut channels = one.channels.iter().zip(&two.channels);
    let differ = channels.any(|(one, two)| *one != 0 && *two != 0 && one != two);
    signals.set(Signal::ChannelOther, differ);
}

/// A number without a country code and one with it may be the same number: the national digits are equal.
fn may_be_one_number(one: &str, two: &str) -> bool {
    let is_behind_code = |bare: &str, whole: &str| {
        let code = whole.strip_prefix('+').and_then(|digits| digits.strip_suffix(bare));
        !bare.starts_with('+') && code.is_some_and(|code| (1..=3).contains(&code.len()))
    };
    is_behind_code(one, two) || is_behind_code(two, one)
}

fn mails(signals: &mut Signals, one: &Features, two: &Features) {
    if let (Some(first), Some(second)) = (&one.mail, &two.mail)
        && !signals.has(Signal::Email)
    {
        let slip = first.domain == second.domain && one_slip(&first.local, &second.local);
        let digit = slip && letters(&first.local).eq(letters(&second.local));
        signals.set(Signal::EmailTypo, slip && !digit);
        signals.set(Signal::EmailDigit, digit);
        signals.set(Signal::EmailOther, !slip);
    }
    let spells = |mail: &Option<Mail>, name: &Name| mail.as_ref().is_some_and(|mail| spells(&mail.local, name));
    let spelled = spells(&one.mail, &two.name) || spells(&two.mail, &one.name);
    signals.set(Signal::EmailSpells, spelled);
}

fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(char::is_ascii_alphabetic)
}

/// Whether an address is made of two words of a name or more.
fn spells(local: &str, name: &Name) -> bool {
    let words = name.latin().iter().filter(|word| word.len() >= 2 && local.contains(word.as_str()));
    let (count, length) = words.fold((0, 0), |(count, length), word| (count + 1, length + word.len()));
    count >= 2 && length >= 6
}

/// What the names say.
fn names(one: &Name, two: &Name) -> Signal {
    if one.is_empty() || two.is_empty() {
        return Signal::NameMissing;
    }
    match one.likeness(two) {
        Likeness::Equal => Signal::NameEqual,
        Likeness::Reading => Signal::NameReading,
        Likeness::Compatible => Signal::NameLike,
        Likeness::Part => Signal::NamePart,
        Likeness::Unknown => Signal::NameUnknown,
        Likeness::Alias => Signal::NameAlias,
        Likeness::Related => Signal::NameRelated,
        Likeness::Conflict => Signal::NameOther,
    }
}

fn details(signals: &mut Signals, one: &Features, two: &Features) {
    let mut either = |same: Signal, other: Signal, equal: Option<bool>| {
        signals.set(same, equal == Some(true));
        signals.set(other, equal == Some(false));
    };
    let equal = |one: Option<u64>, two: Option<u64>| Some(one? == two?);
    either(Signal::Birthday, Signal::BirthdayOther, equal(one.birthday.map(u64::from), two.birthday.map(u64::from)));
    either(Signal::Company, Signal::CompanyOther, equal(one.company, two.company));
    either(Signal::Gender, Signal::GenderOther, equal(one.female.map(u64::from), two.female.map(u64::from)));
}

/// What several signals say together, which a sum of them would not.
fn together(signals: &mut Signals) {
    let (agree, disagree, unknown) = (signals.any(&AGREE), signals.any(&DISAGREE), signals.any(&UNKNOWN));
    let has = |signal: Signal| signals.has(signal);
    let (phone, email, typo) = (has(Signal::Phone), has(Signal::Email), has(Signal::EmailTypo));
    let id = has(Signal::Odoo) || has(Signal::Channel);
    let keys = [has(Signal::Odoo), has(Signal::Channel), phone, email || typo];
    let both = [
        (Signal::PhoneEmail, phone && (email || typo)),
        (Signal::TwoKeys, keys.iter().filter(|key| **key).count() >= 2),
        (Signal::NameCompany, agree && has(Signal::Company)),
        (Signal::NameBirthday, agree && has(Signal::Birthday)),
        (Signal::TypoName, typo && agree),
        (Signal::TypoNot, typo && disagree),
        (Signal::PhonePart, phone && has(Signal::NamePart)),
        (Signal::PhoneUnknown, phone && unknown),
        (Signal::PhoneAlias, phone && has(Signal::NameAlias)),
        (Signal::PhoneRelated, phone && has(Signal::NameRelated)),
        (Signal::PhoneNot, phone && has(Signal::NameOther)),
        (Signal::PhoneRival, phone && has(Signal::EmailOther)),
        (Signal::EmailPart, email && has(Signal::NamePart)),
        (Signal::EmailUnknown, email && unknown),
        (Signal::EmailAlias, email && has(Signal::NameAlias)),
        (Signal::EmailRelated, email && has(Signal::NameRelated)),
        (Signal::EmailNot, email && has(Signal::NameOther)),
        (Signal::EmailRival, email && has(Signal::PhoneOther)),
        (Signal::IdNot, id && disagree),
        (Signal::KeyBirthdayOther, (phone || email) && has(Signal::BirthdayOther)),
        (Signal::KeyBirthday, (phone || email) && has(Signal::Birthday)),
    ];
    both.into_iter().for_each(|(signal, so)| signals.set(signal, so));
}
