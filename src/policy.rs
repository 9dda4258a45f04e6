//! The policy of an organisation: which safe findings are fixed without asking, within which limits, and which are only reported.
//!
//! A policy is a TOML file. It can name safe fixes alone: nothing in it links, fills, marks or answers a question. The operator confirms
//! its digest once; a file that was changed after that writes nothing.

mod document;
mod gate;
mod hours;
mod run;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use crate::cleanup::findings::Kind;
use crate::cleanup::{PlanRequest, Protection};
use crate::plural::counted;

pub use document::{Mistake, Mistakes};
pub use gate::{Clock, PolicyGate};
pub use hours::Hours;
pub use run::{PolicyError, PolicyRun, PolicyRunner, Standstill};

/// A policy to begin with, which says in comments what its words mean.
pub const EXAMPLE: &str = include_str!("policy/example.toml");

/// The largest policy that is read, in bytes.
pub const LARGEST: u64 = 256 * 1024;

/// The kinds that may be fixed without asking, and the limits.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Kinds that are fixed; each has a safe fix.
    pub(crate) fixed: Vec<Kind>,
    /// Kinds that are told; every one where none is named.
    pub(crate) reported: Vec<Kind>,
    /// Ids, domains and labels that are never written.
    pub(crate) protected_words: Vec<String>,
    /// Contacts that are never written, as one filter.
    pub(crate) protected_filter: crate::cleanup::Filter,
    /// The share of the list that one run may write.
    pub(crate) share: Share,
    /// Contacts that may be written on one day, over all runs and processes.
    pub(crate) contacts_a_day: u64,
    /// When writes may be sent; at any time where there are none.
    pub(crate) hours: Hours,
    /// The time zone of days and hours.
    pub(crate) time_zone: TimeZone,
    digest: String,
}

/// A part of the list, exact to a ten-thousandth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Parts of a million.
    millionths: u64,
}

impl Share {
    /// The whole list.
    pub const WHOLE: Self = Self { millionths: 1_000_000 };

    /// So many parts of a million.
    pub const fn of_millionths(millionths: u64) -> Self {
        Self { millionths }
    }

    /// This share of so many contacts, rounded down.
    pub fn of(self, contacts: u64) -> u64 {
        let part = u128::from(contacts) * u128::from(self.millionths) / 1_000_000;
        u64::try_from(part).unwrap_or(u64::MAX)
    }
}

/// `0.5 %`.
impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.millionths / 10_000, self.millionths % 10_000);
        let rest = format!("{rest:04}");
        match rest.trim_end_matches('0') {
            "" => write!(formatter, "{whole} %"),
            rest => write!(formatter, "{whole}.{rest} %"),
        }
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`Mistakes`], each with its line and the word that is wrong.
    pub fn read(text: &str) -> Result<Self, Mistakes> {
        document::read(text)
    }

    /// SHA-256 of the file, in hex: what the operator confirms.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The plan of what this policy fixes.
    pub fn plan_request(&self) -> PlanRequest {
        PlanRequest {
            fix: self.fixed.clone(),
            protect: self.protected_words.clone(),
            protect_filter: self.protected_filter.clone(),
            ..PlanRequest::default()
        }
    }

    /// The protection, judged by a contact as it is at the moment of a write.
    pub fn protection(&self) -> Protection {
        Protection::new(&self.protected_words, self.protected_filter.clone())
    }

    /// Kinds that are told; every one where it is empty.
    pub fn reported(&self) -> &[Kind] {
        &self.reported
    }

    /// Contacts that one run may write of so many.
    pub fn contacts_a_run(&self, contacts: u64) -> u64 {
        self.share.of(contacts)
    }

    /// The day of a moment, by the policy's time zone.
    pub fn day(&self, now: Timestamp) -> Date {
        now.to_zoned_datetime(self.time_zone.clone()).date()
    }

    /// Returns true if a write may begin at a moment.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.hours.are_open(now, &self.time_zone)
    }

    /// The name of the time zone.
    pub fn time_zone_name(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }
}

/// The policy in lines for the operator who confirms it.
impl fmt::Display for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |kinds: &[Kind]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        writeln!(formatter, "fixed without asking: {}", names(&self.fixed))?;
        writeln!(
            formatter,
            "at most: {} of the list in a run, {} a day, {}",
            self.share,
            counted(self.contacts_a_day, "contact"),
            self.hours
        )?;
        writeln!(formatter, "days and hours: {}", self.time_zone_name())?;
        let filter = self.protected_filter.to_string();
        let protected: Vec<&str> = self
            .protected_words
            .iter()
            .map(String::as_str)
            .chain([filter.as_str()])
            .filter(|it| !it.is_empty())
            .collect();
        let protected = if protected.is_empty() { "nobody".to_owned() } else { protected.join(", ") };
        writeln!(formatter, "never written: {protected}")?;
        let reported = if self.reported.is_empty() { "every kind".to_owned() } else { names(&self.reported) };
        writeln!(formatter, "reported: {reported}")
    }
}

/// 64 hex digits.
fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
