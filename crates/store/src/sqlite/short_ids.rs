//! Short ids: given out once for all processes of a tenant, and never to two ids.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::short_id::{halves, kept, look_alike, nearest_of, swapped};
use crate::{Found, Known, LongId, Tenant, TenantUsage};

/// The tenant's number; none where nothing was given out.
fn number(db: &Connection, tenant: &Tenant) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT number FROM tenant WHERE key = ?1")?.query_row([tenant.key], |row| row.get(0)).optional()
}

/// A row that was given out and not forgotten: short, id, shown.
fn known(row: &Row<'_>) -> rusqlite::Result<Option<Known>> {
    let short: String = row.get(0)?;
    let (bytes, shown): (Vec<u8>, i64) = (row.get(1)?, row.get(2)?);
    let id = kept(&short, &bytes);
    Ok(id.map(|id| Known { short, id, shown }))
}

fn exactly(db: &Connection, tenant: i64, short: &str) -> rusqlite::Result<Option<Known>> {
    let row = db
        .prepare_cached("SELECT short, id, shown FROM short_id WHERE tenant = ?1 AND short = ?2")?
        .query_row(params![tenant, short], known)
        .optional()?;
    Ok(row.flatten())
}

pub(super) fn look_up(db: &Connection, tenant: &Tenant, shorts: &[String]) -> rusqlite::Result<Vec<Found>> {
    let Some(tenant) = number(db, tenant)? else {
        return Ok(shorts.iter().map(|_| Found::Unknown(Vec::new())).collect());
    };
    let find = |short: &String| match exactly(db, tenant, short)? {
        Some(known) => Ok(Found::Known(known)),
        None => Ok(Found::Unknown(nearest(db, tenant, short)?)),
    };
    shorts.iter().map(find).collect()
}

/// A row: the short id, and what it stands for where it was not forgotten.
type Taken = (String, Option<Known>);

/// Every short id that shares the first half of an id's shortest form. Whatever form the id has, it is among them.
fn beginning_alike(db: &Connection, tenant: i64, id: &LongId) -> rusqlite::Result<Vec<Taken>> {
    let forms = id.forms();
    let (head, _) = halves(forms.first().map(String::as_str).unwrap_or_default());
    let mut select =
        db.prepare_cached("SELECT short, id, shown FROM short_id WHERE tenant = ?1 AND short >= ?2 AND short < ?3")?;
    // No digit comes after `f`.
    let rows = select.query_map(params![tenant, head, format!("{head}g")], |row| Ok((row.get(0)?, known(row)?)))?;
    rows.collect()
}

/// Short ids that share the second half of the digits, among those of the same prefix and length.
fn ending_alike(db: &Connection, tenant: i64, short: &str) -> rusqlite::Result<Vec<String>> {
    let mut select = db.prepare_cached("SELECT short FROM short_id WHERE tenant = ?1 AND tail = ?2")?;
    let rows = select.query_map(params![tenant, halves(short).1], |row| row.get(0))?;
    rows.collect()
}

/// Whether a short id is given out already, or looks like one that is.
fn is_taken(db: &Connection, tenant: i64, short: &str, alike: &[Taken]) -> rusqlite::Result<bool> {
    // One slip leaves one half as it is, unless the two digits in the middle change places.
    if alike.iter().any(|(other, _)| look_alike(short, other))
        || ending_alike(db, tenant, short)?.iter().any(|other| look_alike(short, other))
    {
        return Ok(true);
    }
    db.prepare_cached("SELECT 1 FROM short_id WHERE tenant = ?1 AND short = ?2")?
        .exists(params![tenant, swapped(short)])
}

/// Up to three short ids that differ in few digits and share a half with an unknown one.
fn nearest(db: &Connection, tenant: i64, short: &str) -> rusqlite::Result<Vec<String>> {
    let alike = beginning_alike(db, tenant, &LongId::Itself(short.to_owned()))?.into_iter().map(|(other, _)| other);
    Ok(nearest_of(short, alike.chain(ending_alike(db, tenant, short)?)))
}

/// What an id is known by, among the short ids that begin like it.
fn known_as(id: &LongId, alike: &[Taken]) -> Option<Known> {
    alike.iter().find_map(|(_, known)| known.as_ref().filter(|known| known.id == *id)).cloned()
}

