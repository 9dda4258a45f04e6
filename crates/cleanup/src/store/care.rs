//! Care for what is kept: how much it is, a verified copy, the way back from one, and forgetting.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use imbrace_contacts_store::database;
use imbrace_contacts_store::sql::{Database, DatabaseLocation, OwnedValue, Value};
use imbrace_contacts_store::values;

use super::{Lease, Store, automation, contacts, count, plans, schema};
use crate::error::CleanupError;
use crate::location::StateLocation;
use crate::report::{Forgotten, StateUsage};

/// The tables that a copy brings back; the lease is of the living.
const TABLES: [&str; 9] = ["meta", "contact", "seen", "gone", "decision", "plan", "step", "link", "journal"];

/// Rows that are put back by one statement, or a little more.
const BATCH: usize = 1_000;

fn rows(db: &Database, table: &str) -> Result<u64, CleanupError> {
    Ok(count(db.value(&format!("SELECT count(*) FROM {table}"), &[])?))
}

impl Store {
    /// What is kept, how much it is, and how old.
    pub(crate) async fn usage(&self) -> Result<Option<StateUsage>, CleanupError> {
        if !self.exists() {
            return Ok(None);
        }
        let file = self.state.to_string().into();
        let look = move |db: &mut Database| {
            let oldest = db.value("SELECT min(made_at) FROM plan", &[])?;
            Ok(StateUsage {
                bytes: db.disk_bytes()?,
                file,
                contacts: rows(db, "contact")?,
                synced_at: contacts::meta(db, "synced_at")?,
                decisions: rows(db, "decision")?,
                links: rows(db, "link WHERE active <> 0")?,
                plans: rows(db, "plan")?,
                oldest_plan: oldest,
                journal: rows(db, "journal")?,
            })
        };
        self.run(look).await.map(Some)
    }

    /// Writes a copy to a new file, as of one moment, and reads it again.
    pub(crate) async fn backup(&self, to: &Path) -> Result<u64, CleanupError> {
        let (home, to) = (Arc::clone(&self.home), to.to_owned());
        self.run(move |db| backup(db, &home, &to)).await
    }
}

