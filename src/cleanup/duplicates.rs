//! Which contacts are one person: candidates by shared keys, scored pairs, clusters.

use std::collections::BTreeMap;

use super::Subject;

/// How sure a cluster or pair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Sure enough to act on without asking.
    Auto,
    /// A person should say.
    Review,
}

/// Two contacts that may be one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The ids, the smaller first.
    pub ids: (String, String),
    /// The match score, 0 to 1.
    pub score: f32,
    /// How sure it is.
    pub tier: Tier,
    /// Which keys agree and which conflict, such as `phone+name-birthday`: pairs of one pattern can be decided together.
    pub pattern: String,
}

/// Contacts that are one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The same from run to run while its oldest member stays: `dup_` and 8 hex digits.
    pub id: String,
    /// The members' ids, the suggested survivor first. Two to eight.
    pub members: Vec<String>,
    /// The least sure of the pairs that hold it together.
    pub tier: Tier,
    /// The score of that pair.
    pub score: f32,
    /// The pairs that hold it together.
    pub pairs: Vec<Pair>,
}

/// What somebody said of two contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One person.
    Same,
    /// Two people.
    Different,
}

/// Finds duplicates, and finds them again after changes at the price of what changed.
#[derive(Default)]
pub struct Matcher {
    verdicts: BTreeMap<(String, String), Verdict>,
}

impl Matcher {
    /// Adds a contact, or replaces what is known of it.
    pub fn put(&mut self, _subject: &Subject<'_>) {}

    /// Forgets a contact.
    pub fn remove(&mut self, _id: &str) {}

    /// Takes a verdict of somebody; it outweighs every score.
    pub fn decide(&mut self, first: &str, second: &str, verdict: Verdict) {
        let (a, b) = if first <= second { (first, second) } else { (second, first) };
        self.verdicts.insert((a.to_owned(), b.to_owned()), verdict);
    }

    /// The clusters of both tiers, the surest first, ties by id.
    pub fn clusters(&mut self) -> Vec<Cluster> {
        Vec::new()
    }

    /// Pairs that a person should decide, the surest first: those of review clusters, and those that conflict.
    pub fn questions(&mut self) -> Vec<Pair> {
        Vec::new()
    }
}
