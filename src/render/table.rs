//! The one table writer: head lines that begin with `#`, then CSV rows (RFC 4180).
//!
//! What every row says is said once in the head; what no row has is named once; columns that are always filled come
//! first and the empty ends of rows are cut, so that a sparse row costs what it holds.

use std::borrow::Cow;

use super::budget::Budget;
use super::csv::Row;
use super::span::Span;
use super::untrusted::clipped;

/// One value in a table. Text is clean before it gets here.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text, cleaned.
    Text(String),
    /// A day or a minute, beginning with its year.
    Moment(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl Cell {
    /// A text cell; an empty text is [`Cell::Empty`].
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A cell of an optional text that is clean already.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The cell as it stands in a row.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Moment(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Flag(true) => Cow::Borrowed("yes"),
            Self::Flag(false) => Cow::Borrowed("no"),
        }
    }
}

/// A list of rows with the same columns.
#[derive(Debug, Clone)]
pub struct Table {
    /// What the rows are, such as `contacts`. Ours, or cleaned.
    pub title: String,
    /// Which rows they are.
    pub span: Span,
    /// Further head lines, without the `# `. Ours, or with quoted data.
    pub notes: Vec<String>,
    /// The names of the columns.
    pub columns: Vec<&'static str>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// What to say when there are no rows, after the title: `none …`.
    pub none: String,
}

/// What is said where.
pub(super) struct Layout<'a> {
    /// Indices of the columns that rows show, in their order.
    pub(super) shown: Vec<usize>,
    /// The columns that say the same in every row, with what they say.
    pub(super) constant_cells: Vec<(&'static str, &'a Cell)>,
    /// Names of the columns that no row fills.
    empty: Vec<&'static str>,
    /// The columns whose moments all fall into one year, with the year: it is said once, not in every row.
    years: Vec<(&'static str, &'a str)>,
}

impl Table {
    /// The table as text, cut at a row where the budget ends.
    pub fn text(&self, budget: Budget) -> String {
        if self.rows.is_empty() {
            let head = match (self.span.skip, self.span.total) {
                (skip @ 1.., Some(total)) => format!("# {}: none at skip={skip} of {total}", self.title),
                // A page of messages may hold no comment, and the next one some.
                _ if self.span.more => format!("# {}: {}; next: skip={}", self.title, self.none, self.span.after(0, 0)),
                _ => format!("# {}: {}", self.title, self.none),
            };
            return std::iter::once(head)
                .chain(self.notes.iter().map(|note| format!("# {note}")))
                .collect::<Vec<_>>()
                .join("\n");
        }
        // Where not even one row fits whole, its cells are cut shorter, and shorter again.
        let fits = [usize::MAX, 60, 15].into_iter().find_map(|most| self.fill(budget, most));
        let too_long = "left out, it is more than one answer holds";
        fits.unwrap_or_else(|| self.span.left_out(&self.title, too_long, self.rows.len()))
    }

    /// The table with cells of at most `most` characters; `None` when the budget does not hold one row of it.
    fn fill(&self, budget: Budget, most: usize) -> Option<String> {
        let layout = self.layout();
        let mut head: Vec<String> = self.notes.iter().map(|note| format!("# {note}")).collect();
        if !layout.constant_cells.is_empty() {
            let said =
                layout.constant_cells.iter().map(|(name, cell)| format!("{name}={}", bare(&cut(cell.shown(), most))));
            head.push(format!("# every row: {}", said.collect::<Vec<_>>().join(" ")));
        }
        if !layout.empty.is_empty() {
            head.push(format!("# empty in every row: {}", layout.empty.join(" ")));
        }
        head.extend(layout.years.iter().map(|(name, year)| format!("# year of {name}: {year}")));
        head.push(
            layout.shown.iter().filter_map(|index| self.columns.get(*index).copied()).collect::<Vec<_>>().join(","),
        );
        let has_year = |index: &usize| layout.years.iter().any(|(name, _)| self.columns.get(*index) == Some(name));
        let shown: Vec<(usize, bool)> = layout.shown.iter().map(|index| (*index, has_year(index))).collect();
        let mut line = Row::default();
        let write = |place: usize, text: &mut String| {
            let row = self.rows.get(place).map_or(&[][..], Vec::as_slice);
            for (index, has_year) in &shown {
                let cell = row.get(*index).unwrap_or(&Cell::Empty);
                line.push(&cut(if *has_year { without_year(cell) } else { cell.shown() }, most));
            }
            line.finish(text);
        };
        budget.fill(&head, self.rows.len(), write, |shown| self.span.head(&self.title, shown, self.rows.len()))
    }

    /// The year that all moments of a column share, where three rows or more make it worth a line.
    fn year(&self, index: usize) -> Option<&str> {
        let mut moments = self.rows.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty());
        let Some(Cell::Moment(first)) = moments.clone().next() else { return None };
        let shared = first.get(..4)?;
        let all = moments.all(|cell| matches!(cell, Cell::Moment(text) if text.starts_with(shared)));
        (self.rows.len() >= 3 && all).then_some(shared)
    }

    pub(super) fn layout(&self) -> Layout<'_> {
        let mut layout = Layout { shown: Vec::new(), constant_cells: Vec::new(), empty: Vec::new(), years: Vec::new() };
        let (mut sparse, mut constant) = (Vec::new(), Vec::new());
        for (index, name) in self.columns.iter().enumerate() {
            let cells = || self.rows.iter().map(|row| row.get(index).unwrap_or(&Cell::Empty));
            let filled = cells().filter(|cell| !cell.is_empty()).count();
            let first = cells().next().unwrap_or(&Cell::Empty);
            if filled == 0 {
                layout.empty.push(name);
            } else if self.rows.len() > 1 && cells().all(|cell| cell == first) {
                constant.push((index, (*name, first)));
            } else if filled == self.rows.len() {
                layout.shown.push(index);
            } else {
                sparse.push((filled, index));
            }
        }
        // Fullest first, so that the ends of rows that can be cut are as long as possible.
        sparse.sort_by_key(|(filled, _)| std::cmp::Reverse(*filled));
        layout.shown.extend(sparse.into_iter().map(|(_, index)| index));
        if layout.shown.is_empty() {
            // Rows that do not differ are still rows: one column stays, so that they can be counted.
            layout.shown.push(constant.first().map_or(0, |(index, _)| *index));
            layout.empty.retain(|name| !constant.is_empty() || self.columns.first() != Some(name));
        }
        let years = layout.shown.iter().filter_map(|index| Some((*self.columns.get(*index)?, self.year(*index)?)));
        layout.years = years.collect();
        let hoisted = constant.into_iter().filter(|(index, _)| !layout.shown.contains(index));
        layout.constant_cells.extend(hoisted.map(|(_, pair)| pair));
        layout
    }
}

/// A moment without its year: `10-15 09:40`.
fn without_year(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Moment(text) => Cow::Borrowed(text.get(5..).unwrap_or(text)),
        other => other.shown(),
    }
}

/// A value in a head line: as it is when nothing in it can be misread there, else in quotes, those in it doubled.
pub(super) fn bare(value: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_.:/@+#".contains(c);
    if value.chars().all(plain) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(format!("\"{}\"", value.replace('"', "\"\"")))
    }
}

/// A cell of at most `most` characters.
fn cut(cell: Cow<'_, str>, most: usize) -> Cow<'_, str> {
    if cell.len() <= most { cell } else { Cow::Owned(clipped(&cell, most)) }
}
