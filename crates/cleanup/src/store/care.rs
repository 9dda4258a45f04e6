//! Care for what is kept: how much it is, a verified copy, the way back from one, and forgetting.

use std::path::{Path, PathBuf};

use imbrace_contacts_store::database;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Lease, Store, automation, contacts, count, plans, schema};
use crate::error::CleanupError;
use crate::report::{Forgotten, StateUsage};

/// The tables that a copy brings back; the lease is of the living.
const TABLES: [&str; 9] = ["meta", "contact", "seen", "gone", "decision", "plan", "step", "link", "journal"];

fn rows(db: &Connection, table: &str) -> Result<u64, CleanupError> {
    Ok(count(db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?))
}

impl Store {
    /// What is kept, how much it is, and how old.
    pub(crate) async fn usage(&self) -> Result<Option<StateUsage>, CleanupError> {
        if !self.exists() {
            return Ok(None);
        }
        let file = self.state.to_path_buf();
        let look = move |db: &mut Connection| {
            let oldest = db.query_row("SELECT min(made_at) FROM plan", [], |row| row.get(0))?;
            Ok(StateUsage {
                bytes: size(&file),
                file,
                contacts: rows(db, "contact")?,
                synced_at: contacts::meta(db, "synced_at")?,
                decisions: rows(db, "decision")?,
                links: rows(db, "link WHERE active")?,
                plans: rows(db, "plan")?,
                oldest_plan: oldest,
                journal: rows(db, "journal")?,
            })
        };
        self.run(look).await.map(Some)
    }

    /// Writes a copy to a new file, as of one moment, and reads it again.
    pub(crate) async fn backup(&self, to: &Path) -> Result<u64, CleanupError> {
        let to = to.to_owned();
        self.run(move |db| backup(db, &to)).await
    }
}

impl Lease {
    /// Puts a copy in the place of the state, at once or not at all.
    pub(crate) async fn restore(&self, from: &Path) -> Result<u64, CleanupError> {
        let (store, from) = (self.store.clone(), from.to_owned());
        // Beside the state, for its owner alone: an older copy is migrated there, and the file itself stays as it is.
        let copy = store.state.with_extension("restoring");
        self.store
            .run(move |db| {
                let done = restore(db, &store, (&from, &copy));
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(beside(&copy, end));
                }
                done
            })
            .await
    }

    /// Removes everything of one contact, or of all.
    pub(crate) async fn forget(&self, contact: Option<&str>) -> Result<Forgotten, CleanupError> {
        let contact = contact.map(str::to_owned);
        self.store.run(move |db| forget(db, contact.as_deref())).await
    }
}

/// A file's bytes, with what is not in it yet.
fn size(file: &Path) -> u64 {
    let size = |end| std::fs::metadata(beside(file, end)).map_or(0, |found| found.len());
    size("") + size("-wal")
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn unusable(file: &Path, reason: &dyn std::fmt::Display) -> CleanupError {
    CleanupError::Copy { file: file.display().to_string(), reason: reason.to_string() }
}

fn backup(db: &Connection, to: &Path) -> Result<u64, CleanupError> {
    if to.exists() {
        return Err(unusable(to, &"there is a file of this name; it is not replaced"));
    }
    // For its owner alone from the first byte on.
    let file = database::private(to)?;
    let copied = db.execute("VACUUM INTO ?1", [to.to_string_lossy()]);
    let checked = copied.map_err(CleanupError::from).and_then(|_| {
        file.sync_all().map_err(|error| unusable(to, &error))?;
        let copy = database::reopen(to, None)?;
        sound(&copy, to)?;
        for table in TABLES {
            if rows(&copy, table)? != rows(db, table)? {
                return Err(unusable(to, &format!("it has not every row of {table}")));
            }
        }
        rows(&copy, "contact")
    });
    if checked.is_err() {
        let _ = std::fs::remove_file(to);
    }
    checked
}

fn sound(db: &Connection, file: &Path) -> Result<(), CleanupError> {
    let told: rusqlite::Result<String> = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match told {
        Ok(told) if told == "ok" => Ok(()),
        Ok(told) => Err(unusable(file, &told)),
        Err(error) => Err(unusable(file, &error)),
    }
}

fn restore(db: &mut Connection, store: &Store, (from, copy): (&Path, &Path)) -> Result<u64, CleanupError> {
    if !from.is_file() {
        return Err(unusable(from, &"there is no such file"));
    }
    let mut source = std::fs::File::open(from).map_err(|error| unusable(from, &error))?;
    let mut target = database::private(copy)?;
    target.set_len(0).map_err(|error| CleanupError::Disk(error.to_string()))?;
    std::io::copy(&mut source, &mut target).map_err(|error| CleanupError::Disk(error.to_string()))?;
    // Its version, its place and its tenant are checked as for every state, and an older one is migrated.
    let opened = schema::open(&store.home, copy, None).map_err(|error| match error {
        CleanupError::Damaged { reason, .. } => unusable(from, &reason),
        other => other,
    })?;
    sound(&opened, from)?;
    drop(opened);
    db.execute("ATTACH ?1 AS copy", [copy.to_string_lossy()])?;
    let put = put_back(db);
    db.execute("DETACH copy", [])?;
    put
}

fn put_back(db: &mut Connection) -> Result<u64, CleanupError> {
    let transaction = db.transaction()?;
    for table in TABLES {
        let columns: Vec<String> = {
            let mut select = transaction.prepare("SELECT name FROM pragma_table_info(?1, 'main')")?;
            let names = select.query_map([table], |row| row.get(0))?;
            names.collect::<rusqlite::Result<_>>()?
        };
        // A migrated table has its columns in another order.
        let columns = columns.join(", ");
        transaction.execute_batch(&format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM copy.{table};"
        ))?;
    }
    // A copy knows of fewer writes of a day, and of a policy that was another one: neither comes back by it.
    transaction.execute_batch(
        "INSERT INTO main.automatic (day, writes) SELECT day, writes FROM copy.automatic WHERE true
           ON CONFLICT (day) DO UPDATE SET writes = max(writes, excluded.writes);",
    )?;
    transaction.execute_batch(
        "DELETE FROM main.told; INSERT INTO main.told (key) SELECT key FROM copy.told;
         DELETE FROM main.week; INSERT INTO main.week SELECT * FROM copy.week;",
    )?;
    automation::confirm(&transaction, None)?;
    transaction.commit()?;
    rows(db, "contact")
}

