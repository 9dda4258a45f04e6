//! The contract of every engine behind [`Store`]. Another engine is one more line in [`each`].

// What clippy.toml allows in test functions, for the functions that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::sync::{Arc, Barrier};

use imbrace_contacts_store::{Confirmation, Found, LongId, SpendError, SqliteStore, Store, Tenant, Way, day, short_id};
use uuid::Uuid;

#[cfg(feature = "postgres")]
mod databases;

/// One process's view of an engine's data.
type Open<'a> = &'a dyn Fn() -> Arc<dyn Store>;

/// Runs a test over each engine, with as many processes as it opens.
fn each(test: impl Fn(Open<'_>)) {
    let directory = tempfile::tempdir().unwrap();
    test(&|| Arc::new(SqliteStore::new(directory.path())));
    #[cfg(feature = "postgres")]
    if let Some(database) = databases::Database::new() {
        test(&|| Arc::new(database.store()));
    }
}

const DAY: i64 = 24 * 3600 * 1000;
/// 2026-01-01.
const NOW: i64 = 1_767_225_600_000;

fn tenant(number: u8) -> Tenant {
    Tenant { key: [number; 32], place: format!("local {number}") }
}

fn id(text: &str) -> LongId {
    LongId::parse(text).unwrap()
}

fn random_ids(count: usize) -> Vec<LongId> {
    (0..count).map(|_| LongId::Uuid("con", Uuid::new_v4())).collect()
}

fn given(store: &dyn Store, tenant: &Tenant, ids: &[LongId]) -> Vec<String> {
    store.give_out(tenant, ids, NOW).unwrap().into_iter().map(|known| known.unwrap().short).collect()
}

fn found(store: &dyn Store, tenant: &Tenant, short: &str) -> Option<LongId> {
    match store.look_up(tenant, &[short.to_owned()]).unwrap().remove(0) {
        Found::Known(known) => Some(known.id),
        Found::Unknown(_) => None,
    }
}

fn confirmation(issued: i64) -> Confirmation {
    Confirmation { way: Way::Argument, call: [1; 32], content: [2; 32], issued, expires: issued + 120_000 }
}

#[test]
fn every_process_resolves_what_any_other_gave_out() {
    each(|open: Open<'_>| {
        let (one, other) = (open(), open());
        let ids = random_ids(100);
        let shorts = given(&*one, &tenant(1), &ids);
        assert_eq!(given(&*other, &tenant(1), &ids), shorts, "the same id has the same short id everywhere");
        drop(one);
        let later = open();
        for (short, id) in shorts.iter().zip(&ids) {
            assert!(id.to_string().starts_with(short), "{short} {id}");
            assert_eq!(found(&*other, &tenant(1), short).as_ref(), Some(id));
            assert_eq!(found(&*later, &tenant(1), short).as_ref(), Some(id));
        }
    });
}

#[test]
fn tenants_know_nothing_of_each_other() {
    each(|open: Open<'_>| {
        let store = open();
        let short = given(&*store, &tenant(1), &[id("con_66d67483-8982-43d6-acbe-139568688add")]).remove(0);
        assert_eq!(short, "con_66d67483");
        assert_eq!(found(&*store, &tenant(2), &short), None);
        let other = id("con_66d67483-0000-4000-8000-000000000000");
        assert_eq!(given(&*store, &tenant(2), std::slice::from_ref(&other)), std::slice::from_ref(&short));
        assert_eq!(found(&*store, &tenant(2), &short), Some(other));
        assert!(found(&*store, &tenant(1), &short).unwrap().to_string().ends_with("8add"));
        let near = |number| store.look_up(&tenant(number), &["con_66d67484".to_owned()]).unwrap().remove(0);
        assert_eq!(near(1), Found::Unknown(vec!["con_66d67483".to_owned()]));
        assert_eq!(near(3), Found::Unknown(Vec::new()));
    });
}

