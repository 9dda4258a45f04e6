//! Statistics of a list that need no labels: how common the words of names are, in which order dates are written, and how
//! much a value that two contacts share is worth here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::compare::AGREE;
use super::features::{Born, Features, Kind, hashed};
use super::signals::{Signal, Signals};
use crate::normalize::birthday::{DateOrder, DateOrderCounts, PartialDate};
use crate::normalize::email::one_slip;
use crate::normalize::name::Name;

/// The learnt log odds: the signal that each adds to, and its name in the table of weights.
pub(super) const LEARNT: [(Signal, &str); 13] = [
    // Log odds that the names of two contacts agree which share the value.
    (Signal::Phone, "trust:phone"),
    (Signal::Email, "trust:email"),
    (Signal::Birthday, "trust:birthday"),
    (Signal::Place, "trust:place"),
    // Log odds that one person has two of them.
    (Signal::PhoneOther, "change:phone"),
    (Signal::EmailOther, "change:email"),
    (Signal::PlaceOther, "change:place"),
    // Log odds that something else of two namesakes agrees, by how rare the name is.
    (Signal::Rarity0, "trust:rarity_0"),
    (Signal::Rarity1, "trust:rarity_1"),
    (Signal::Rarity2, "trust:rarity_2"),
    (Signal::Rarity3, "trust:rarity_3"),
    (Signal::Rarity4, "trust:rarity_4"),
    (Signal::Rarity5, "trust:rarity_5"),
];

/// The kinds of values that two contacts share, in the order of the first of [`LEARNT`].
pub(super) const SHARED: [Kind; 4] = [Kind::Phone, Kind::Email, Kind::Birthday, Kind::Place];

/// Log odds that a list says of itself, in the order of [`LEARNT`].
pub(super) type Trust = [f32; LEARNT.len()];

/// The counts of a list.
#[derive(Default)]
pub(super) struct Learnt {
    contacts: u32,
    words: HashMap<u64, u32>,
    dates: DateOrderCounts,
    american_dates: DateOrderCounts,
    /// Pairs that speak for and against each of [`LEARNT`].
    pairs: [(u32, u32); LEARNT.len()],
}

