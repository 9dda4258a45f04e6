//! The snapshot: each contact's JSON by its id, and how far a crawl has come.

use std::collections::{BTreeMap, HashMap};

use imbrace_contacts_store::sql::{Database, Transaction, Value};
use imbrace_contacts_store::values;
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
pub(crate) fn meta(db: &Database, name: &str) -> Result<Option<String>, CleanupError> {
    Ok(db.query_optional("SELECT value FROM meta WHERE name = ?1", values![name], |row| row.get(0))?)
}

/// Sets or forgets a value of the state's own.
pub(crate) fn set_meta(db: &Database, name: &str, value: Option<&str>) -> Result<(), CleanupError> {
    match value {
        Some(value) => {
            let set = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            db.execute(set, values![name, value])?
        }
        None => db.execute("DELETE FROM meta WHERE name = ?1", values![name])?,
    };
    Ok(())
}

/// Since when bulk writes are paused.
pub(crate) fn paused(db: &Database) -> Result<Option<String>, CleanupError> {
    meta(db, "paused_since")
}

/// Pauses bulk writes, or lets them go on. Whoever writes sees it before the next contact, in whatever process.
pub(crate) fn set_paused(db: &Database, since: Option<&str>) -> Result<(), CleanupError> {
    set_meta(db, "paused_since", since)
}

/// Refuses a bulk write while they are paused.
pub(crate) fn refuse_while_paused(db: &Database) -> Result<(), CleanupError> {
    paused(db)?.map_or(Ok(()), |since| Err(CleanupError::Paused { since }))
}

/// The contacts of the snapshot whose ids begin so, at most two: a short id is the beginning of one.
pub(crate) fn beginning(db: &Database, start: &str) -> Result<Vec<String>, CleanupError> {
    let sql = "SELECT id FROM contact WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 2";
    Ok(db.query(sql, values![start], |row| row.get(0))?)
}

/// Returns true if a text may be the beginning of a contact's id.
pub(crate) fn is_short_id(text: &str) -> bool {
    text.strip_prefix("con_").is_some_and(|rest| rest.len() >= 8 && rest.len() < 36)
}