/// Among few digits nearly everything collides: no short id means two ids, and none looks like another.
#[test]
fn no_two_short_ids_look_alike_whichever_process_gave_them_out() {
    each(|open: Open<'_>| {
        let (stores, start) = ([open(), open(), open(), open()], Arc::new(Barrier::new(4)));
        let threads: Vec<_> = stores
            .into_iter()
            .enumerate()
            .map(|(process, store)| {
                let start = Arc::clone(&start);
                std::thread::spawn(move || {
                    start.wait();
                    let mut shown = Vec::new();
                    for round in 0..20_u128 {
                        // Eight digits of which three vary, and 80 ids of the same ones.
                        let of = |number: u128| {
                            let digits = (round * 37 + number * 11 + process as u128) % 512;
                            LongId::Uuid(
                                "con",
                                Uuid::from_u128((digits << 108) | (digits << 80) | (number << 8) | (round % 5)),
                            )
                        };
                        let ids: Vec<LongId> = (0..20).map(of).collect();
                        let given = store.give_out(&tenant(1), &ids, NOW).unwrap();
                        shown.extend(ids.into_iter().zip(given).filter_map(|(id, known)| Some((known?.short, id))));
                    }
                    shown
                })
            })
            .collect();
        let mut all: HashMap<String, LongId> = HashMap::new();
        for (short, id) in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            if let Some(before) = all.insert(short.clone(), id.clone()) {
                assert_eq!(before, id, "{short} means two ids");
            }
        }
        assert!(all.len() > 100 && all.keys().any(|short| short.len() > 12), "{}", all.len());
        for short in all.keys() {
            let alike = |other: &&String| *other != short && short_id::look_alike(short, other);
            assert_eq!(all.keys().find(alike), None, "{short}");
        }
    });
}

#[test]
fn neighbours_in_the_middle_that_changed_places_look_alike_too() {
    each(|open: Open<'_>| {
        let store = open();
        let of = |digits: &str| id(&format!("con_{digits}-8982-43d6-acbe-139568688add"));
        let first = "66d67483";
        given(&*store, &tenant(1), &[of(first)]);
        for other in ["66d76483", "66d67493", "76d67483", "6d667483", "66d67438"] {
            assert!(given(&*store, &tenant(1), &[of(other)])[0].len() > 12, "{other}");
        }
        assert_eq!(given(&*store, &tenant(1), &[of("77d67483")])[0].len(), 12);
    });
}

#[test]
fn an_id_that_looks_short_stands_for_itself() {
    each(|open: Open<'_>| {
        let store = open();
        assert_eq!(given(&*store, &tenant(1), &[id("con_deadbeef")]), ["con_deadbeef"]);
        assert_eq!(found(&*store, &tenant(1), "con_deadbeef"), Some(id("con_deadbeef")));
        assert_eq!(given(&*store, &tenant(1), &[id("con_deadbeef-8982-43d6-acbe-139568688add")]), ["con_deadbeef8982"]);
    });
}

#[test]
fn what_was_shown_is_kept_over_many_days() {
    each(|open: Open<'_>| {
        let store = open();
        let ids = random_ids(10);
        let first = store.give_out(&tenant(1), &ids, NOW).unwrap();
        let again = store.give_out(&tenant(1), &ids, NOW + 89 * DAY).unwrap();
        let shown = |known: &Option<imbrace_contacts_store::Known>| known.as_ref().unwrap().shown;
        assert_eq!((shown(&first[0]), shown(&again[0])), (day(NOW), day(NOW) + 89));
        assert_eq!(store.sweep(NOW + 1000 * DAY).unwrap(), 0);
        assert_eq!(found(&*store, &tenant(1), &first[0].as_ref().unwrap().short).as_ref(), Some(&ids[0]));
    });
}

