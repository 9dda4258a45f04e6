//! Everything out of the file, and into an empty one.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::contents::{Contents, KeptConfirmation, TenantContents};

/// Everything, in one read.
pub(super) fn read(db: &Connection) -> rusqlite::Result<Contents> {
    let swept = db.query_row("SELECT value FROM meta WHERE name = 'swept'", [], |row| row.get(0)).optional()?;
    let days = db.prepare("SELECT day FROM day_of_use")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut tenants: HashMap<i64, TenantContents> = db
        .prepare("SELECT number, key, place FROM tenant")?
        .query_map([], |row| {
            Ok((row.get(0)?, TenantContents { key: row.get(1)?, place: row.get(2)?, short_ids: Vec::new() }))
        })?
        .collect::<Result<_, _>>()?;
    let mut short_ids = db.prepare("SELECT tenant, short, tail, id, shown FROM short_id")?;
    let mut rows = short_ids.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(tenant) = tenants.get_mut(&row.get(0)?) {
            tenant.short_ids.push((row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        }
    }
    let confirmations = db
        .prepare("SELECT nonce, way, call, content, issued, expires, spent FROM confirmation")?
        .query_map([], |row| {
            Ok(KeptConfirmation {
                nonce: row.get(0)?,
                way: row.get(1)?,
                call: row.get(2)?,
                content: row.get(3)?,
                issued: row.get(4)?,
                expires: row.get(5)?,
                is_used: row.get(6)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let writes = db
        .prepare("SELECT caller, day, count FROM written")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut contents = Contents { swept, days, tenants: tenants.into_values().collect(), confirmations, writes };
    contents.sort();
    Ok(contents)
}

/// Everything into empty tables.
pub(super) fn write(db: &Transaction<'_>, contents: &Contents) -> rusqlite::Result<()> {
    // An empty store may have been in use for days.
    db.execute_batch("DELETE FROM day_of_use; DELETE FROM meta WHERE name = 'swept'")?;
    if let Some(swept) = contents.swept {
        db.execute("INSERT INTO meta (name, value) VALUES ('swept', ?1)", [swept])?;
    }
    for day in &contents.days {
        db.prepare_cached("INSERT INTO day_of_use (day) VALUES (?1)")?.execute([day])?;
    }
    for tenant in &contents.tenants {
        db.prepare_cached("INSERT INTO tenant (key, place) VALUES (?1, ?2)")?
            .execute(params![tenant.key, tenant.place])?;
        let number = db.last_insert_rowid();
        let mut insert =
            db.prepare_cached("INSERT INTO short_id (tenant, short, tail, id, shown) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (short, tail, id, shown) in &tenant.short_ids {
            insert.execute(params![number, short, tail, id, shown])?;
        }
    }
    for kept in &contents.confirmations {
        let KeptConfirmation { nonce, way, call, content, issued, expires, is_used } = kept;
        db.prepare_cached(
            "INSERT INTO confirmation (nonce, way, call, content, issued, expires, spent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![nonce, way, call, content, issued, expires, is_used])?;
    }
    for (caller, day, count) in &contents.writes {
        let insert = "INSERT INTO written (caller, day, count) VALUES (?1, ?2, ?3)";
        db.prepare_cached(insert)?.execute(params![caller, day, count])?;
    }
    Ok(())
}
