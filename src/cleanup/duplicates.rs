//! Which contacts are one person: candidates by shared keys, scored pairs, clusters.

mod cluster;
mod features;
mod judge;
mod matcher;

pub use matcher::Matcher;

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