#[test]
fn what_is_forgotten_is_unknown_and_given_to_no_other_id() {
    each(|open: Open<'_>| {
        let store = open();
        let (own, other) =
            (id("con_66d67483-8982-43d6-acbe-139568688add"), id("con_66d67483-0000-4000-8000-000000000000"));
        let bystander = random_ids(1);
        let kept = given(&*store, &tenant(1), &bystander).remove(0);
        given(&*store, &tenant(2), std::slice::from_ref(&own));
        let short = given(&*store, &tenant(1), std::slice::from_ref(&own)).remove(0);
        assert_eq!(store.forget(&tenant(1), Some(&own)).unwrap(), 1);
        assert_eq!(store.forget(&tenant(1), Some(&own)).unwrap(), 0);
        assert_eq!(found(&*store, &tenant(1), &short), None);
        assert_eq!(found(&*store, &tenant(2), &short), Some(own.clone()), "another tenant's");
        assert_eq!(found(&*store, &tenant(1), &kept), Some(bystander[0].clone()));
        assert!(given(&*store, &tenant(1), &[other])[0].len() > 12);
        assert_eq!(given(&*store, &tenant(1), &[own]), [short], "it gets its own back");
        assert_eq!(store.forget(&tenant(1), None).unwrap(), 3);
        assert_eq!(found(&*store, &tenant(1), &kept), None);
        let usage = |number| store.usage(&tenant(number)).unwrap().map(|usage| usage.short_ids);
        assert_eq!([usage(1), usage(2), usage(3)], [Some(0), Some(1), None]);
    });
}

#[test]
fn of_fifty_uses_by_three_processes_one_succeeds() {
    each(|open: Open<'_>| {
        let stores = [open(), open(), open()];
        stores[0].issue("nonce", &confirmation(NOW)).unwrap();
        let start = Arc::new(Barrier::new(50));
        let threads: Vec<_> = (0..50)
            .map(|number| {
                let (store, start) = (Arc::clone(&stores[number % 3]), Arc::clone(&start));
                std::thread::spawn(move || {
                    start.wait();
                    store.spend("nonce", Way::Argument, &[1; 32], NOW + 1)
                })
            })
            .collect();
        let ends: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(ends.iter().filter(|end| matches!(end, Ok([2, ..]))).count(), 1);
        assert_eq!(ends.iter().filter(|end| matches!(end, Err(SpendError::Used))).count(), 49, "{ends:?}");
    });
}

#[test]
fn a_confirmation_holds_for_one_call_and_its_time() {
    each(|open: Open<'_>| {
        let store = open();
        store.issue("nonce", &confirmation(NOW)).unwrap();
        let spend = |nonce, way, call, now| store.spend(nonce, way, &[call; 32], now);
        assert!(matches!(spend("other", Way::Argument, 1, NOW), Err(SpendError::Unknown)));
        assert!(matches!(spend("nonce", Way::Person, 1, NOW), Err(SpendError::OtherCall)));
        assert!(matches!(spend("nonce", Way::Argument, 9, NOW), Err(SpendError::OtherCall)));
        assert!(matches!(spend("nonce", Way::Argument, 1, NOW + 120_000), Err(SpendError::Expired)));
        assert!(matches!(spend("nonce", Way::Argument, 1, NOW - 1), Err(SpendError::Expired)), "a clock turned back");
        assert_eq!(spend("nonce", Way::Argument, 1, NOW).unwrap(), [2; 32], "what was refused is not used up");
        assert!(matches!(spend("nonce", Way::Argument, 1, NOW), Err(SpendError::Used)));
        store.issue("later", &confirmation(NOW + 2 * 3600 * 1000)).unwrap();
        assert!(matches!(spend("nonce", Way::Argument, 1, NOW), Err(SpendError::Unknown)), "cleared away");
    });
}

