//! A contact's conversation as a row.

use super::contact::{id, text};
use super::table::Cell;
use super::unreadable::{Expected, ExpectedField};
use super::untrusted::{clipped, quoted};
use super::view::{Column, Noun, TEXT};
use super::{dates, message};
use crate::model::{ContactConversation, Record};

impl Noun for ContactConversation {
    const PLURAL: &'static str = "conversations";
    const COLUMNS: &'static [Column<Self>] = &[
        // The seat, because messages are asked by it and notifications name it; the conversation's own id opens nothing.
        Column { name: "id", cell: |row, short_ids| id(row.participant_id().or_else(|| row.id()), short_ids) },
        Column { name: "channel", cell: |row, _| text(row.channel(), 20) },
        Column { name: "status", cell: |row, _| text(row.status(), 30) },
        Column { name: "at", cell: |row, _| dates::minute_cell(row.at()) },
        Column {
            name: "team",
            cell: |row, _| Cell::text(clipped(&row.team_names().collect::<Vec<_>>().join("+"), 40)),
        },
        Column { name: "from", cell: |row, _| Cell::maybe(latest_side(row)) },
        Column { name: "last", cell: |row, _| Cell::maybe(row.latest_message().map(|latest| last_words(&latest))) },
    ];
    const EXTRA: &'static [Column<Self>] = &[
        Column { name: "name", cell: |row, _| text(row.name(), 80) },
        Column { name: "conversation_id", cell: |row, short_ids| id(row.id(), short_ids) },
        Column { name: "contact_id", cell: |row, short_ids| id(row.contact_id(), short_ids) },
    ];
    const RAW: &'static [&'static str] = &["created_at", "updated_at", "assign_from", "business_unit_id"];
    const EXPECTED: &'static [ExpectedField] = &[
        ("_id", Expected::Text),
        ("public_id", Expected::Text),
        ("id", Expected::Text),
        ("channel_type", Expected::Text),
        ("status", Expected::Text),
        ("name", Expected::Text),
        ("timestamp", Expected::Text),
        ("contact_id", Expected::Text),
        ("conversation", Expected::Object),
        ("conversation.channel_type", Expected::Text),
        ("conversation.status", Expected::Text),
        ("conversation.name", Expected::Text),
        ("conversation.timestamp", Expected::Text),
        ("conversation.contact_id", Expected::Text),
        ("teams", Expected::Objects),
        ("latest_message", Expected::Object),
        ("latest_message.created_at", Expected::Text),
        ("latest_message.content", Expected::TextOrObject),
        ("contacts_latest_message", Expected::Object),
        ("contact", Expected::Object),
    ];

    fn record(&self) -> &Record {
        self.record()
    }
}

/// Who wrote the latest message: the gateway does not say, but names the contact's own latest one beside it.
fn latest_side(row: &ContactConversation) -> Option<&'static str> {
    let latest = row.record().text_at(&["latest_message", "_id"])?;
    match row.record().text_at(&["contacts_latest_message", "_id"]) {
        Some(contacts) if contacts == latest => Some("contact"),
        Some(_) => Some("agent"),
        None => None,
    }
}

/// The latest message in one line; media without words say what they are.
fn last_words(latest: &crate::model::Message) -> String {
    let line = message::line(latest, TEXT);
    match latest.kind() {
        Some(kind) if line.is_empty() => format!("[{}]", clipped(kind, 30)),
        _ => line,
    }
}

/// When the contact wrote last and when somebody answered last, with channel and words: `last in: 2025-10-15 10:07 web "thanks"; last
/// out: 2025-10-15 10:09 web`, in UTC. None where no conversation has a message. A conversation shows its latest message and the
/// contact's own latest one, so that an answer before the contact's last words is only known to be earlier.
pub fn latest_sides(rows: &[ContactConversation]) -> Option<String> {
    let moment = |at: Option<&str>| at.and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let told = |row: &ContactConversation, message: &crate::model::Message| {
        let channel = clipped(row.channel().unwrap_or_default(), 20);
        format!("{} {channel}", message.at().map(dates::minute).unwrap_or_default()).trim_end().to_owned()
    };
    let (mut last_in, mut last_out) = (None, None);
    for row in rows {
        if let Some(message) = row.contacts_latest_message()
            && let Some(at) = moment(message.at())
            && last_in.as_ref().is_none_or(|(known, _)| *known < at)
        {
            let words = quoted(&last_words(&message), 60);
            last_in = Some((at, format!("{} {words}", told(row, &message))));
        }
        if latest_side(row) == Some("agent")
            && let Some(message) = row.latest_message()
            && let Some(at) = moment(message.at())
            && last_out.as_ref().is_none_or(|(known, _)| *known < at)
        {
            last_out = Some((at, told(row, &message)));
        }
    }
    let last_in = last_in.map(|(_, words)| words);
    let last_out = last_out.map(|(_, words)| words);
    match (last_in, last_out) {
        (None, None) => None,
        (Some(last_in), None) => Some(format!("last in: {last_in}; last out: earlier, if any")),
        (last_in, Some(last_out)) => {
            Some(format!("last in: {}; last out: {last_out}", last_in.as_deref().unwrap_or("none")))
        }
    }
}
