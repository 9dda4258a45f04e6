//! The snapshot: each contact's JSON by its id, and how far a crawl has come.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{count, whole};
use crate::Subject;
use crate::error::CleanupError;
use crate::model::{Contact, Record};

/// A crawl that is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Crawl {
    /// Rows to pass over in the next page.
    pub(crate) skip: u64,
    /// Rows of a page.
    pub(crate) limit: u64,
    /// How often the list was gone through before.
    pub(crate) passes: u64,
    /// How often rows had moved between two pages of this pass.
    pub(crate) shifts: u64,
    /// Whether it goes by the gateway's own order, because it refuses to sort by when contacts were made.
    #[serde(default)]
    pub(crate) unsorted: bool,
    /// The newest edit when it began.
    pub(crate) since: String,
    /// The newest contact when it began.
    #[serde(default)]
    pub(crate) made: String,
    /// Rows of this pass without an id that can be read.
    #[serde(default)]
    pub(crate) nameless: u64,
    /// Contacts that are new, over all calls.
    pub(crate) added: u64,
    /// Contacts that are different, over all calls.
    pub(crate) changed: u64,
}

/// What rows brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) added: u64,
    pub(crate) changed: u64,
}

/// A value of the state's own.
pub(crate) fn meta(db: &Connection, name: &str) -> Result<Option<String>, CleanupError> {
    let mut select = db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets or forgets a value of the state's own.
pub(crate) fn set_meta(db: &Connection, name: &str, value: Option<&str>) -> Result<(), CleanupError> {
    match value {
        Some(value) => db
            .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
            .execute(params![name, value])?,
        None => db.execute("DELETE FROM meta WHERE name = ?1", [name])?,
    };
    Ok(())
}

/// Since when bulk writes are paused.
pub(crate) fn paused(db: &Connection) -> Result<Option<String>, CleanupError> {
    meta(db, "paused_since")
}

/// Pauses bulk writes, or lets them go on. Whoever writes sees it before the next contact, in whatever process.
pub(crate) fn set_paused(db: &Connection, since: Option<&str>) -> Result<(), CleanupError> {
    set_meta(db, "paused_since", since)
}

/// Refuses a bulk write while they are paused.
pub(crate) fn refuse_while_paused(db: &Connection) -> Result<(), CleanupError> {
    paused(db)?.map_or(Ok(()), |since| Err(CleanupError::Paused { since }))
}

/// The contacts of the snapshot whose ids begin so, at most two: a short id is the beginning of one.
pub(crate) fn beginning(db: &Connection, start: &str) -> Result<Vec<String>, CleanupError> {
    let mut select =
        db.prepare_cached("SELECT id FROM contact WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 2")?;
    Ok(select.query_map([start], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Returns true if a text may be the beginning of a contact's id.
pub(crate) fn is_short_id(text: &str) -> bool {
    text.strip_prefix("con_").is_some_and(|rest| rest.len() >= 8 && rest.len() < 36)
}

/// The whole id for a short one. What is no short id of one contact comes back as it is.
///
/// # Errors
/// Inside, [`CleanupError::ShortId`] where several contacts begin so.
pub(crate) fn whole_id(db: &Connection, text: &str) -> Result<Result<String, CleanupError>, CleanupError> {
    if !is_short_id(text) || document(db, text)?.is_some() {
        return Ok(Ok(text.to_owned()));
    }
    Ok(match beginning(db, text)?.as_slice() {
        [one] => Ok(one.clone()),
        [] => Ok(text.to_owned()),
        _ => Err(CleanupError::ShortId(text.to_owned())),
    })
}

/// The crawl that is under way.
pub(crate) fn crawl(db: &Connection) -> Result<Option<Crawl>, CleanupError> {
    meta(db, "crawl")?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
}

/// Remembers how far a crawl is.
pub(crate) fn set_crawl(db: &Connection, crawl: Option<&Crawl>) -> Result<(), CleanupError> {
    set_meta(db, "crawl", crawl.map(serde_json::to_string).transpose()?.as_deref())
}

/// Takes rows; with a crawl they count as seen by it. The next edition is theirs.
pub(crate) fn take(db: &Transaction<'_>, rows: &[Contact], seen: bool) -> Result<Difference, CleanupError> {
    let edition = next_edition(db)?;
    let mut difference = Difference::default();
    let mut known = db.prepare_cached("SELECT document FROM contact WHERE id = ?1")?;
    let mut put = db.prepare_cached(
        "INSERT OR REPLACE INTO contact (id, created_at, updated_at, edition, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut mark = db.prepare_cached("INSERT OR IGNORE INTO seen (id) VALUES (?1)")?;
    for row in rows {
        let Some(id) = row.id() else { continue };
        let document = serde_json::to_string(row.record())?;
        // What is no text any more is replaced like any text that differs.
        let before = known.query_row([id], |row| Ok(row.get::<_, String>(0).unwrap_or_default())).optional()?;
        if seen {
            mark.execute([id])?;
        }
        match before {
            Some(before) if before == document => continue,
            Some(_) => difference.changed += 1,
            None => difference.added += 1,
        }
        let (created_at, updated_at) = (row.record().text("created_at"), row.record().text("updated_at"));
        put.execute(params![id, created_at, updated_at, whole(edition), document])?;
        db.prepare_cached("DELETE FROM gone WHERE id = ?1")?.execute([id])?;
    }
    Ok(difference)
}

fn next_edition(db: &Connection) -> Result<u64, CleanupError> {
    let next = edition(db)? + 1;
    set_meta(db, "edition", Some(&next.to_string()))?;
    Ok(next)
}

/// Whether the crawl has seen a contact.
pub(crate) fn is_seen(db: &Connection, id: &str) -> Result<bool, CleanupError> {
    let mut select = db.prepare_cached("SELECT 1 FROM seen WHERE id = ?1")?;
    Ok(select.exists([id])?)
}

/// Notes that a contact is there, so that a crawl that goes on does not ask for it again.
pub(crate) fn see(db: &Connection, id: &str) -> Result<(), CleanupError> {
    db.prepare_cached("INSERT OR IGNORE INTO seen (id) VALUES (?1)")?.execute([id])?;
    Ok(())
}

/// How many contacts the crawl has seen.
pub(crate) fn seen(db: &Connection) -> Result<u64, CleanupError> {
    Ok(count(db.query_row("SELECT count(*) FROM seen", [], |row| row.get(0))?))
}

/// Contacts of the snapshot that the crawl has not seen.
pub(crate) fn unseen(db: &Connection) -> Result<Vec<String>, CleanupError> {
    let mut select = db.prepare_cached("SELECT id FROM contact WHERE id NOT IN (SELECT id FROM seen) ORDER BY id")?;
    Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Forgets contacts.
pub(crate) fn forget(db: &Transaction<'_>, ids: &[String]) -> Result<(), CleanupError> {
    let edition = next_edition(db)?;
    for id in ids {
        db.prepare_cached("DELETE FROM contact WHERE id = ?1")?.execute([id])?;
        db.prepare_cached("INSERT OR REPLACE INTO gone (id, edition) VALUES (?1, ?2)")?
            .execute(params![id, whole(edition)])?;
    }
    Ok(())
}

/// How many rows of the list the last complete pass saw that have no id that can be read.
pub(crate) fn nameless(db: &Connection) -> Result<u64, CleanupError> {
    Ok(meta(db, "nameless")?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// How many contacts there are.
pub(crate) fn contacts(db: &Connection) -> Result<u64, CleanupError> {
    Ok(count(db.query_row("SELECT count(*) FROM contact", [], |row| row.get(0))?))
}

/// How far back the next sync has to read: the newest edit and the newest contact that the last complete pass is known to
/// have covered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Watermarks {
    /// Edits before this moment are in the snapshot.
    pub(crate) edited: String,
    /// Contacts created before this moment are in the snapshot.
    pub(crate) created: String,
}

/// The watermarks of the last complete pass. `None` where no pass has been complete since they are kept.
pub(crate) fn watermarks(db: &Connection) -> Result<Option<Watermarks>, CleanupError> {
    meta(db, "watermarks")?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
}

/// Moves the watermarks after a complete pass. `newest` is what the gateway's lists began with when the pass began, so edits made
/// meanwhile are read again by the next pass. A moment that is still to come at `now` is no watermark: the edits of today would
/// be older. Then the newest believable moment of the snapshot is.
pub(crate) fn set_watermarks(db: &Connection, newest: &Watermarks, now: &str) -> Result<(), CleanupError> {
    let until = |column: &str, newest: &str| -> Result<String, CleanupError> {
        let sql = format!("SELECT coalesce(max({column}), '') FROM contact WHERE {column} <= ?1");
        Ok(db.query_row(&sql, [newest.min(now)], |row| row.get(0))?)
    };
    let marks =
        Watermarks { edited: until("updated_at", &newest.edited)?, created: until("created_at", &newest.created)? };
    set_meta(db, "watermarks", Some(&serde_json::to_string(&marks)?))
}

/// Refuses a question about a contact that the snapshot does not have: none would look like a fact about it.
pub(crate) fn check_is_there(db: &Connection, id: Option<&String>) -> Result<(), CleanupError> {
    match id {
        Some(id) if document(db, id)?.is_none() => Err(CleanupError::NotInList(id.clone())),
        _ => Ok(()),
    }
}

/// One contact's JSON.
pub(crate) fn document(db: &Connection, id: &str) -> Result<Option<String>, CleanupError> {
    let mut select = db.prepare_cached("SELECT document FROM contact WHERE id = ?1")?;
    Ok(select.query_row([id], |row| row.get(0)).optional()?)
}

/// How many bytes the contacts' JSON has, or a little more: the size of the file.
pub(crate) fn size(db: &Connection) -> Result<u64, CleanupError> {
    let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page: i64 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(count(pages) * count(page))
}

/// Shows what is new or different since an edition, in no order; `show` says whether a contact could be read. The edition that it is
/// now, and the ids that are gone.
///
/// # Errors
/// [`CleanupError::Unreadable`] with the number of contacts that could not be read.
pub(crate) fn since(
    db: &Connection,
    edition: u64,
    mut show: impl FnMut(&str) -> bool,
) -> Result<(u64, Vec<String>), CleanupError> {
    // As the table lies: in the order of an index every row is somewhere else in the file.
    let mut select = db.prepare_cached(if edition == 0 {
        "SELECT document FROM contact NOT INDEXED WHERE edition > ?1"
    } else {
        "SELECT document FROM contact WHERE edition > ?1"
    })?;
    let mut rows = select.query([whole(edition)])?;
    let mut unreadable = 0;
    while let Some(row) = rows.next()? {
        // What is no text is shown as an empty one, which nobody can read either.
        unreadable += u64::from(!show(row.get_ref(0)?.as_str().unwrap_or_default()));
    }
    if unreadable > 0 {
        return Err(CleanupError::Unreadable { count: unreadable });
    }
    let mut select = db.prepare_cached("SELECT id FROM gone WHERE edition > ?1")?;
    let gone = select.query_map([whole(edition)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok((self::edition(db)?, gone))
}

/// The newest edition.
pub(crate) fn edition(db: &Connection) -> Result<u64, CleanupError> {
    Ok(meta(db, "edition")?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// When the snapshot was complete last.
pub(crate) fn synced_at(db: &Connection) -> Result<jiff::Timestamp, CleanupError> {
    meta(db, "synced_at")?.and_then(|text| text.parse().ok()).ok_or(CleanupError::NoSnapshot)
}

/// A contact as the snapshot keeps it.
pub(crate) fn read(document: &str) -> Result<Contact, CleanupError> {
    let record: Record = serde_json::from_str(document).map_err(|_| CleanupError::Unreadable { count: 1 })?;
    Ok(Contact::from(record))
}

/// Shows every contact.
pub(crate) fn each(db: &Connection, mut show: impl FnMut(&Subject<'_>)) -> Result<(), CleanupError> {
    since(db, 0, |document| {
        let subject = Subject::read(document);
        subject.as_ref().is_ok_and(|subject| {
            show(subject);
            true
        })
    })?;
    Ok(())
}

/// Contacts by their ids, as the snapshot has them; those that are gone are left out.
pub(crate) fn members<'a>(
    db: &Connection,
    ids: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Contact>, CleanupError> {
    let mut members = BTreeMap::new();
    for id in ids {
        if !members.contains_key(id)
            && let Some(document) = document(db, id)?
        {
            members.insert(id.clone(), read(&document)?);
        }
    }
    Ok(members)
}
