//! A colleague's comment as a row.

use super::contact::{id, text};
use super::span::Units;
use super::table::Cell;
use super::unreadable::{Expected, ExpectedField, unreadable_rows};
use super::untrusted::clipped;
use super::view::{Column, Listing, Noun};
use super::{Reply, dates, message};
use crate::ids::ShortIds;
use crate::model::{Comment, CommentedMessage, Page, Record};

/// A comment together with what it is a comment on.
#[derive(Debug, Clone)]
pub struct CommentRow {
    comment: Comment,
    message: String,
}

impl CommentRow {
    /// The comments of a message.
    pub fn of(commented: &CommentedMessage) -> Vec<Self> {
        let line = message::line(&commented.message(), 80);
        commented.comments().map(|comment| Self { comment, message: line.clone() }).collect()
    }

    /// The comment's id.
    pub fn id(&self) -> Option<&str> {
        self.comment.id()
    }
}

impl Noun for CommentRow {
    // The gateway counts the messages that carry them.
    const PLURAL: &'static str = "comments on messages";
    const COLUMNS: &'static [Column<Self>] = &[
        Column { name: "id", cell: |row, short_ids| id(row.comment.id(), short_ids) },
        Column { name: "at", cell: |row, _| dates::day_cell(row.comment.at()) },
        Column { name: "author", cell: |row, _| text(row.comment.author(), 40) },
        Column { name: "text", cell: |row, _| text(row.comment.text(), 600) },
        Column {
            name: "labels",
            cell: |row, _| Cell::text(clipped(&row.comment.labels().collect::<Vec<_>>().join("+"), 80)),
        },
    ];
    const EXTRA: &'static [Column<Self>] =
        &[Column { name: "message", cell: |row, _| Cell::text(row.message.clone()) }];
    const RAW: &'static [&'static str] = &["channel_type", "created_at", "updated_at"];
    const EXPECTED: &'static [ExpectedField] = &[
        ("_id", Expected::Text),
        ("id", Expected::Text),
        ("channel_type", Expected::Text),
        ("created_at", Expected::Text),
        ("text", Expected::Text),
        ("from", Expected::TextOrObject),
        ("from.display_name", Expected::Text),
        ("content", Expected::TextOrObject),
        ("content.text", Expected::Text),
        ("labels", Expected::TextsOrObjects),
    ];

    fn record(&self) -> &Record {
        self.comment.record()
    }
}

/// What the messages that carry comments are expected to hold.
const ON_MESSAGES: &[ExpectedField] = &[("comments", Expected::Objects)];

/// The comments of a page of messages, with the page's own count: the gateway counts messages, not comments.
pub fn comment_rows(page: &Page<CommentedMessage>, listing: &mut Listing) -> Vec<CommentRow> {
    let mut of_rows = Vec::new();
    let mut rows = Vec::new();
    for (message, unit) in page.rows.iter().zip(0..) {
        let comments = CommentRow::of(message);
        of_rows.resize(of_rows.len() + comments.len(), unit);
        rows.extend(comments);
    }
    listing.notes.extend(unreadable_rows("message", page.rows.iter().map(CommentedMessage::record), ON_MESSAGES));
    listing.span.units = Some(Units { of_rows, held: page.rows.len() as u64 });
    rows
}

/// One comment as `key: value` lines, with the message it is on.
pub fn comment_card(row: &CommentRow, short_ids: &ShortIds) -> Reply {
    let columns = CommentRow::COLUMNS.iter().chain(CommentRow::EXTRA);
    let lines = columns.map(|column| (column.name.to_owned(), (column.cell)(row, short_ids)));
    Reply::Card(lines.filter(|(_, cell)| !cell.is_empty()).collect())
}