pub(super) fn give_out(
    db: &mut Connection,
    tenant: &Tenant,
    ids: &[LongId],
    today: i64,
) -> rusqlite::Result<Vec<Option<Known>>> {
    // Most answers show what was shown before: that is read without holding up other writers.
    if let Some(number) = number(db, tenant)?
        && let Some(known) = all_known(db, number, ids, today)?
    {
        return Ok(known);
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = match number(&transaction, tenant)? {
        Some(number) => number,
        None => {
            let insert = "INSERT INTO tenant (key, place) VALUES (?1, ?2)";
            transaction.prepare_cached(insert)?.execute(params![tenant.key, tenant.place])?;
            transaction.last_insert_rowid()
        }
    };
    transaction.prepare_cached("INSERT OR IGNORE INTO day_of_use (day) VALUES (?1)")?.execute([today])?;
    let mut given = Vec::with_capacity(ids.len());
    for id in ids {
        let alike = beginning_alike(&transaction, number, id)?;
        given.push(match known_as(id, &alike) {
            Some(known) if known.shown >= today => Some(known),
            Some(known) => {
                let touch = "UPDATE short_id SET shown = ?3 WHERE tenant = ?1 AND short = ?2";
                transaction.prepare_cached(touch)?.execute(params![number, known.short, today])?;
                Some(Known { shown: today, ..known })
            }
            None => give_one(&transaction, number, (id, &alike), today)?,
        });
    }
    transaction.commit()?;
    Ok(given)
}

/// What ids are known by, if all of them are and were shown on this day.
fn all_known(db: &Connection, tenant: i64, ids: &[LongId], today: i64) -> rusqlite::Result<Option<Vec<Option<Known>>>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let known = known_as(id, &beginning_alike(db, tenant, id)?).filter(|known| known.shown >= today);
        if known.is_none() {
            return Ok(None);
        }
        all.push(known);
    }
    Ok(Some(all))
}

