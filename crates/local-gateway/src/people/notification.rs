//! Notifications: what happened in conversations, in the CRM and in teams, for each of the two users.

use super::{SeededRng, teams, time};
use crate::json::Object;

/// Keeps the stream of notifications apart from those of contacts.
const NOTIFICATIONS: u64 = 0x4e4f_5449_4649_4341;
/// The types of the contract's section 4.5; most are about conversations.
const KINDS: [u64; 20] =
    [201, 201, 201, 201, 201, 201, 201, 202, 203, 203, 204, 204, 204, 101, 101, 301, 302, 303, 304, 305];

/// A notification, in the parts before and after `is_read`.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) id: String,
    pub(crate) kind: i64,
    pub(crate) is_read: bool,
    pub(crate) created_at: String,
    pub(crate) head: String,
    pub(crate) tail: String,
}

/// A conversation that notifications can be about.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The seat, `tcu_…`.
    pub(crate) seat: String,
    /// The conversation's name.
    pub(crate) name: String,
    /// Its channel type.
    pub(crate) channel_type: String,
    /// Its team.
    pub(crate) team: i64,
}

/// A user's notifications about some conversations, newest first.
pub(crate) fn notifications(seed: u64, user: &'static str, subjects: &[Subject]) -> impl Iterator<Item = Notification> {
    let stream = user.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut seeded_rng = SeededRng::of(seed ^ NOTIFICATIONS, stream);
    let mut at = time::NOW;
    subjects.iter().map(move |subject| {
        at -= seeded_rng.between(time::MINUTE, 6 * 60 * time::MINUTE);
        notification(&mut seeded_rng, user, subject, at)
    })
}

fn notification(seeded_rng: &mut SeededRng, user: &str, subject: &Subject, at: i64) -> Notification {
    let (id, kind, created_at) = (seeded_rng.id("not"), seeded_rng.pick(&KINDS), time::text(at));
    let (_, colleague) = teams::colleague(seeded_rng.below(teams::COLLEAGUES_COUNT));
    let team = teams::name(subject.team);
    let (title, content, from) = match kind {
        101 => ("Example record", "", colleague),
        203 | 204 => (subject.name.as_str(), colleague, team),
        301..=305 => (team, colleague, colleague),
        _ => (subject.name.as_str(), "", team),
    };
    let head = Object::new()
        .text("object_name", "notifications")
        .text("id", &id)
        .text("title", title)
        .text("content", content)
        .text("from", from)
        .with("type", &kind)
        .raw("action_to", &action_to(seeded_rng, kind, subject))
        .text("recipient", user)
        .open_end();
    Notification {
        id,
        kind: kind.cast_signed(),
        is_read: seeded_rng.percent(12),
        head,
        tail: tail(kind, subject, &created_at),
        created_at,
    }
}

/// Where a click leads (contract, 6.4).
fn action_to(seeded_rng: &mut SeededRng, kind: u64, subject: &Subject) -> String {
    let target = Object::new();
    match kind {
        101 => target.text("board_id", "brd_imbrace_contacts").text("board_item_id", &seeded_rng.id("bi")),
        202 => target.text("team_own_conversation_id", &subject.seat),
        201 | 203 | 204 => target.text("team_conversation_user_id", &subject.seat),
        _ => target.text("team_id", teams::id(subject.team)).text("team_user_id", &seeded_rng.id("tu")),
    }
    .end()
}

/// The fields after `is_read`, with the comma before them.
fn tail(kind: u64, subject: &Subject, created_at: &str) -> String {
    let mut fields = Object::new().text("created_at", created_at).with("action_disable", &false);
    if (200..300).contains(&kind) {
        fields = fields.text("channel_type", &subject.channel_type);
    }
    if kind == 202 {
        fields = fields.with("grab_type", &0);
    }
    let mut fields = fields.end();
    fields.replace_range(..1, ",");
    fields
}