fn forget(db: &mut Connection, contact: Option<&str>) -> Result<Forgotten, CleanupError> {
    // What is removed is overwritten, not only passed over.
    db.pragma_update(None, "secure_delete", "ON")?;
    let transaction = db.transaction()?;
    let open = "SELECT plan FROM journal AS begun WHERE intent IS NULL AND (?1 IS NULL OR contact = ?1) \
                AND NOT EXISTS (SELECT 1 FROM journal WHERE intent = begun.number) LIMIT 1";
    let open: Option<String> = transaction.query_row(open, [contact], |row| row.get(0)).optional()?;
    if let Some(plan) = open {
        return Err(CleanupError::OpenWrite { plan });
    }
    let remove = |from: &str| -> Result<u64, CleanupError> {
        Ok(match contact {
            Some(contact) => transaction.execute(&format!("DELETE FROM {from}"), [contact])?,
            None => transaction.execute(&format!("DELETE FROM {}", from.split(' ').next().unwrap_or(from)), [])?,
        } as u64)
    };
    let planned: Vec<String> = {
        let mut select = transaction.prepare("SELECT DISTINCT plan FROM step WHERE contact = ?1 OR other = ?1")?;
        let names = select.query_map([contact], |row| row.get(0))?;
        names.collect::<rusqlite::Result<_>>()?
    };
    let forgotten = Forgotten {
        contacts: rows_of(&transaction, contact)?,
        decisions: remove("decision WHERE first = ?1 OR second = ?1")?,
        steps: remove("step WHERE contact = ?1")?,
        journal: remove("journal WHERE contact = ?1")?,
    };
    remove("link WHERE contact = ?1")?;
    remove("seen WHERE id = ?1")?;
    match contact {
        Some(contact) => {
            transaction.execute("UPDATE step SET other = '' WHERE other = ?1", [contact])?;
            contacts::forget(&transaction, &[contact.to_owned()])?;
            for plan in planned {
                // What is left of it can be looked at and applied anew.
                let fingerprint = plans::recomputed(&transaction, &plan)?;
                let set = "UPDATE plan SET fingerprint = ?2 WHERE id = ?1";
                transaction.execute(set, params![plan, fingerprint])?;
            }
        }
        None => {
            remove("contact")?;
            remove("gone")?;
            remove("plan")?;
            remove("told")?;
            remove("message")?;
            transaction.execute("DELETE FROM meta WHERE name NOT IN ('place', 'tenant', 'paused')", [])?;
        }
    }
    transaction.commit()?;
    db.execute_batch("VACUUM")?;
    // The log still has what was there before; a reader elsewhere may hold it up for a moment.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(forgotten)
}

fn rows_of(db: &Connection, contact: Option<&str>) -> Result<u64, CleanupError> {
    Ok(count(db.query_row("SELECT count(*) FROM contact WHERE ?1 IS NULL OR id = ?1", [contact], |row| row.get(0))?))
}
