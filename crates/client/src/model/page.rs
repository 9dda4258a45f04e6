//! One page of a list.

/// One page of a list, with the counts the gateway sent.
#[derive(Debug, Clone, Default)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// The envelope's `count`: the grand total, whatever its name says (contract, section 4.1).
    pub count: Option<u64>,
    /// The envelope's `total`: the number of rows in this page.
    pub total: Option<u64>,
    /// Whether the gateway says that another page exists.
    pub has_more: Option<bool>,
    /// Notifications only: how many rows are unread.
    pub unread_count: Option<u64>,
}

impl<T> Page<T> {
    /// The grand total of matching rows, when the page's numbers can be believed.
    ///
    /// The names are the reverse of what everyone expects, and some servers swap them; the larger one is the total,
    /// unless it is smaller than what has been seen (contract, section 4.1).
    pub fn grand_total(&self, skip: u64) -> Option<u64> {
        let seen = skip.saturating_add(self.rows.len() as u64);
        let larger = self.count.max(self.total)?;
        match (self.count, self.total) {
            (Some(_), Some(_)) if larger >= seen => Some(larger),
            // Past the end nothing was seen, so the numbers stand.
            _ if self.rows.is_empty() => Some(larger),
            _ => None,
        }
    }

    /// Whether another page exists: as the gateway says, else by the totals.
    ///
    /// A page without rows is the last one whatever it says, so that nobody asks for the same page for ever.
    pub fn has_more(&self, skip: u64) -> bool {
        if self.rows.is_empty() {
            return false;
        }
        let seen = skip.saturating_add(self.rows.len() as u64);
        self.has_more.unwrap_or_else(|| self.grand_total(skip).is_some_and(|total| seen < total))
    }
}
