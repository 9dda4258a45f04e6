//! Which part of a list an answer shows, and the honest first line that says so.

/// Which rows of a list these are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// How many rows were passed over.
    pub skip: u64,
    /// How many rows match in all, when known.
    pub total: Option<u64>,
    /// Whether more rows follow the ones at hand.
    pub more: bool,
    /// Where the gateway counts something that holds several rows or none, such as messages with comments: what.
    pub units: Option<Units>,
}

/// What the gateway counts instead of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// For each row, which unit of the page it belongs to, counted from 0; never falling.
    pub of_rows: Vec<u64>,
    /// How many units the page holds.
    pub held: u64,
}

impl Span {
    /// The first line of a list of which `shown` rows are shown.
    pub(super) fn head(&self, title: &str, shown: usize, held: usize) -> String {
        let last = self.after(shown, held);
        let mut head = format!("# {title} {}-{last}", self.skip + 1);
        if let Some(total) = self.total {
            head.push_str(&format!(" of {total}"));
        }
        if self.more || shown < held {
            head.push_str(&format!("; next: skip={last}"));
        }
        if self.passes_over(shown, held) {
            head.push_str("; the first has more than one answer holds");
        }
        head
    }

    /// Whether a unit is cut that would be shown from its beginning for ever, so that its rest is passed over.
    fn passes_over(&self, shown: usize, held: usize) -> bool {
        shown < held && self.units.as_ref().is_some_and(|units| units.of_rows.get(shown) == Some(&0))
    }

    /// Where the list goes on after `shown` of its `held` rows.
    ///
    /// A unit that is cut in the middle is shown again from its beginning, unless that would never get any further.
    pub(super) fn after(&self, shown: usize, held: usize) -> u64 {
        let passed = match &self.units {
            None => shown as u64,
            Some(units) if shown >= held => units.held,
            Some(units) => units.of_rows.get(shown).copied().unwrap_or(units.held).max(1),
        };
        self.skip + passed
    }

    /// What to say instead of a first row that no answer holds; the next one is what follows it.
    pub(super) fn left_out(&self, title: &str, what: &str, held: usize) -> String {
        let number = self.skip + 1;
        let next = if self.more || held > 1 { format!("; next: skip={number}") } else { String::new() };
        format!("# {title} {number}: {what}{next}")
    }
}
