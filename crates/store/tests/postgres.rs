//! Faults of PostgreSQL: it is away, refuses the login, is newer, is killed in a migration, or is opened by many at once: a clear error, and
//! nothing is lost. No message and no Debug shows a password.

#![cfg(feature = "postgres")]
// Allowed by clippy.toml in test functions; here for the functions that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod databases;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Barrier};

use databases::Database;
use imbrace_contacts_store::{
    Confirmation, Found, LongId, PostgresAddress, PostgresStore, Store, StoreError, Tenant, Way,
};

fn tenant() -> Tenant {
    Tenant { key: [1; 32], place: "local".to_owned() }
}

fn id() -> LongId {
    LongId::parse("con_66d67483-8982-43d6-acbe-139568688add").unwrap()
}

fn store(url: &str) -> PostgresStore {
    PostgresStore::new(&PostgresAddress::parse(url).unwrap(), Vec::new()).unwrap()
}

/// The error of a store of this address when it is used, with its Debug.
fn refusal(url: &str) -> (StoreError, String) {
    let store = store(url);
    let refused = store.give_out(&tenant(), &[id()], 0).unwrap_err();
    let shown = format!("{refused} {refused:?} {store:?}");
    (refused, shown)
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let Some(database) = Database::new() else { return };
    let url = database.url().replace("only-for-tests", "wr0ng-s3cret");
    assert!(url.contains("wr0ng-s3cret"));
    let (refused, shown) = refusal(&url);
    assert!(matches!(refused, StoreError::Login { .. }), "{refused:?}");
    assert!(shown.contains("refuses the login (password authentication failed"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
    let (refused, shown) = refusal(&database.url().replace("/test_", "/none_"));
    assert!(matches!(refused, StoreError::Login { .. }) && shown.contains("does not exist"), "{shown}");
    let without = database.url().replace(":only-for-tests", "");
    let (refused, shown) = refusal(&without);
    assert!(matches!(refused, StoreError::Unreachable { .. } | StoreError::Login { .. }), "{shown}");
    assert!(shown.contains("password"), "{shown}");
}

#[test]
fn a_server_that_is_away_is_said_plainly() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (refused, shown) = refusal(&format!("postgres://app:s3cret@{free}/contacts"));
    assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused:?}");
    assert!(shown.contains(&format!("the state database {free}/contacts does not answer (")), "{shown}");
    assert!(shown.contains("refused") && !shown.contains("s3cret"), "{shown}");
}

/// Something that takes connections and never says a word, as a server does that hangs.
#[test]
fn a_server_that_hangs_is_not_waited_for_by_every_call() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = store(&format!("postgres://app@{}/contacts", silent.local_addr().unwrap()));
    let first = store.usage(&tenant()).unwrap_err();
    assert!(first.to_string().contains("no connection within 6 s"), "{first}");
    // The second one hears of it without asking: the listener has seen one connection.
    assert_eq!(store.usage(&tenant()).unwrap_err(), first);
    silent.set_nonblocking(true).unwrap();
    assert!(silent.accept().is_ok());
    assert!(silent.accept().is_err(), "another connection");
}

/// A server without TLS at another machine would get the password in the clear; one whose certificate nobody trusts is not talked to.
#[test]
fn without_tls_nothing_is_said_to_a_server_that_must_have_it() {
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = plain.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = plain.accept().unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "a request for TLS");
        stream.write_all(b"N").unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    let (refused, shown) = refusal(&format!("postgres://app:s3cret@{address}/contacts?sslmode=require"));
    assert!(matches!(refused, StoreError::Unreachable { .. }) && shown.contains("TLS"), "{shown}");
    assert_eq!(server.join().unwrap(), Vec::<u8>::new(), "nothing in the clear");
}

