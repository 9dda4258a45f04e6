//! Whom a contact that is not in the list would be, by the keys, signals and rules that hold inside of it.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::compare;
use super::features::{Features, bound};
use super::in_words;
use super::matcher::Matcher;
use super::score::{self, ASKED_AT_MOST, QUESTION, SURE, pattern};
use super::signals::Signals;
use crate::Subject;

/// A contact of the list that another one could be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub contact: String,
    /// The match score, 0 to 1.
    pub score: f32,
    /// True if both are surely the same person; else a person should say.
    pub is_sure: bool,
    /// The keys that agree, and how the names compare.
    pub pattern: String,
}

impl Candidate {
    /// Why the two are one person, or may be, in words.
    pub fn because(&self) -> String {
        in_words(&self.pattern)
    }
}

/// A contact that is compared with those of the list.
struct Probe {
    features: Features,
    /// Its place, where the list has one of its id.
    own: Option<u32>,
}

impl Matcher {
    /// The contacts that this one could be, the likeliest first. It is not put into the list, and one of the same id is left out.
    pub fn probe(&mut self, subject: &Subject<'_>) -> Vec<Candidate> {
        self.refresh();
        let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let features = Features::of(subject, today, self.default_region);
        let own = (!subject.id.is_empty()).then(|| self.places.get(&*subject.id).copied()).flatten();
        let probe = Probe { features, own };
        let mut partners: BTreeSet<u32> = BTreeSet::new();
        for key in &probe.features.keys {
            let sharing: Vec<u32> = self.sharing(*key).filter(|place| Some(*place) != own).take(bound(*key)).collect();
            // With this one there are as many as a key may bring together, or more.
            if sharing.len() < bound(*key) {
                partners.extend(sharing);
            }
        }
        let mut found: Vec<(f32, u32, Signals)> = partners
            .into_iter()
            .filter_map(|place| {
                let signals = self.against(&probe, place)?;
                Some((self.weights.score(signals, &self.trust), place, signals))
            })
            .filter(|(score, ..)| *score >= QUESTION)
            .collect();
        self.doubt(&probe, &mut found);
        let mut candidates: Vec<Candidate> = found
            .into_iter()
            .filter_map(|(score, place, signals)| {
                let contact = self.row(place)?.id.to_string();
                Some(Candidate { contact, score: score.min(1.0), is_sure: score >= SURE, pattern: pattern(signals) })
            })
            .collect();
        candidates
            .sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.contact.cmp(&other.contact)));
        candidates
    }

    /// Returns true if name, birthday or another value of a contact that is not in the list contradicts one that is.
    pub(crate) fn is_other_person(&mut self, subject: &Subject<'_>, id: &str) -> bool {
        self.refresh();
        let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let features = Features::of(subject, today, self.default_region);
        let Some(place) = self.places.get(id).copied() else { return false };
        let signals = self.against(&Probe { features, own: None }, place);
        signals.is_some_and(|signals| score::contradicts(signals) || score::are_two_names(signals))
    }

    fn against(&self, probe: &Probe, place: u32) -> Option<Signals> {
        let Probe { features, own } = probe;
        let others = |key: u64| self.sharing(key).filter(|place| Some(*place) != *own).take(9).count();
        let sharing = |key: u64| others(key) + usize::from(features.keys.contains(&key));
        Some(compare(features, &self.row(place)?.features, &self.learnt, sharing))
    }

    /// Makes a question of what is sure and cannot be: one who contradicts a member of the other's group, or who is surely either of two
    /// people.
    fn doubt(&mut self, probe: &Probe, found: &mut [(f32, u32, Signals)]) {
        if !found.iter().any(|(score, ..)| *score >= SURE) {
            return;
        }
        let groups = self.sure();
        let mut group_of: BTreeMap<u32, &[String]> = BTreeMap::new();
        for cluster in &groups {
            let places = cluster.members.iter().filter_map(|member| self.places.get(member.as_str()));
            group_of.extend(places.map(|place| (*place, cluster.members.as_slice())));
        }
        let contradicts_group = |place: u32| {
            let members = group_of.get(&place).copied().unwrap_or_default();
            members
                .iter()
                .filter_map(|member| self.places.get(member.as_str()))
                .any(|member| self.against(probe, *member).is_some_and(score::contradicts))
        };
        let sure: Vec<(u32, Signals)> =
            found.iter().filter(|(score, ..)| *score >= SURE).map(|(_, place, signals)| (*place, *signals)).collect();
        let is_tied = |place: u32, signals: Signals| {
            !score::has_id(signals)
                && sure.iter().any(|(other, of_other)| {
                    let between = self.signals(place, *other);
                    *other != place
                        && !score::has_id(*of_other)
                        && (score::contradicts(between) || score::are_two_names(between))
                        && score::own_values(signals) <= score::own_values(*of_other)
                })
        };
        for (score, place, signals) in found.iter_mut().filter(|(score, ..)| *score >= SURE) {
            if score::contradicts(*signals) || contradicts_group(*place) || is_tied(*place, *signals) {
                *score = ASKED_AT_MOST;
            }
        }
    }
}
