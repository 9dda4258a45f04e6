//! What a store file gets that is killed in a migration, damaged, newer, or not a plain file: a clear error, and nothing is lost.

// What clippy.toml allows in test functions, for the functions that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use imbrace_contacts_store::database::Schema;
use imbrace_contacts_store::{Found, LongId, SqliteStore, Store, StoreError, Tenant};

const ROWS: i64 = 60_000;

const FIRST: Schema =
    Schema { version: 1, newest: "CREATE TABLE item (number INTEGER PRIMARY KEY, text TEXT NOT NULL)", upgrades: &[] };
const SECOND: Schema = Schema {
    version: 2,
    newest: "CREATE TABLE item (number INTEGER PRIMARY KEY, text TEXT NOT NULL, more TEXT NOT NULL DEFAULT '')",
    upgrades: &[(
        2,
        "ALTER TABLE item ADD COLUMN more TEXT NOT NULL DEFAULT '';
         UPDATE item SET more = 'first'; UPDATE item SET text = text || ' moved', more = 'second';",
    )],
};

/// The variable by which this test binary knows that it is the process that migrates.
const FILE: &str = "STORE_TEST_MIGRATES";

#[test]
fn a_migration_that_is_killed_has_happened_or_it_has_not() {
    if let Some(file) = std::env::var_os(FILE) {
        SECOND.open(Path::new(&file), None, |_| Ok(())).unwrap();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (mut before, mut after) = (0, 0);
    for round in 0..12 {
        let file = directory.path().join(format!("{round}.sqlite"));
        let mut db = FIRST.open(&file, None, |_| Ok(())).unwrap();
        let transaction = db.transaction().unwrap();
        for number in 0..ROWS {
            transaction.prepare_cached("INSERT INTO item VALUES (?1, ?1)").unwrap().execute([number]).unwrap();
        }
        transaction.commit().unwrap();
        drop(db);
        let name = "a_migration_that_is_killed_has_happened_or_it_has_not";
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([name, "--exact"]).env(FILE, &file).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 + 20 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let killed = rusqlite::Connection::open(&file).unwrap();
        let version: i64 = killed.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let count = |db: &rusqlite::Connection, condition: &str| -> i64 {
            db.query_row(&format!("SELECT count(*) FROM item WHERE {condition}"), [], |row| row.get(0)).unwrap()
        };
        if version == 1 {
            before += 1;
            assert_eq!(count(&killed, "text = number"), ROWS, "nothing of it has happened");
        } else {
            after += 1;
        }
        drop(killed);
        let db = SECOND.open(&file, None, |_| Ok(())).unwrap();
        assert_eq!(count(&db, "text = number || ' moved' AND more = 'second'"), ROWS, "once and whole");
    }
    assert!(before > 0, "killed too late, {after} times");
}

fn tenant() -> Tenant {
    Tenant { key: [1; 32], place: "local".to_owned() }
}

fn id() -> LongId {
    LongId::parse("con_66d67483-8982-43d6-acbe-139568688add").unwrap()
}

/// A store with one id in it.
fn made(directory: &Path) -> SqliteStore {
    let store = SqliteStore::new(directory);
    store.give_out(&tenant(), &[id()], 0).unwrap();
    store
}

#[test]
fn a_page_that_was_overwritten_is_found_at_the_opening() {
    let directory = tempfile::tempdir().unwrap();
    let file = made(directory.path()).file().to_owned();
    let mut bytes = std::fs::read(&file).unwrap();
    let begin = bytes.len() - 4096;
    bytes[begin..].fill(0x55);
    std::fs::write(&file, &bytes).unwrap();
    let refused = SqliteStore::new(directory.path()).give_out(&tenant(), &[id()], 0).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "it is left as it is");
}

#[test]
fn a_file_that_was_moved_away_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let store = made(directory.path());
    // While a process has it open.
    std::fs::remove_file(store.file()).unwrap();
    assert_eq!(store.usage(&tenant()).unwrap(), None);
    store.give_out(&tenant(), &[id()], 0).unwrap();
    let other = SqliteStore::new(directory.path());
    assert_eq!(other.usage(&tenant()).unwrap().unwrap().short_ids, 1, "the new file has it");
}

#[cfg(unix)]
#[test]
fn a_link_or_a_directory_in_its_place_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = made(elsewhere.path()).file().to_owned();
    std::os::unix::fs::symlink(other, directory.path().join("shared.sqlite")).unwrap();
    let refused = SqliteStore::new(directory.path()).usage(&tenant()).unwrap_err();
    assert!(refused.to_string().contains("symbolic link"), "{refused}");
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("shared.sqlite")).unwrap();
    let refused = SqliteStore::new(directory.path()).usage(&tenant()).unwrap_err();
    assert!(refused.to_string().contains("no regular file"), "{refused}");
}

#[test]
fn a_file_of_the_first_version_gets_the_table_of_writes_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = made(directory.path());
    let known = store.give_out(&tenant(), &[id()], 0).unwrap().remove(0).unwrap();
    drop(store);
    let first = rusqlite::Connection::open(directory.path().join("shared.sqlite")).unwrap();
    first.execute_batch("DROP TABLE written; PRAGMA user_version = 1").unwrap();
    drop(first);
    let store = SqliteStore::new(directory.path());
    let found = store.look_up(&tenant(), std::slice::from_ref(&known.short)).unwrap();
    assert!(matches!(&found[..], [Found::Known(found)] if found.id == id()), "{found:?}");
    assert_eq!(store.count_write(&[1; 32], 2, 0).unwrap(), Some(1));
}