#[test]
fn tables_of_a_newer_version_are_refused_and_left_as_they_are() {
    let Some(database) = Database::new() else { return };
    let known = database.store().give_out(&tenant(), &[id()], 0).unwrap().remove(0).unwrap();
    database.execute("UPDATE imbrace_contacts_mcp.meta SET value = 99 WHERE name = 'store'");
    let refused = database.store().look_up(&tenant(), std::slice::from_ref(&known.short)).unwrap_err();
    assert!(matches!(refused, StoreError::NewerDatabase { found: 99, .. }), "{refused:?}");
    assert!(refused.to_string().contains("was written by a newer version (schema 99"), "{refused}");
    database.execute("UPDATE imbrace_contacts_mcp.meta SET value = 1 WHERE name = 'store'");
    let found = database.store().look_up(&tenant(), std::slice::from_ref(&known.short)).unwrap();
    assert!(matches!(&found[..], [Found::Known(found)] if found.id == id()), "{found:?}");
}

#[test]
fn twenty_processes_may_make_the_same_tables_at_once() {
    let Some(database) = Database::new() else { return };
    let start = Arc::new(Barrier::new(20));
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let (store, start) = (database.store(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                store.give_out(&tenant(), &[id()], 0).unwrap()
            })
        })
        .collect();
    let given: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(given.iter().all(|one| *one == given[0]), "{given:?}");
    assert_eq!(database.number("SELECT count(*) FROM imbrace_contacts_mcp.short_id"), 1);
    assert_eq!(database.number("SELECT count(*) FROM imbrace_contacts_mcp.tenant"), 1);
}

#[test]
fn a_user_who_may_not_make_the_schema_is_told_how_to_have_it_made() {
    let Some(database) = Database::new() else { return };
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    database.at_server(&format!("CREATE ROLE user_{name} LOGIN PASSWORD 's3cret'"));
    let url = database.url().replace("tester:only-for-tests", &format!("user_{name}:s3cret"));
    let (refused, shown) = refusal(&url);
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
    assert!(shown.contains("CREATE SCHEMA imbrace_contacts_mcp AUTHORIZATION") && !shown.contains("s3cret"), "{shown}");
    database.execute(&format!("CREATE SCHEMA imbrace_contacts_mcp AUTHORIZATION user_{name}"));
    assert!(store(&url).give_out(&tenant(), &[id()], 0).is_ok());
    database.execute(&format!("DROP OWNED BY user_{name}"));
    database.at_server(&format!("DROP ROLE user_{name}"));
}

/// As when the server is started again: the process goes on by itself, and a use of a confirmation is one.
#[test]
fn connections_that_were_cut_are_made_anew() {
    let Some(database) = Database::new() else { return };
    let store = database.store();
    let known = store.give_out(&tenant(), &[id()], 0).unwrap();
    let confirmation = Confirmation { way: Way::Argument, call: [1; 32], content: [2; 32], issued: 0, expires: 10 };
    for round in 0..20 {
        database.cut_connections();
        assert_eq!(store.give_out(&tenant(), &[id()], 0).unwrap(), known);
        let nonce = round.to_string();
        store.issue(&nonce, &confirmation).unwrap();
        database.cut_connections();
        assert_eq!(store.spend(&nonce, Way::Argument, &[1; 32], 5).unwrap(), [2; 32]);
        assert!(store.spend(&nonce, Way::Argument, &[1; 32], 5).is_err());
    }
}

/// All that the database itself would show to somebody who looks into it.
#[test]
fn no_nonce_is_kept_and_another_schema_is_left_alone() {
    let Some(database) = Database::new() else { return };
    database.execute("CREATE TABLE meta (name text); CREATE TABLE tenant (name text)");
    let store = database.store();
    store.give_out(&tenant(), &[id()], 0).unwrap();
    let confirmation = Confirmation { way: Way::Person, call: [1; 32], content: [2; 32], issued: 0, expires: 10 };
    store.issue("a-nonce", &confirmation).unwrap();
    let plain = "SELECT count(*) FROM imbrace_contacts_mcp.confirmation WHERE nonce = 'a-nonce'::bytea";
    assert_eq!(database.number(plain), 0);
    assert_eq!(database.number("SELECT count(*) FROM imbrace_contacts_mcp.confirmation"), 1);
    assert_eq!(database.number("SELECT count(*) FROM public.tenant"), 0);
}
