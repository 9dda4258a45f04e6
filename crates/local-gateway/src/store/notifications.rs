//! Notifications of one user.

use rusqlite::{Connection, params, params_from_iter};

use super::{Slice, Store, StoreError, Window, count, places, texts};

/// Which notifications: the tabs are the hundreds of the type (contract, 4.5; the mapping is inferred there).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tab {
    /// Every one.
    All,
    /// Those of one hundred.
    Hundred(i64),
}

impl Tab {
    /// Reads the `type` query; an unknown word matches nothing.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        match text {
            None => Self::All,
            Some("assigns") => Self::Hundred(1),
            Some("conversations") => Self::Hundred(2),
            Some("teams") => Self::Hundred(3),
            Some(_) => Self::Hundred(0),
        }
    }

    /// The smallest and largest type.
    fn range(self) -> (i64, i64) {
        match self {
            Self::All => (0, 999),
            Self::Hundred(hundred) => (hundred * 100, hundred * 100 + 99),
        }
    }
}

impl Store {
    /// A page of a user's notifications, newest first, and how many of the tab are unread.
    pub(crate) fn notifications(&self, user: &str, tab: Tab, window: Window) -> Result<(Slice, u64), StoreError> {
        let (least, most) = tab.range();
        self.read(|db| {
            let page = "SELECT head || CASE is_read WHEN 0 THEN ',\"is_read\":false' ELSE ',\"is_read\":true' END || tail \
                        FROM notification WHERE recipient = ?1 AND kind BETWEEN ?2 AND ?3 \
                        ORDER BY created_at DESC, row DESC LIMIT ?4 OFFSET ?5";
            let (limit, skip) = (window.limit.cast_signed(), window.skip.min(1 << 40).cast_signed());
            let rows = texts(db, page, params![user, least, most, limit, skip])?;
            let counted = "SELECT count(*) FROM notification WHERE recipient = ?1 AND kind BETWEEN ?2 AND ?3";
            let all = count(db, counted, params![user, least, most])?;
            let unread = count(db, &format!("{counted} AND is_read = 0"), params![user, least, most])?;
            Ok((Slice { rows, count: all }, unread))
        })
    }

    /// Marks some as read.
    pub(crate) fn mark_read(&self, user: &str, ids: &[String]) -> Result<(), StoreError> {
        by_ids(&self.writer(), "UPDATE notification SET is_read = 1", user, ids)
    }

    /// Removes some.
    pub(crate) fn dismiss(&self, user: &str, ids: &[String]) -> Result<(), StoreError> {
        by_ids(&self.writer(), "DELETE FROM notification", user, ids)
    }

    /// Removes a whole tab, or all.
    pub(crate) fn dismiss_all(&self, user: &str, tab: Tab) -> Result<(), StoreError> {
        let (least, most) = tab.range();
        let sql = "DELETE FROM notification WHERE recipient = ?1 AND kind BETWEEN ?2 AND ?3";
        self.writer().prepare_cached(sql)?.execute(params![user, least, most])?;
        Ok(())
    }
}

/// Does something to the user's notifications of these ids; others' and unknown ones are passed over.
fn by_ids(db: &Connection, action: &str, user: &str, ids: &[String]) -> Result<(), StoreError> {
    for chunk in ids.chunks(500) {
        let sql = format!("{action} WHERE recipient = ?1 AND id IN ({})", places(1, chunk.len()));
        let values = std::iter::once(user).chain(chunk.iter().map(String::as_str));
        db.execute(&sql, params_from_iter(values))?;
    }
    Ok(())
}
