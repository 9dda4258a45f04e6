//! A notification as a row.

use super::contact::{id, text};
use super::dates;
use super::table::Cell;
use super::unreadable::{Expected, ExpectedField};
use super::untrusted::clipped;
use super::view::{Column, Noun};
use crate::model::{Notification, NotificationTab, Record};

impl Noun for Notification {
    const PLURAL: &'static str = "notifications";
    const COLUMNS: &'static [Column<Self>] = &[
        Column { name: "id", cell: |row, short_ids| id(row.id(), short_ids) },
        Column { name: "kind", cell: |row, _| Cell::maybe(row.kind().map(kind)) },
        Column { name: "read", cell: |row, _| row.is_read().map_or(Cell::Empty, Cell::Flag) },
        Column { name: "at", cell: |row, _| dates::minute_cell(row.at()) },
        Column { name: "contact", cell: |row, _| text(contact_name(row), 60) },
        Column { name: "channel", cell: |row, _| text(row.channel(), 20) },
        Column { name: "conversation", cell: |row, short_ids| id(row.participant_id(), short_ids) },
        Column { name: "text", cell: |row, _| Cell::text(words(row)) },
    ];
    const EXTRA: &'static [Column<Self>] = &[
        Column { name: "from", cell: |row, _| text(row.sender(), 60) },
        Column { name: "title", cell: |row, _| text(row.title(), 80) },
        Column {
            name: "leads_to",
            cell: |row, short_ids| {
                let ids: Vec<String> = row.actions().map(|(_, id)| clipped(&short_ids.show(id), 80)).collect();
                Cell::text(ids.join("+"))
            },
        },
    ];
    const RAW: &'static [&'static str] =
        &["type", "recipient", "action_disable", "grab_type", "grab_at", "approved_at", "approver"];
    const EXPECTED: &'static [ExpectedField] = &[
        ("_id", Expected::Text),
        ("id", Expected::Text),
        ("type", Expected::Number),
        ("is_read", Expected::Flag),
        ("created_at", Expected::Text),
        ("title", Expected::Text),
        ("channel_type", Expected::Text),
        ("content", Expected::TextOrObject),
        ("content.text", Expected::Text),
        ("from", Expected::TextOrObject),
        ("action_to", Expected::Object),
    ];

    fn record(&self) -> &Record {
        self.record()
    }
}

/// A type's number in words (contract, section 4.5); an unknown number stays a number.
fn kind(number: i64) -> String {
    let word = match number {
        101 => "crm assigned",
        201 => "new conversation",
        202 => "conversation to grab",
        203 => "conversation invite",
        204 => "conversation assigned",
        301 => "team invite",
        302 => "join request",
        303 => "invite approved",
        304 => "join approved",
        305 => "admin can leave",
        _ => return number.to_string(),
    };
    word.to_owned()
}

/// The contact's name, which a conversation's title holds before `@` and a day.
fn contact_name(row: &Notification) -> Option<&str> {
    let title = row.title().filter(|_| row.tab() == Some(NotificationTab::Conversations))?;
    Some(title.rsplit_once('@').map_or(title, |(name, _)| name))
}

/// What it says: the content, and the title where that is no contact.
fn words(row: &Notification) -> String {
    let title = row.title().filter(|_| row.tab() != Some(NotificationTab::Conversations));
    let parts: Vec<&str> = [title, row.content()].into_iter().flatten().collect();
    clipped(&parts.join(": "), 160)
}
