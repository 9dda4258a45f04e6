//! Which contacts are one person: candidates by shared keys, scored pairs, clusters.

use std::collections::{BTreeMap, BTreeSet};

mod cluster;
mod compare;
pub(super) mod features;
mod index;
mod learnt;
mod matcher;
mod probe;
pub mod records;
mod score;
mod signals;

pub use matcher::Matcher;
pub(crate) use matcher::handle;
pub use probe::Candidate;

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
    /// Which keys agree, and what the names say, such as `phone+birthday,same name`: pairs of one pattern can be decided together.
    pub pattern: String,
}

/// Contacts that are one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The same from run to run while its oldest member stays: `dup_` and 8 hex digits.
    pub id: String,
    /// The members' ids, the suggested survivor first. Two to eight; more where somebody said so.
    pub members: Vec<String>,
    /// The business unit of each member, in their order. A person may be a contact of several.
    pub units: Vec<String>,
    /// The least sure of the pairs that hold it together.
    pub tier: Tier,
    /// The score of that pair.
    pub score: f32,
    /// The pairs that hold it together.
    pub pairs: Vec<Pair>,
    /// Why the first member is the one to keep.
    pub keep: KeepReason,
}

/// Why a member of a group is the one to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepReason {
    /// It alone has an id in Odoo.
    OdooId,
    /// It has the most fields filled.
    MostFields,
    /// It is the oldest.
    Oldest,
}

impl KeepReason {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OdooId => "Odoo id",
            Self::MostFields => "fullest",
            Self::Oldest => "oldest",
        }
    }
}

impl Pair {
    /// Why the two are one person, or may be, in words.
    pub fn because(&self) -> String {
        in_words(&self.pattern)
    }
}

/// A pattern in words: `phone+email,same name` is `same phone and e-mail; same name`.
pub fn in_words(pattern: &str) -> String {
    let said = |part: &str| match part {
        "odoo" => "same Odoo id".to_owned(),
        "channel_id" => "same channel id".to_owned(),
        "phone+email" => "same phone and e-mail".to_owned(),
        "phone" => "same phone".to_owned(),
        "email" => "same e-mail".to_owned(),
        "email_typo" => "e-mail one letter off".to_owned(),
        "email_digit" => "e-mail one digit off".to_owned(),
        "phone_slip" => "phone one digit off".to_owned(),
        "phone_local" => "same number without area code".to_owned(),
        "birthday" => "same birthday".to_owned(),
        "role_email" => "same role mailbox".to_owned(),
        "place" => "same place".to_owned(),
        "company" => "same company".to_owned(),
        "no key" => "nothing but the name".to_owned(),
        "like name" => "similar name".to_owned(),
        "decided" => "a person said so".to_owned(),
        other => other.to_owned(),
    };
    pattern.split(',').map(said).collect::<Vec<_>>().join("; ")
}

impl Cluster {
    /// Why they are one person, in words: the surest reasons first, at most two of them spelled out.
    pub fn because(&self) -> String {
        let mut patterns: Vec<&str> = Vec::new();
        for pair in &self.pairs {
            if !patterns.contains(&pair.pattern.as_str()) {
                patterns.push(&pair.pattern);
            }
        }
        let more = patterns.len().saturating_sub(2);
        let said: Vec<String> = patterns.into_iter().take(2).map(in_words).collect();
        let said = said.join(" / ");
        if more > 0 { format!("{said} / {more} more") } else { said }
    }

    /// The parts of it that lie in one business unit each: what may be acted on, for a unit's contacts are its own.
    pub fn within_units(&self) -> Vec<Self> {
        let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (member, unit) in self.members.iter().zip(&self.units) {
            parts.entry(unit).or_default().push(member.clone());
        }
        if parts.len() == 1 {
            return vec![self.clone()];
        }
        let several = parts.into_iter().filter(|(_, members)| members.len() > 1);
        several.map(|(unit, members)| self.part(unit, members)).collect()
    }

    fn part(&self, unit: &str, members: Vec<String>) -> Self {
        let inside = |pair: &&Pair| members.contains(&pair.ids.0) && members.contains(&pair.ids.1);
        Self {
            id: matcher::handle(&format!("{} {unit}", self.id)),
            units: vec![unit.to_owned(); members.len()],
            pairs: self.pairs.iter().filter(inside).cloned().collect(),
            tier: self.tier,
            score: self.score,
            keep: self.keep,
            members,
        }
    }
}

/// What somebody said of two contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Undecidable: the two are never joined, and are asked about again once this is taken back.
    Unsure,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Same, Self::Different, Self::Unsure];

    /// In a word, as it is kept and read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Unsure => "unsure",
        }
    }

    /// The verdict of a word as people write it.
    pub fn read(word: &str) -> Option<Self> {
        match word.trim().to_lowercase().as_str() {
            "same" | "yes" | "s" | "y" => Some(Self::Same),
            "different" | "no" | "d" | "n" => Some(Self::Different),
            "unsure" | "u" | "?" => Some(Self::Unsure),
            _ => None,
        }
    }
}

/// The groups as they are shown, decided and acted on: what is sure, also where a question ties more to it, and then those
/// that hold a question. A sure part of a group that is to review has a handle of its own: an answer about it is not about
/// the rest.
pub(crate) fn groups(matcher: &mut Matcher) -> Vec<Cluster> {
    let mut review = matcher.clusters();
    review.retain(|cluster| cluster.tier == Tier::Review);
    let taken: BTreeSet<&str> = review.iter().map(|cluster| cluster.id.as_str()).collect();
    let mut groups = matcher.sure();
    for part in groups.iter_mut().filter(|part| taken.contains(part.id.as_str())) {
        part.id = handle(&format!("{} sure", part.id));
    }
    groups.extend(review);
    groups
}