/// The whole id for a short one. What is no short id of one contact comes back as it is.
///
/// # Errors
/// Inside, [`CleanupError::ShortId`] where several contacts begin so.
pub(crate) fn whole_id(db: &Database, text: &str) -> Result<Result<String, CleanupError>, CleanupError> {
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
pub(crate) fn crawl(db: &Database) -> Result<Option<Crawl>, CleanupError> {
    meta(db, "crawl")?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
}

/// Remembers how far a crawl is.
pub(crate) fn set_crawl(db: &Database, crawl: Option<&Crawl>) -> Result<(), CleanupError> {
    set_meta(db, "crawl", crawl.map(serde_json::to_string).transpose()?.as_deref())
}

/// The end of the statement that inserts contacts: a contact that is there already is replaced.
const REPLACE_CONTACT: &str = "ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at, \
                               updated_at = excluded.updated_at, edition = excluded.edition, document = excluded.document";

/// Takes rows; with a crawl they count as seen by it. The next edition is theirs.
pub(crate) fn take(db: &Transaction<'_>, rows: &[Contact], seen: bool) -> Result<Difference, CleanupError> {
    let edition = next_edition(db)?;
    let mut difference = Difference::default();
    let mut ids: Vec<&str> = rows.iter().filter_map(Contact::id).collect();
    ids.sort_unstable();
    ids.dedup();
    let keys: Vec<Value<'_>> = ids.into_iter().map(Value::from).collect();
    // A value that is no text any more is replaced like any text that differs.
    let known = db.query_by_key(("SELECT id, document FROM contact", "id"), &keys, |row| {
        Ok::<_, CleanupError>((row.text(0).to_owned(), row.text(1).to_owned()))
    })?;
    let mut known: HashMap<String, String> = known.into_iter().collect();
    let mut put: BTreeMap<&str, &Contact> = BTreeMap::new();
    for row in rows {
        let Some(id) = row.id() else { continue };
        let document = serde_json::to_string(row.record())?;
        match known.get(id) {
            Some(before) if *before == document => continue,
            Some(_) => difference.changed += 1,
            None => difference.added += 1,
        }
        known.insert(id.to_owned(), document);
        put.insert(id, row);
    }
    if seen {
        let seen: Vec<[Value<'_>; 1]> = keys.iter().map(|key| [*key]).collect();
        db.insert_many(("seen", &["id"]), "ON CONFLICT DO NOTHING", &seen)?;
    }
    let edition = whole(edition);
    let new = put.iter().map(|(id, row)| {
        let (created_at, updated_at) = (row.record().text("created_at"), row.record().text("updated_at"));
        let document = known.get(*id).map(String::as_str);
        [Value::from(*id), created_at.into(), updated_at.into(), edition.into(), document.into()]
    });
    let columns = ["id", "created_at", "updated_at", "edition", "document"];
    db.insert_many(("contact", &columns), REPLACE_CONTACT, &new.collect::<Vec<_>>())?;
    db.delete_by_key(("gone", "id"), &put.keys().map(|id| Value::from(*id)).collect::<Vec<_>>())?;
    Ok(difference)
}

fn next_edition(db: &Database) -> Result<u64, CleanupError> {
    let next = edition(db)? + 1;
    set_meta(db, "edition", Some(&next.to_string()))?;
    Ok(next)
}

/// Whether the crawl has seen a contact.
pub(crate) fn is_seen(db: &Database, id: &str) -> Result<bool, CleanupError> {
    Ok(db.value("SELECT EXISTS (SELECT 1 FROM seen WHERE id = ?1)", values![id])?)
}

/// Notes that a contact is there, so that a crawl that goes on does not ask for it again.
pub(crate) fn see(db: &Database, id: &str) -> Result<(), CleanupError> {
    db.execute("INSERT INTO seen (id) VALUES (?1) ON CONFLICT DO NOTHING", values![id])?;
    Ok(())
}

/// How many contacts the crawl has seen.
pub(crate) fn seen(db: &Database) -> Result<u64, CleanupError> {
    Ok(count(db.value("SELECT count(*) FROM seen", &[])?))
}

/// Contacts of the snapshot that the crawl has not seen.
pub(crate) fn unseen(db: &Database) -> Result<Vec<String>, CleanupError> {
    let sql = "SELECT id FROM contact WHERE id NOT IN (SELECT id FROM seen) ORDER BY id";
    Ok(db.query(sql, &[], |row| row.get(0))?)
}

/// Forgets contacts.
pub(crate) fn forget(db: &Transaction<'_>, ids: &[String]) -> Result<(), CleanupError> {
    let edition = next_edition(db)?;
    let keys: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
    db.delete_by_key(("contact", "id"), &keys)?;
    let gone: Vec<[Value<'_>; 2]> = keys.iter().map(|key| [*key, whole(edition).into()]).collect();
    let replace = "ON CONFLICT (id) DO UPDATE SET edition = excluded.edition";
    Ok(db.insert_many(("gone", &["id", "edition"]), replace, &gone)?)
}

/// How many rows of the list the last complete pass saw that have no id that can be read.
pub(crate) fn nameless(db: &Database) -> Result<u64, CleanupError> {
    Ok(meta(db, "nameless")?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// How many contacts there are.
pub(crate) fn contacts(db: &Database) -> Result<u64, CleanupError> {
    Ok(count(db.value("SELECT count(*) FROM contact", &[])?))
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
pub(crate) fn watermarks(db: &Database) -> Result<Option<Watermarks>, CleanupError> {
    meta(db, "watermarks")?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
}

/// Moves the watermarks after a complete pass. `newest` is what the gateway's lists began with when the pass began, so edits made
/// meanwhile are read again by the next pass. A moment that is still to come at `now` is no watermark: the edits of today would
/// be older. Then the newest believable moment of the snapshot is.
pub(crate) fn set_watermarks(db: &Database, newest: &Watermarks, now: &str) -> Result<(), CleanupError> {
    let until = |column: &str, newest: &str| -> Result<String, CleanupError> {
        let sql = format!("SELECT coalesce(max({column}), '') FROM contact WHERE {column} <= ?1");
        Ok(db.value(&sql, values![newest.min(now)])?)
    };
    let marks =
        Watermarks { edited: until("updated_at", &newest.edited)?, created: until("created_at", &newest.created)? };
    set_meta(db, "watermarks", Some(&serde_json::to_string(&marks)?))
}

/// Refuses a question about a contact that the snapshot does not have: none would look like a fact about it.
pub(crate) fn check_is_there(db: &Database, id: Option<&String>) -> Result<(), CleanupError> {
    match id {
        Some(id) if document(db, id)?.is_none() => Err(CleanupError::NotInList(id.clone())),
        _ => Ok(()),
    }
}

/// One contact's JSON.
pub(crate) fn document(db: &Database, id: &str) -> Result<Option<String>, CleanupError> {
    Ok(db.query_optional("SELECT document FROM contact WHERE id = ?1", values![id], |row| row.get(0))?)
}

/// How many bytes the contacts' JSON has, or a little more: the size of the file.
pub(crate) fn size(db: &Database) -> Result<u64, CleanupError> {
    Ok(db.bytes()?)
}

/// Shows what is new or different since an edition, in no order; `show` says whether a contact could be read. The edition that it is
/// now, and the ids that are gone.
///
/// # Errors
/// [`CleanupError::Unreadable`] with the number of contacts that could not be read.
pub(crate) fn since(
    db: &Database,
    edition: u64,
    mut show: impl FnMut(&str) -> bool,
) -> Result<(u64, Vec<String>), CleanupError> {
    let since = [Value::from(whole(edition))];
    // All of them as the table lies: in the order of an index every row is somewhere else in the file.
    let (sql, values) = match edition {
        0 => ("SELECT document FROM contact", &since[..0]),
        _ => ("SELECT document FROM contact WHERE edition > ?1", &since[..]),
    };
    let mut unreadable = 0;
    db.each(sql, values, |row| {
        // What is no text is shown as an empty one, which nobody can read either.
        unreadable += u64::from(!show(row.text(0)));
        Ok::<_, CleanupError>(())
    })?;
    if unreadable > 0 {
        return Err(CleanupError::Unreadable { count: unreadable });
    }
    let gone = db.query("SELECT id FROM gone WHERE edition > ?1", &since, |row| row.get(0))?;
    Ok((self::edition(db)?, gone))
}

/// The newest edition.
pub(crate) fn edition(db: &Database) -> Result<u64, CleanupError> {
    Ok(meta(db, "edition")?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// When the snapshot was complete last.
pub(crate) fn synced_at(db: &Database) -> Result<jiff::Timestamp, CleanupError> {
    meta(db, "synced_at")?.and_then(|text| text.parse().ok()).ok_or(CleanupError::NoSnapshot)
}

/// A contact as the snapshot keeps it.
pub(crate) fn read(document: &str) -> Result<Contact, CleanupError> {
    let record: Record = serde_json::from_str(document).map_err(|_| CleanupError::Unreadable { count: 1 })?;
    Ok(Contact::from(record))
}

/// Shows every contact.
pub(crate) fn each(db: &Database, mut show: impl FnMut(&Subject<'_>)) -> Result<(), CleanupError> {
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
    db: &Database,
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
