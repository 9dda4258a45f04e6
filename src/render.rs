//! From facts to few tokens: what a tool's answer looks like to a model.

pub mod budget;
mod change;
mod comment;
mod contact;
mod conversation;
mod csv;
mod dates;
mod file;
mod lossless;
mod message;
mod notification;
mod receipt;
mod span;
mod structured;
mod table;
mod unreadable;
pub mod untrusted;
mod view;

pub use budget::Budget;
pub use change::{change, spelled};
pub use comment::{CommentRow, comment_card, comment_rows};
pub use contact::{contact_card, contact_whole};
pub use conversation::latest_sides;
pub use dates::list_age;
pub use lossless::Lossless;
pub use receipt::{changes, receipt, unlike};
pub use span::{Span, Units};
pub use structured::{Shape, structured};
pub use table::{Cell, Table};
pub use unreadable::{Expected, ExpectedField, unreadable, unreadable_rows};
pub use untrusted::{clean, clipped, quoted, shown};
pub use view::{Fields, Listing, Noun, UnknownField, list};

/// What a tool answers, before it is text.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A list in chosen columns.
    Table(Table),
    /// Objects whole, value for value.
    Lossless(Lossless),
    /// One object as `key: value` lines.
    Card(Vec<(String, Cell)>),
    /// Lines of ours, customer text in them quoted: receipts and single sentences.
    Lines(Vec<String>),
}

impl Reply {
    /// With a note of arguments that the tool does not have and left out, so that nobody takes the answer for one to them.
    #[must_use]
    pub fn with_ignored(mut self, names: &[String]) -> Self {
        let (shown, more) = names.split_at(names.len().min(3));
        if shown.is_empty() {
            return self;
        }
        let shown = shown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let note = format!("ignored, this tool has no such argument: {shown}{more}");
        match &mut self {
            Self::Table(table) => table.notes.push(note),
            Self::Lossless(lossless) => lossless.notes.push(note),
            Self::Card(fields) => fields.push(("note".to_owned(), Cell::Text(note))),
            Self::Lines(lines) => lines.push(note),
        }
        self
    }
}

/// The reply as the text that a model reads.
pub fn text(reply: &Reply) -> String {
    text_within(reply, Budget::default())
}

/// The reply as text within a budget of one's own.
pub fn text_within(reply: &Reply, budget: Budget) -> String {
    match reply {
        Reply::Table(table) => table.text(budget),
        Reply::Lossless(lossless) => lossless.text(budget),
        Reply::Card(fields) => budget.lines(fields.iter().map(|(name, cell)| format!("{name}: {}", cell.shown()))),
        Reply::Lines(lines) => budget.lines(lines.iter().cloned()),
    }
}
