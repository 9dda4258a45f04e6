//! The people of a local gateway: the ten contacts of the API document, then as many as asked for, made from a seed.
//!
//! Nothing here looks at the clock: the list was made at one moment in October 2025, shortly after the document's
//! newest contact, and everyone else is older than the document's oldest.

mod contact;
pub(super) mod conversation;
mod country;
mod habits;
mod list;
pub(super) mod message;
mod noise;
pub(super) mod notification;
mod person;
mod seeded_rng;
pub(super) mod teams;
pub(super) mod time;

pub(super) use contact::Contact;
pub(super) use list::List;
pub use list::ListError;
pub(super) use seeded_rng::SeededRng;

/// The organisation of every credential; a JWT needs it in `x-organization-id`.
pub const ORGANIZATION_ID: &str = "org_imbrace";

/// The first user.
pub(super) const FIRST_USER: &str = "u_00000000-0000-4000-8000-000000000001";
/// The second user.
pub(super) const SECOND_USER: &str = "u_00000000-0000-4000-8000-000000000002";
/// The business unit of every object, as in the document.
pub(super) const BUSINESS_UNIT_ID: &str = "bu_imbrace_testing";

/// The document's contacts, one JSON text a line, newest first.
const DOCUMENT: &str = include_str!("people/document.jsonl");

/// How many people, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// How many contacts in all, the document's ten included; the document's own list had 65,681.
    pub contacts: usize,
    /// The same seed makes the same people, byte for byte.
    pub seed: u64,
}

impl Default for Population {
    /// 2,000 contacts: enough for paging and search to matter, few enough to be there at once.
    fn default() -> Self {
        Self { contacts: 2_000, seed: 20_251_015 }
    }
}

/// The made-up contact of a number that comes in now, not when the list was made.
pub(super) fn newcomer(seed: u64, number: u64, now: i64) -> Contact {
    let mut contact = contact::invent(seed, number);
    let now = time::text(now);
    contact.set("created_at", now.as_str());
    contact.set("last_seen", now);
    contact.set("updated_at", "");
    contact
}

impl Population {
    /// The document's contacts, newest first, as JSON texts.
    pub(super) fn documented(self) -> impl Iterator<Item = &'static str> {
        DOCUMENT.lines().take(self.contacts)
    }

    /// The other contacts, newest first.
    pub(super) fn invented(self) -> impl Iterator<Item = Contact> {
        let count = self.contacts.saturating_sub(DOCUMENT.lines().count());
        (0..count as u64).map(move |index| contact::invent(self.seed, index))
    }
}