fn give_one(
    db: &Connection,
    tenant: i64,
    (id, alike): (&LongId, &[Taken]),
    today: i64,
) -> rusqlite::Result<Option<Known>> {
    let insert = |short: &str, bytes: &[u8]| {
        let (_, tail) = halves(short);
        db.prepare_cached(
            "INSERT OR IGNORE INTO short_id (tenant, short, tail, id, shown) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![tenant, short, tail, bytes, today])
    };
    match id {
        // It is shown as it is, whatever looks like it. What its text was given out for before stays what it means.
        LongId::Itself(text) => {
            let is_new = insert(text, &[])? > 0;
            Ok(is_new.then(|| Known { short: text.clone(), id: id.clone(), shown: today }))
        }
        LongId::Uuid(_, uuid) => {
            for form in id.forms() {
                if alike.iter().any(|(other, known)| *other == form && known.is_none()) {
                    let again = "UPDATE short_id SET id = ?3, shown = ?4 WHERE tenant = ?1 AND short = ?2 AND id = ?5";
                    let given = params![tenant, form, uuid.as_bytes(), today, id.forgotten()];
                    if db.prepare_cached(again)?.execute(given)? > 0 {
                        return Ok(Some(Known { short: form, id: id.clone(), shown: today }));
                    }
                }
                if !is_taken(db, tenant, &form, alike)? {
                    insert(&form, uuid.as_bytes())?;
                    return Ok(Some(Known { short: form, id: id.clone(), shown: today }));
                }
            }
            Ok(None)
        }
    }
}

pub(super) fn sweep(db: &mut Connection, today: i64, (days, ids): (u32, u64)) -> rusqlite::Result<u64> {
    let swept = "SELECT value FROM meta WHERE name = 'swept'";
    let last: Option<i64> = db.prepare_cached(swept)?.query_row([], |row| row.get(0)).optional()?;
    if last == Some(today) {
        return Ok(0);
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('swept', ?1)", [today])?;
    // The day from which on that many days of use are kept. Days of the future were a clock's mistake.
    let first_kept: Option<i64> = transaction
        .query_row(
            "SELECT day FROM day_of_use WHERE day <= ?1 ORDER BY day DESC LIMIT 1 OFFSET ?2",
            params![today, days.saturating_sub(1)],
            |row| row.get(0),
        )
        .optional()?;
    let mut removed = 0;
    if let Some(first_kept) = first_kept {
        let first_kept = first_kept.min(today - i64::from(days) + 1);
        let tenants: Vec<i64> = {
            let mut select = transaction.prepare("SELECT number FROM tenant")?;
            let rows = select.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        for tenant in tenants {
            let newest = "SELECT shown FROM short_id WHERE tenant = ?1 ORDER BY shown DESC LIMIT 1 OFFSET ?2";
            let last_of_newest: Option<i64> = transaction
                .query_row(newest, params![tenant, ids.saturating_sub(1).cast_signed()], |row| row.get(0))
                .optional()?;
            let Some(last_of_newest) = last_of_newest else { continue };
            let remove = "DELETE FROM short_id WHERE tenant = ?1 AND shown < ?2";
            removed += transaction.execute(remove, params![tenant, first_kept.min(last_of_newest)])? as u64;
        }
        transaction.execute("DELETE FROM day_of_use WHERE day < ?1", [first_kept])?;
    }
    transaction.commit()?;
    Ok(removed)
}

pub(super) fn forget(db: &mut Connection, tenant: &Tenant, id: Option<&LongId>) -> rusqlite::Result<u64> {
    let Some(number) = number(db, tenant)? else { return Ok(0) };
    // What is replaced is overwritten, not only passed over.
    db.pragma_update(None, "secure_delete", "ON")?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let shorts: Vec<String> = match id {
        Some(id) => {
            let known = known_as(id, &beginning_alike(&transaction, number, id)?);
            known.into_iter().map(|known| known.short).collect()
        }
        None => {
            let mut select = transaction.prepare("SELECT short FROM short_id WHERE tenant = ?1 AND length(id) <> 8")?;
            let rows = select.query_map([number], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        }
    };
    for short in &shorts {
        let Some(known) = exactly(&transaction, number, short)? else { continue };
        let update = "UPDATE short_id SET id = ?3 WHERE tenant = ?1 AND short = ?2";
        transaction.prepare_cached(update)?.execute(params![number, short, known.id.forgotten()])?;
    }
    transaction.commit()?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(shorts.len() as u64)
}

pub(super) fn usage(db: &Connection, tenant: &Tenant) -> rusqlite::Result<Option<TenantUsage>> {
    let Some(number) = number(db, tenant)? else { return Ok(None) };
    let sums = "SELECT count(*), min(shown), max(shown) FROM short_id WHERE tenant = ?1 AND length(id) <> 8";
    db.prepare_cached(sums)?.query_row([number], |row| {
        let (oldest, newest): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        let short_ids: i64 = row.get(0)?;
        Ok(Some(TenantUsage { short_ids: short_ids.cast_unsigned(), shown: oldest.zip(newest) }))
    })
}

#[cfg(test)]
mod tests {
    use super::{give_out, sweep};
    use crate::{LongId, Tenant};

    fn tenant() -> Tenant {
        Tenant { key: [1; 32], place: "local".to_owned() }
    }

    fn id() -> LongId {
        LongId::Uuid("con", uuid::Uuid::new_v4())
    }

    fn count(db: &rusqlite::Connection) -> i64 {
        db.query_row("SELECT count(*) FROM short_id", [], |row| row.get(0)).unwrap()
    }

    /// Both rules must agree: old, and beyond the newest.
    #[test]
    fn old_ids_go_only_beyond_the_newest_ones() {
        let mut db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(super::super::SCHEMA.newest).unwrap();
        for day in 0..200 {
            give_out(&mut db, &tenant(), &[id()], day).unwrap();
        }
        assert_eq!(sweep(&mut db, 200, (90, 1000)).unwrap(), 0, "all are among the newest");
        assert_eq!(sweep(&mut db, 200, (90, 50)).unwrap(), 0, "once a day");
        assert_eq!(sweep(&mut db, 201, (90, 50)).unwrap(), 110, "90 days of use are kept: 110 to 199");
        assert_eq!(count(&db), 90);
        assert_eq!(sweep(&mut db, 202, (90, 95)).unwrap(), 0);
    }

    #[test]
    fn a_clock_that_jumps_ahead_removes_nothing() {
        let mut db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(super::super::SCHEMA.newest).unwrap();
        for day in 100..150 {
            give_out(&mut db, &tenant(), &[id()], day).unwrap();
        }
        // Ten years ahead, for an answer, and back.
        give_out(&mut db, &tenant(), &[id()], 3800).unwrap();
        assert_eq!(sweep(&mut db, 3800, (90, 1)).unwrap(), 0);
        assert_eq!(sweep(&mut db, 151, (90, 1)).unwrap(), 0);
        assert_eq!(count(&db), 51);
    }
}
