//! Compares two contacts field by field: which signals are so.

use super::features::{Features, Kind, Mail, Place, key};
use super::index::HUB;
use super::learnt::Learnt;
use super::signals::{Signal, Signals};
use crate::normalize::birthday::PartialDate;
use crate::normalize::email::{is_provider, one_slip};
use crate::normalize::name::{Likeness, Name};

/// Names that agree: nothing in them speaks of two people.
pub(super) const AGREE: [Signal; 3] = [Signal::NameEqual, Signal::NameReading, Signal::NameLike];
/// Names that conflict.
const DISAGREE: [Signal; 3] = [Signal::NameRelated, Signal::NameNear, Signal::NameOther];
const UNKNOWN: [Signal; 2] = [Signal::NameUnknown, Signal::NameMissing];

/// From this similarity on (Jaro and Winkler's) two names are much alike.
const ALIKE: f64 = 0.88;

/// The signals of a pair. `sharing` is how many contacts share the value of a key.
pub(super) fn compare(one: &Features, two: &Features, learnt: &Learnt, sharing: impl Fn(u64) -> usize) -> Signals {
    let mut signals = Signals::default();
    let equal = |one: Option<u64>, two: Option<u64>| Some(one? == two?);
    let mut either = |same: Signal, other: Signal, equal: Option<bool>| {
        signals.set(same, equal == Some(true));
        signals.set(other, equal == Some(false));
    };
    either(Signal::Odoo, Signal::OdooOther, equal(one.odoo, two.odoo));
    either(Signal::Company, Signal::CompanyOther, equal(one.company, two.company));
    either(Signal::Gender, Signal::GenderOther, equal(one.female.map(u64::from), two.female.map(u64::from)));
    let channels = || one.channels.iter().zip(&two.channels).filter(|(one, two)| **one != 0 && **two != 0);
    signals.set(Signal::Channel, channels().any(|(one, two)| one == two));
    signals.set(Signal::ChannelOther, channels().any(|(one, two)| one != two));
    signals.set(Signal::Role, one.role.is_some() && one.role == two.role);
    let extensions = one.extension.as_ref().zip(two.extension.as_ref());
    signals.set(Signal::ExtensionOther, extensions.is_some_and(|(one, two)| one != two));
    phones(&mut signals, one, two, &sharing);
    mails(&mut signals, one, two, &sharing);
    let mut name = names(&one.name, &two.name);
    if name == Signal::NameLike && learnt.are_neighbours(&one.name, &two.name) {
        name = Signal::NameNear;
    }
    signals.set(name, true);
    if !one.name.is_empty() && !two.name.is_empty() {
        signals.set(Signal::Kin, one.name.is_of_kin(&two.name));
        signals.set(Signal::SuffixOther, one.name.differs_in_suffix(&two.name));
        signals.set(Signal::ToneOther, one.name.differs_in_tone(&two.name));
        if signals.any(&AGREE) || signals.any(&[Signal::NamePart, Signal::NameAlias]) {
            rarity(&mut signals, &one.name, &two.name, learnt);
        }
    }
    if let (Some(first), Some(second)) = (one.born, two.born) {
        signals.set(birthdays(learnt.date(first), learnt.date(second)), true);
    }
    if let Some(signal) = places(&one.place, &two.place) {
        // A city is no address.
        let is_common = signal != Signal::PlaceOther && sharing(key(Kind::Place, &one.place.words)) > HUB;
        signals.set(if is_common { Signal::PlaceCommon } else { signal }, true);
    }
    together(&mut signals);
    signals
}

fn phones(signals: &mut Signals, one: &Features, two: &Features, sharing: &impl Fn(u64) -> usize) {
    if one.numbers.is_empty() || two.numbers.is_empty() {
        return;
    }
    let pairs = || one.numbers.iter().flat_map(|first| two.numbers.iter().map(move |second| (&**first, &**second)));
    let shared = pairs().find(|(first, second)| first == second || may_be_one_number(first, second));
    if let Some((first, second)) = shared {
        // The shorter of the two says how much is known.
        let number = if first.len() <= second.len() { first } else { second };
        let count = sharing(key(Kind::Phone, number));
        if count > HUB {
            return signals.set(Signal::PhoneHub, true);
        }
        if first != second || (!number.starts_with('+') && number.len() < 8) {
            return signals.set(Signal::PhoneLocal, true);
        }
        signals.set(Signal::Phone, true);
        signals.set(Signal::PhoneFew, (3..=4).contains(&count));
        signals.set(Signal::PhoneMany, count > 4);
        signals.set(Signal::PhoneFixed, one.fixed_line && two.fixed_line);
    } else {
        let is_slip = pairs().any(|(first, second)| first.len() >= 7 && one_slip(first, second));
        signals.set(if is_slip { Signal::PhoneSlip } else { Signal::PhoneOther }, true);
    }
}