impl Learnt {
    /// Counts the words of names and the orders of dates.
    pub(super) fn of<'a>(contacts: impl Iterator<Item = &'a Features>) -> Self {
        let mut learnt = Self::default();
        for features in contacts {
            learnt.contacts += 1;
            for word in words(&features.name) {
                match learnt.words.entry(word) {
                    Entry::Occupied(mut count) => *count.get_mut() += 1,
                    Entry::Vacant(slot) => drop(slot.insert(1)),
                }
            }
            if let Some((born, order)) = features.born.and_then(|born| Some((born, born.read.order?))) {
                if born.is_american { &mut learnt.american_dates } else { &mut learnt.dates }.add(order, 1);
            }
        }
        learnt
    }

    fn add(&mut self, at: usize, is_for: bool) {
        if let Some((for_it, against)) = self.pairs.get_mut(at) {
            *(if is_for { for_it } else { against }) += 1;
        }
    }

    /// Counts a pair that shares a value of a kind: its place in [`SHARED`].
    pub(super) fn count_shared(&mut self, kind: usize, signals: Signals) {
        let agree = signals.any(&AGREE);
        if agree || signals.any(&[Signal::NameRelated, Signal::NameNear, Signal::NameOther]) {
            self.add(kind, agree);
        }
    }

    /// Counts what a pair of namesakes says.
    pub(super) fn count(&mut self, signals: Signals) {
        if !signals.any(&AGREE) {
            return;
        }
        let has = |signal: Signal| signals.has(signal);
        let (phone, email, birthday) = (has(Signal::Phone), has(Signal::Email), has(Signal::Birthday));
        let others = [
            (4, Signal::PhoneOther, phone, email || birthday),
            (5, Signal::EmailOther, email, phone || birthday),
            (6, Signal::PlaceOther, has(Signal::Place) || has(Signal::PlaceLike), phone || email || birthday),
        ];
        for (at, other, same, is_one_person) in others {
            if is_one_person && (same || has(other)) {
                self.add(at, has(other));
            }
        }
        let other_day = signals.any(&[Signal::BirthdayOther, Signal::BirthdayPart]);
        let differ = other_day || (has(Signal::PhoneOther) && has(Signal::EmailOther));
        let rarity = LEARNT.iter().position(|(signal, word)| word.starts_with("trust:rarity") && has(*signal));
        if let Some(rarity) = rarity.filter(|_| phone || email || birthday || differ) {
            self.add(rarity, phone || email || birthday);
        }
    }

    /// The log odds, drawn to four to one (or one to four, for what changes) where little was seen.
    pub(super) fn trust(&self) -> Trust {
        let mut trust = [0.0; LEARNT.len()];
        for ((slot, (for_it, against)), (_, word)) in trust.iter_mut().zip(self.pairs).zip(LEARNT) {
            let (more, less) = if word.starts_with("change") { (1.0, 4.0) } else { (4.0, 1.0) };
            *slot = ((for_it as f32 + more) / (against as f32 + less)).ln().clamp(-5.0, 6.0);
        }
        trust
    }

    /// The binary logarithm of how many contacts have all these words in their name, if words are independent of each other.
    pub(super) fn bearers(&self, one: &Name, two: &Name, is_reading: bool) -> Option<f32> {
        // A short list says little of how common words are.
        const LEAST: u32 = 2_000;
        let total = self.contacts.max(LEAST) as f32;
        let share = |word: &u64| (self.words.get(word).copied().unwrap_or(1) as f32 / total).log2();
        let first: Vec<u64> = words(one).collect();
        let bits = if is_reading {
            first.iter().map(share).sum::<f32>()
        } else {
            let second: Vec<u64> = words(two).collect();
            let shared: Vec<&u64> = first.iter().filter(|word| second.contains(word)).collect();
            if shared.is_empty() {
                return None;
            }
            shared.into_iter().map(share).sum()
        };
        Some(total.log2() + bits)
    }

    /// Returns true if a word of each name differs from the other's by one letter, and several people have each: `Eric` and `Erin`.
    pub(super) fn are_neighbours(&self, one: &Name, two: &Name) -> bool {
        const SEVERAL: u32 = 5;
        let is_common = |word: &&String| {
            word.len() > 2 && self.words.get(&hashed(word.as_str())).is_some_and(|count| *count >= SEVERAL)
        };
        let alone = |of: &Name, beside: &Name| -> Vec<String> {
            of.latin().iter().filter(|word| !beside.latin().contains(word)).filter(is_common).cloned().collect()
        };
        let (first, second) = (alone(one, two), alone(two, one));
        first.iter().any(|one| second.iter().any(|two| one_slip(one, two)))
    }

    /// The date of a birthday in the order that the list writes dates in.
    pub(super) fn date(&self, born: Born) -> PartialDate {
        let (counts, usual) = if born.is_american {
            (self.american_dates, DateOrder::MonthFirst)
        } else {
            (self.dates, DateOrder::DayFirst)
        };
        match (counts.learnt().unwrap_or(usual), born.read.other) {
            (DateOrder::MonthFirst, Some(other)) => other,
            _ => born.read.date,
        }
    }
}

/// The words of a name as hashes, initials left out. A word of Chinese characters counts by the character.
fn words(name: &Name) -> impl Iterator<Item = u64> {
    let latin = name.latin().iter().filter(|word| word.len() > 1).map(|word| hashed(word.as_str()));
    let native = name.native().iter().flat_map(|word| {
        let by_letter = word
            .chars()
            .all(|letter| ('\u{3400}'..='\u{9FFF}').contains(&letter) || ('\u{AC00}'..='\u{D7A3}').contains(&letter));
        let whole = (!by_letter).then(|| hashed(word.as_str()));
        let letters = word.chars().enumerate().filter(move |_| by_letter).map(|(at, letter)| hashed((letter, at == 0)));
        letters.chain(whole)
    });
    latin.chain(native)
}