impl Lease {
    /// Puts a copy in the place of the state, at once or not at all.
    pub(crate) async fn restore(&self, from: &Path) -> Result<u64, CleanupError> {
        let (store, from) = (self.store.clone(), from.to_owned());
        // Beside the state, for its owner alone: an older copy is migrated there, and the file itself stays as it is.
        let copy = store.home.directory.join(super::name(&store.home)).with_extension("restoring");
        self.store
            .run(move |db| {
                let done = restore(db, &store.home, (&from, &copy));
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

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn unusable(file: &Path, reason: &dyn std::fmt::Display) -> CleanupError {
    CleanupError::Copy { file: file.display().to_string(), reason: reason.to_string() }
}

fn backup(db: &mut Database, home: &StateLocation, to: &Path) -> Result<u64, CleanupError> {
    if to.exists() {
        return Err(unusable(to, &"there is a file of this name; it is not replaced"));
    }
    // For its owner alone from the first byte on.
    let file = database::private(to)?;
    let copied = db.copy_to(to).map_err(CleanupError::from);
    let copied = copied.and_then(|is_whole| if is_whole { Ok(()) } else { copy_rows(db, home, to) });
    let checked = copied.and_then(|()| {
        file.sync_all().map_err(|error| unusable(to, &error))?;
        let copy = DatabaseLocation::File(to.to_owned()).reopen(None)?;
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

/// Makes a SQLite file of the rows of another engine, as of one moment: nobody writes meanwhile.
fn copy_rows(db: &mut Database, home: &StateLocation, to: &Path) -> Result<(), CleanupError> {
    let mut copy = schema::open(home, &DatabaseLocation::File(to.to_owned()), None)?;
    let target = copy.transaction()?;
    let source = db.transaction()?;
    for table in TABLES.into_iter().chain(["told", "week", "automatic"]) {
        target.execute(&format!("DELETE FROM {table}"), &[])?;
        put_rows(&target, &source, table, "")?;
    }
    source.commit()?;
    Ok(target.commit()?)
}

fn sound(db: &Database, file: &Path) -> Result<(), CleanupError> {
    match db.find_damage() {
        Ok(None) => Ok(()),
        Ok(Some(damage)) => Err(unusable(file, &damage)),
        Err(error) => Err(unusable(file, &error)),
    }
}

fn restore(db: &mut Database, home: &StateLocation, (from, copy): (&Path, &Path)) -> Result<u64, CleanupError> {
    if !from.is_file() {
        return Err(unusable(from, &"there is no such file"));
    }
    let mut source = std::fs::File::open(from).map_err(|error| unusable(from, &error))?;
    // Over a database there may be no directory of this machine yet.
    database::make_directory(&home.directory)?;
    let mut target = database::private(copy)?;
    target.set_len(0).map_err(|error| CleanupError::Disk(error.to_string()))?;
    std::io::copy(&mut source, &mut target).map_err(|error| CleanupError::Disk(error.to_string()))?;
    // Its version, its place and its tenant are checked as for every state, and an older one is migrated.
    let opened = schema::open(home, &DatabaseLocation::File(copy.to_owned()), None).map_err(|error| match error {
        CleanupError::Damaged { reason, .. } => unusable(from, &reason),
        other => other,
    })?;
    sound(&opened, from)?;
    put_back(db, &opened)
}

fn put_back(db: &mut Database, copy: &Database) -> Result<u64, CleanupError> {
    let transaction = db.transaction()?;
    for table in TABLES.into_iter().chain(["told", "week"]) {
        transaction.execute(&format!("DELETE FROM {table}"), &[])?;
        put_rows(&transaction, copy, table, "")?;
    }
    // A copy knows of fewer writes of a day, and of a policy that was another one: neither comes back by it.
    let more = "ON CONFLICT (day) DO UPDATE SET writes = excluded.writes WHERE automatic.writes < excluded.writes";
    put_rows(&transaction, copy, "automatic", more)?;
    transaction.skip_numbers("journal", "number")?;
    automation::confirm(&transaction, None)?;
    transaction.commit()?;
    rows(db, "contact")
}

/// Puts the rows of a table of a copy into that of the state.
fn put_rows(db: &Database, copy: &Database, table: &str, on_conflict: &str) -> Result<(), CleanupError> {
    // A migrated table has its columns in another order.
    let columns = copy.columns(table)?;
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut batch: Vec<Vec<OwnedValue>> = Vec::new();
    let put = |batch: &mut Vec<Vec<OwnedValue>>| {
        let rows: Vec<Vec<Value<'_>>> = batch.iter().map(|row| row.iter().map(Value::from).collect()).collect();
        db.insert_many((table, &columns), on_conflict, &rows)?;
        batch.clear();
        Ok::<_, CleanupError>(())
    };
    copy.each(&format!("SELECT {} FROM {table}", columns.join(", ")), &[], |row| {
        let values = (0..columns.len()).map(|place| row.value(place).map(OwnedValue::from));
        batch.push(values.collect::<Result<_, _>>()?);
        if batch.len() < BATCH { Ok(()) } else { put(&mut batch) }
    })?;
    put(&mut batch)
}

fn forget(db: &mut Database, contact: Option<&str>) -> Result<Forgotten, CleanupError> {
    // What is removed is overwritten, not only passed over.
    db.overwrite_deleted()?;
    let transaction = db.transaction()?;
    let open = "SELECT plan FROM journal AS begun WHERE intent IS NULL AND (contact = ?1 OR ?1 IS NULL) \
                AND NOT EXISTS (SELECT 1 FROM journal WHERE intent = begun.number) LIMIT 1";
    let open: Option<String> = transaction.query_optional(open, values![contact], |row| row.get(0))?;
    if let Some(plan) = open {
        return Err(CleanupError::OpenWrite { plan });
    }
    let remove = |from: &str| -> Result<u64, CleanupError> {
        Ok(match contact {
            Some(contact) => transaction.execute(&format!("DELETE FROM {from}"), values![contact])?,
            None => transaction.execute(&format!("DELETE FROM {}", from.split(' ').next().unwrap_or(from)), &[])?,
        })
    };
    let planned = "SELECT DISTINCT plan FROM step WHERE contact = ?1 OR other = ?1";
    let planned: Vec<String> = transaction.query(planned, values![contact], |row| row.get(0))?;
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
            transaction.execute("UPDATE step SET other = '' WHERE other = ?1", values![contact])?;
            contacts::forget(&transaction, &[contact.to_owned()])?;
            for plan in planned {
                // What is left of it can be looked at and applied anew.
                let fingerprint = plans::recomputed(&transaction, &plan)?;
                let set = "UPDATE plan SET fingerprint = ?2 WHERE id = ?1";
                transaction.execute(set, values![&plan, &fingerprint])?;
            }
        }
        None => {
            remove("contact")?;
            remove("gone")?;
            remove("plan")?;
            remove("told")?;
            remove("message")?;
            transaction.execute("DELETE FROM meta WHERE name NOT IN ('place', 'tenant', 'paused')", &[])?;
        }
    }
    transaction.commit()?;
    db.compact()?;
    Ok(forgotten)
}

fn rows_of(db: &Database, contact: Option<&str>) -> Result<u64, CleanupError> {
    Ok(count(db.value("SELECT count(*) FROM contact WHERE id = ?1 OR ?1 IS NULL", values![contact])?))
}