/// A number without a country or area code and one with it may be the same number: the digits behind it are equal.
fn may_be_one_number(one: &str, two: &str) -> bool {
    let is_behind_code = |bare: &str, whole: &str| {
        let code = whole.strip_prefix('+').and_then(|digits| digits.strip_suffix(bare));
        bare.len() >= 7 && !bare.starts_with('+') && code.is_some_and(|code| (1..=5).contains(&code.len()))
    };
    is_behind_code(one, two) || is_behind_code(two, one)
}

fn mails(signals: &mut Signals, one: &Features, two: &Features, sharing: &impl Fn(u64) -> usize) {
    if let (Some(first), Some(second)) = (&one.mail, &two.mail) {
        let is_one_domain = first.domain == second.domain;
        if is_one_domain && first.local == second.local {
            let count = sharing(key(Kind::Email, (&*first.local, &*first.domain)));
            if count > HUB {
                return signals.set(Signal::EmailHub, true);
            }
            signals.set(Signal::Email, true);
            signals.set(Signal::EmailFew, (3..=4).contains(&count));
            signals.set(Signal::EmailMany, count > 4);
        } else {
            let slip = is_one_domain && one_slip(&first.local, &second.local)
                || first.local == second.local && one_slip(&first.domain, &second.domain);
            let digit = slip && first.local != second.local && letters(&first.local).eq(letters(&second.local));
            let user = !slip && first.local == second.local;
            signals.set(Signal::EmailTypo, slip && !digit);
            signals.set(Signal::EmailDigit, digit);
            signals.set(Signal::EmailUser, user);
            signals.set(Signal::EmailOther, !slip && !user);
            signals.set(Signal::Domain, is_one_domain && !is_provider(&first.domain));
        }
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

/// The signal of two names.
fn names(one: &Name, two: &Name) -> Signal {
    if one.is_empty() || two.is_empty() {
        return Signal::NameMissing;
    }
    let alike = || {
        let joined = |name: &Name| name.latin().concat();
        let (one, two) = (joined(one), joined(two));
        one.len().min(two.len()) >= 5 && one.len().max(two.len()) <= 64 && strsim::jaro_winkler(&one, &two) >= ALIKE
    };
    match one.likeness(two) {
        Likeness::Equal => Signal::NameEqual,
        Likeness::Reading => Signal::NameReading,
        Likeness::Compatible => Signal::NameLike,
        Likeness::Part => Signal::NamePart,
        Likeness::Unknown => Signal::NameUnknown,
        Likeness::Alias => Signal::NameAlias,
        Likeness::Related | Likeness::Conflict if alike() => Signal::NameNear,
        Likeness::Related => Signal::NameRelated,
        Likeness::Conflict => Signal::NameOther,
    }
}

/// How few people of the list have the words that both names share.
fn rarity(signals: &mut Signals, one: &Name, two: &Name, learnt: &Learnt) {
    const LEVELS: [(f32, Signal); 5] = [
        (-10.0, Signal::Rarity0),
        (-6.0, Signal::Rarity1),
        (-3.0, Signal::Rarity2),
        (0.0, Signal::Rarity3),
        (3.0, Signal::Rarity4),
    ];
    let Some(bearers) = learnt.bearers(one, two, signals.has(Signal::NameReading)) else { return };
    let level = LEVELS.iter().find(|(below, _)| bearers < *below).map_or(Signal::Rarity5, |(_, signal)| *signal);
    signals.set(level, true);
}

/// How two birthdays stand to each other.
fn birthdays(one: PartialDate, two: PartialDate) -> Signal {
    let (Some(first), Some(second)) = (one.whole(), two.whole()) else {
        let known = |one: Option<i16>, two: Option<i16>| one.zip(two).is_none_or(|(one, two)| one == two);
        let wide = |part: Option<i8>| part.map(i16::from);
        let agree =
            known(one.year, two.year) && known(wide(one.month), wide(two.month)) && known(wide(one.day), wide(two.day));
        return if agree { Signal::BirthdayHalf } else { Signal::BirthdayOther };
    };
    if first == second {
        return Signal::Birthday;
    }
    if first.year() == second.year() && (first.month(), first.day()) == (second.day(), second.month()) {
        return Signal::BirthdaySwap;
    }
    let same = [first.year() == second.year(), first.month() == second.month(), first.day() == second.day()];
    let written = |date: jiff::civil::Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    let (first, second) = (written(first), written(second));
    if first.len() == second.len() && one_slip(&first, &second) {
        return Signal::BirthdaySlip;
    }
    if same.iter().filter(|same| **same).count() == 2 { Signal::BirthdayPart } else { Signal::BirthdayOther }
}

/// How two places stand to each other: by the words that they share.
fn places(one: &Place, two: &Place) -> Option<Signal> {
    if one.words.is_empty() || two.words.is_empty() {
        return None;
    }
    let shared = one.words.iter().filter(|word| two.words.contains(word)).count();
    let all = one.words.len() + two.words.len() - shared;
    let numbers = one.number.zip(two.number);
    Some(if shared == all || (numbers.is_some_and(|(one, two)| one == two) && shared * 3 >= all * 2) {
        Signal::Place
    } else if shared * 2 >= all || (numbers.is_some_and(|(one, two)| one == two) && shared >= 2) {
        Signal::PlaceLike
    } else {
        Signal::PlaceOther
    })
}

/// Sets the signals of combinations, for which a sum of weights is too simple.
fn together(signals: &mut Signals) {
    let (agree, disagree, unknown) = (signals.any(&AGREE), signals.any(&DISAGREE), signals.any(&UNKNOWN));
    let has = |signal: Signal| signals.has(signal);
    let (phone, email, typo) = (has(Signal::Phone), has(Signal::Email), has(Signal::EmailTypo));
    let id = has(Signal::Odoo) || has(Signal::Channel);
    let keys = [
        has(Signal::Odoo),
        has(Signal::Channel),
        phone,
        email || typo,
        has(Signal::Birthday),
        has(Signal::Place),
        has(Signal::PhoneLocal),
    ];
    let keys = keys.iter().filter(|key| **key).count();
    let near = signals.any(&[Signal::BirthdaySlip, Signal::BirthdaySwap, Signal::BirthdayPart, Signal::BirthdayHalf]);
    let other_day =
        signals.any(&[Signal::BirthdayOther, Signal::BirthdayPart, Signal::BirthdaySlip, Signal::BirthdaySwap]);
    let both = [
        (Signal::PhoneEmail, phone && (email || typo)),
        (Signal::TwoKeys, keys == 2),
        (Signal::ThreeKeys, keys > 2),
        (Signal::NoKey, keys == 0),
        (Signal::NameCompany, agree && has(Signal::Company)),
        (Signal::NamePlace, agree && has(Signal::Place)),
        (Signal::NameBirthday, agree && has(Signal::Birthday)),
        (Signal::NameBirthdayNear, agree && near),
        (Signal::TypoName, typo && agree),
        (Signal::TypoNot, typo && disagree),
        (Signal::SlipName, has(Signal::PhoneSlip) && agree),
        (Signal::PhonePart, phone && has(Signal::NamePart)),
        (Signal::PhoneUnknown, phone && unknown),
        (Signal::PhoneAlias, phone && has(Signal::NameAlias)),
        (Signal::PhoneRelated, phone && (has(Signal::NameRelated) || has(Signal::NameNear))),
        (Signal::PhoneNot, phone && has(Signal::NameOther)),
        (Signal::PhoneRival, phone && has(Signal::EmailOther)),
        (Signal::EmailPart, email && has(Signal::NamePart)),
        (Signal::EmailUnknown, email && unknown),
        (Signal::EmailAlias, email && has(Signal::NameAlias)),
        (Signal::EmailRelated, email && (has(Signal::NameRelated) || has(Signal::NameNear))),
        (Signal::EmailNot, email && has(Signal::NameOther)),
        (Signal::EmailRival, email && has(Signal::PhoneOther)),
        (Signal::BirthdayNot, disagree && has(Signal::Birthday)),
        (Signal::LocalNot, disagree && has(Signal::PhoneLocal)),
        (Signal::PlaceNot, disagree && has(Signal::Place)),
        (Signal::IdNot, id && disagree),
        (Signal::KeyBirthdayOther, (phone || email) && other_day),
        (Signal::KeyBirthday, (phone || email) && has(Signal::Birthday)),
    ];
    both.into_iter().for_each(|(signal, so)| signals.set(signal, so));
}
