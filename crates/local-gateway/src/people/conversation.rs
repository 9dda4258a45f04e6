//! The conversations of a contact: who said what, when, and what colleagues noted on it.

use super::message::{self, Message};
use super::{SeededRng, teams, time};

/// Keeps the streams of conversations apart from those of contacts.
const CONVERSATIONS: u64 = 0x434f_4e56_4552_5341;
/// The eight statuses, the commoner ones more often (contract, 4.5).
const STATUSES: [&str; 14] = [
    "active",
    "active",
    "active",
    "closed",
    "closed",
    "closed",
    "closed",
    "pending",
    "pending",
    "unassigned",
    "rep needed",
    "overdue",
    "soon to be",
    "spam",
];

/// What a conversation needs to know of its contact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Partner<'a> {
    /// The contact's id.
    pub(crate) id: &'a str,
    /// The name that is shown.
    pub(crate) name: &'a str,
    /// The channel type.
    pub(crate) channel_type: &'a str,
    /// The channel.
    pub(crate) channel_id: &'a str,
    /// The language.
    pub(crate) language: &'a str,
    /// When the contact was created.
    pub(crate) created_at: &'a str,
}

/// A conversation, not yet written down.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) seat: String,
    pub(crate) user: &'static str,
    pub(crate) team: i64,
    pub(crate) channel_type: String,
    pub(crate) channel_id: String,
    pub(crate) status: &'static str,
    pub(crate) name: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) messages: Vec<Message>,
}

/// The conversations of the contact of a number in the list; anonymous visitors have at most one.
pub(crate) fn conversations(seed: u64, number: u64, partner: Partner<'_>) -> Vec<Conversation> {
    let mut seeded_rng = SeededRng::of(seed ^ CONVERSATIONS, number);
    let anonymous = partner.name.contains('#');
    let count = match seeded_rng.below(10) {
        0..=4 if anonymous => 0,
        _ if anonymous => 1,
        0 | 1 => 0,
        2..=7 => 1,
        8 => 2,
        _ => 3,
    };
    let mut start = time::parse(partner.created_at);
    let mut conversations = Vec::with_capacity(count);
    for turn in 0..count {
        conversations.push(conversation(&mut seeded_rng, partner, start, turn > 0));
        start += seeded_rng.between(time::DAY, 30 * time::DAY);
        if start > time::NOW - time::DAY {
            break;
        }
    }
    conversations
}

fn conversation(seeded_rng: &mut SeededRng, partner: Partner<'_>, start: i64, later: bool) -> Conversation {
    // Somebody who comes back may do so through the web site.
    let elsewhere = later && seeded_rng.percent(30);
    let (user, _) = teams::colleague(seeded_rng.below(teams::COLLEAGUES_COUNT));
    let count = 1 + seeded_rng.below(5);
    let mut at = start;
    let mut messages = Vec::new();
    for turn in 0..count {
        messages.push(message::message(seeded_rng, partner, user, (turn, at)));
        at = (at + seeded_rng.between(20_000, 40 * time::MINUTE)).min(time::NOW);
    }
    Conversation {
        id: seeded_rng.id("conv"),
        seat: seeded_rng.id("tcu"),
        user,
        team: seeded_rng.below(teams::COUNT).cast_signed(),
        channel_type: if elsewhere { "web" } else { partner.channel_type }.to_owned(),
        channel_id: partner.channel_id.to_owned(),
        status: seeded_rng.pick(&STATUSES),
        name: format!("{}@{}", partner.name, time::day(start)),
        created_at: start,
        updated_at: at,
        messages,
    }
}