#[test]
fn processes_count_the_writes_of_a_day_together() {
    each(|open: Open<'_>| {
        let stores = [open(), open(), open()];
        let start = Arc::new(Barrier::new(30));
        let threads: Vec<_> = (0..30)
            .map(|number| {
                let (store, start) = (Arc::clone(&stores[number % 3]), Arc::clone(&start));
                std::thread::spawn(move || {
                    start.wait();
                    store.count_write(&[1; 32], 7, NOW).unwrap()
                })
            })
            .collect();
        let mut counted: Vec<_> = threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect();
        counted.sort_unstable();
        assert_eq!(counted, [1, 2, 3, 4, 5, 6, 7]);
        let store = open();
        assert_eq!(store.count_write(&[2; 32], 7, NOW).unwrap(), Some(1), "another caller");
        store.uncount_write(&[1; 32], NOW).unwrap();
        assert_eq!(store.count_write(&[1; 32], 7, NOW).unwrap(), Some(7), "one was taken back");
        assert_eq!(store.count_write(&[1; 32], 7, NOW).unwrap(), None);
        let tomorrow = NOW + 24 * 3600 * 1000;
        assert_eq!(store.count_write(&[1; 32], 7, tomorrow).unwrap(), Some(1), "another day");
        assert_eq!(store.count_write(&[1; 32], 7, NOW).unwrap(), None, "a clock that is behind is of yesterday");
        store.uncount_write(&[9; 32], NOW).unwrap();
        assert_eq!(store.count_write(&[9; 32], 1, NOW).unwrap(), Some(1), "nothing is taken back from nothing");
    });
}

#[test]
fn the_store_has_a_clock() {
    each(|open: Open<'_>| {
        let (one, other) = (open(), open());
        let first = one.now().unwrap();
        assert!(first > NOW);
        assert!(other.now().unwrap() >= first, "one clock for all");
    });
}

/// Each engine into each: everything is as it was, and what holds something is not filled.
#[cfg(feature = "postgres")]
#[test]
fn a_copy_is_whole_and_goes_into_nothing_but_an_empty_store() {
    use imbrace_contacts_store::{Portable, StoreError};

    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, last] = [0, 1].map(|number| SqliteStore::new(directories[number].path()));
    let ids = random_ids(1_000);
    let shorts = given(&first, &tenant(1), &ids);
    let other = random_ids(3);
    given(&first, &tenant(2), &other);
    first.forget(&tenant(2), Some(&other[0])).unwrap();
    first.give_out(&tenant(2), &[id("con_deadbeef")], NOW).unwrap();
    for nonce in ["used", "unused"] {
        first.issue(nonce, &confirmation(NOW)).unwrap();
    }
    first.spend("used", Way::Argument, &[1; 32], NOW).unwrap();
    first.count_write(&[1; 32], 7, NOW).unwrap();
    first.sweep(NOW).unwrap();
    let contents = first.read_all().unwrap();
    let count = contents.count();
    assert_eq!((count.tenants, count.short_ids, count.confirmations, count.writes), (2, 1_004, 2, 1));
    let Some(database) = databases::Database::new() else { return };
    let between = database.store();
    between.fill(&contents).unwrap();
    last.fill(&between.read_all().unwrap()).unwrap();
    let stores: [&dyn Portable; 3] = [&first, &between, &last];
    for store in stores {
        let copy = store.read_all().unwrap();
        assert_eq!((copy.digest(), &copy), (contents.digest(), &contents), "{store:?}");
        assert!(matches!(store.fill(&contents), Err(StoreError::NotEmpty { .. })), "{store:?}");
    }
    assert_eq!(given(&between, &tenant(1), &ids), shorts, "they are the same ids");
    assert!(matches!(between.spend("used", Way::Argument, &[1; 32], NOW), Err(SpendError::Used)));
    assert!(between.spend("unused", Way::Argument, &[1; 32], NOW).is_ok());
    assert_eq!(between.count_write(&[1; 32], 7, NOW).unwrap(), Some(2));
    assert_ne!(between.read_all().unwrap().digest(), contents.digest());
}
