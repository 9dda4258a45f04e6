//! Handles: short, resolved exactly, and never mistaken for another contact's.

use std::collections::{HashMap, HashSet};

use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz_";

/// A random version 4 UUID id.
fn random_id(dice: &mut impl Rng, prefix: &str) -> String {
    let mut bytes = [0u8; 16];
    dice.fill_bytes(&mut bytes);
    format!("{prefix}_{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// Ten thousand contacts that have been shown: their ids and handles.
fn shown(dice: &mut impl Rng, short_ids: &ShortIds) -> Vec<(String, String)> {
    (0..10_000)
        .map(|_| {
            let id = random_id(dice, "con");
            let handle = short_ids.show(&id);
            (id, handle)
        })
        .collect()
}

/// How many of a million mistyped handles resolve to another contact.
///
/// Written for speed: the tests run unoptimised, and the million is part of the promise.
fn hits(mistype: impl Fn(&mut Vec<u8>, u64)) -> usize {
    let mut dice = ChaCha8Rng::seed_from_u64(20_251_015);
    let short_ids = ShortIds::new(IdStyle::Short);
    let known = shown(&mut dice, &short_ids);
    let (mut hits, mut wrong, mut throw) = (0, Vec::with_capacity(32), 20_251_015);
    for turn in 0..1_000_000 {
        let (id, handle) = &known[turn % known.len()];
        throw = next(throw);
        wrong.clear();
        wrong.extend_from_slice(handle.as_bytes());
        mistype(&mut wrong, throw);
        let written = std::str::from_utf8(&wrong).unwrap();
        if short_ids.known(written).is_some_and(|found| found != *id && found.starts_with("con_")) {
            hits += 1;
        }
    }
    hits
}

/// The next number of a xorshift generator.
fn next(mut number: u64) -> u64 {
    number ^= number << 13;
    number ^= number >> 7;
    number ^ (number << 17)
}

/// A number below `count` out of a throw, and the rest of the throw.
fn below(throw: u64, count: usize) -> (usize, u64) {
    ((throw % count as u64) as usize, throw / count as u64)
}

/// Replaces one character by another.
fn substitute(handle: &mut [u8], throw: u64) {
    let (place, throw) = below(throw, handle.len());
    let (choice, _) = below(throw, LETTERS.len());
    let letter = LETTERS[choice];
    handle[place] = if letter == handle[place] { LETTERS[(choice + 1) % LETTERS.len()] } else { letter };
}

/// One character too many, one too few, or two that changed places.
fn slip(handle: &mut Vec<u8>, throw: u64) {
    let (kind, throw) = below(throw, 3);
    match kind {
        0 => {
            let (place, throw) = below(throw, handle.len() + 1);
            handle.insert(place, LETTERS[below(throw, LETTERS.len()).0]);
        }
        1 => {
            handle.remove(below(throw, handle.len()).0);
        }
        _ => {
            let place = below(throw, handle.len() - 1).0;
            handle.swap(place, place + 1);
        }
    }
}

#[test]
fn of_a_million_handles_with_one_wrong_character_at_most_three_hit_another_contact() {
    let hits = hits(|handle, throw| substitute(handle, throw));
    println!("1,000,000 substitutions: {hits} hits");
    assert!(hits <= 3, "{hits}");
}

#[test]
fn of_a_million_handles_with_a_letter_more_less_or_swapped_at_most_three_hit_another_contact() {
    let hits = hits(slip);
    println!("1,000,000 insertions, deletions and transpositions: {hits} hits");
    assert!(hits <= 3, "{hits}");
}

#[test]
fn what_was_shown_is_found_again_and_every_handle_stands_for_one_id() {
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let short_ids = ShortIds::new(IdStyle::Short);
    let known = shown(&mut dice, &short_ids);
    for (id, handle) in &known {
        assert_eq!(short_ids.whole(handle), Some(Ok(id.clone())));
        assert_eq!(short_ids.show(id), *handle, "the same id has the same handle");
        assert_eq!(short_ids.whole(id), None, "a whole id needs no table");
    }
    assert_eq!(known.iter().map(|(_, handle)| handle).collect::<HashSet<_>>().len(), known.len());
    assert_eq!(short_ids.count(), known.len());
    assert!(known.iter().filter(|(_, handle)| handle.len() == "con_66d67483".len()).count() > 9_990);
}

#[test]
fn an_equal_beginning_lengthens_the_later_handle_as_git_does() {
    let short_ids = ShortIds::new(IdStyle::Short);
    let ids = [
        "con_66d67483-8982-43d6-acbe-139568688add",
        "con_66d67483-8983-43d6-acbe-139568688add",
        "con_66d67483-8982-43d7-acbe-139568688add",
        "con_66d67483-8982-43d7-acbf-139568688add",
    ];
    let short = ids.map(|id| short_ids.show(id));
    // The second differs from the third in one digit of twelve, so the third needs all sixteen; the fourth has none left.
    assert_eq!(short, ["con_66d67483", "con_66d674838983", "con_66d67483898243d7", ids[3]]);
    for (id, handle) in ids.iter().zip(&short).take(3) {
        assert_eq!(short_ids.known(handle).as_deref(), Some(*id));
    }
}

#[test]
fn handles_that_a_slip_could_exchange_are_lengthened() {
    for (first, second) in [
        ("66d67483-8982", "66d67484-8982"),
        ("66d67483-8982", "76d67483-8982"),
        ("66d67483-8982", "66d64783-8982"),
        ("66d67483-8982", "66d67438-8982"),
    ] {
        let short_ids = ShortIds::new(IdStyle::Short);
        let id = |start: &str| format!("con_{start}-43d6-acbe-139568688add");
        assert_eq!(short_ids.show(&id(first)).len(), 12);
        assert!(short_ids.show(&id(second)).len() > 12, "{second}");
        // Another kind of object is no neighbour.
        assert_eq!(short_ids.show(&id(second).replace("con_", "not_")).len(), 12);
    }
}

#[test]
fn an_unknown_handle_names_the_nearest_known_ones() {
    let short_ids = ShortIds::new(IdStyle::Short);
    for id in [
        "con_66d67483-8982-43d6-acbe-139568688add",
        "con_66d67483-9982-43d6-acbe-139568688add",
        "con_56e4e804-8982-43d6-acbe-139568688add",
        "not_66d67484-8982-43d6-acbe-139568688add",
    ] {
        short_ids.show(id);
    }
    let nearest = |handle: &str| short_ids.whole(handle).unwrap().unwrap_err().nearest;
    assert_eq!(nearest("con_66d67484"), ["con_66d67483", "con_66d674839982"]);
    assert_eq!(nearest("con_66d674839981"), ["con_66d67483", "con_66d674839982"]);
    assert_eq!(nearest("con_00000000"), Vec::<String>::new());
    assert_eq!(nearest("tcu_66d67483"), Vec::<String>::new());
}

#[test]
fn ids_that_are_no_lower_case_uuid_are_shown_whole_and_accepted() {
    let short_ids = ShortIds::new(IdStyle::Short);
    for id in [
        "con_test_contact",
        "org_imbrace",
        "con_66D67483-8982-43D6-ACBE-139568688ADD",
        "con_66d67483898243d6acbe139568688add",
        "con_{66d67483-8982-43d6-acbe-139568688add}",
        "con_",
        "",
        "66d67483-8982-43d6-acbe-139568688add",
        "con_507f1f77bcf86cd799439011",
        "brd_66d67483-8982-43d6-acbe-139568688add",
        "con_é6d67483-8982-43d6-acbe-139568688ad",
    ] {
        assert_eq!(short_ids.show(id), id);
        assert_eq!(short_ids.whole(id), None, "{id}");
    }
    // One that looks like a handle is known as itself from then on.
    assert!(short_ids.whole("con_deadbeef").unwrap().is_err());
    assert_eq!(short_ids.show("con_deadbeef"), "con_deadbeef");
    assert_eq!(short_ids.whole("con_deadbeef"), Some(Ok("con_deadbeef".to_owned())));
}

#[test]
fn whole_style_shows_whole_ids_and_still_reads_them() {
    let short_ids = ShortIds::new(IdStyle::Whole);
    let id = "con_66d67483-8982-43d6-acbe-139568688add";
    assert_eq!(short_ids.show(id), id);
    assert_eq!(short_ids.whole(id), None);
    assert_eq!(short_ids.count(), 0);
    assert!(short_ids.whole("con_66d67483").unwrap().is_err());
}

#[test]
fn beyond_the_bound_the_oldest_handle_is_forgotten() {
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let short_ids = ShortIds::with_capacity(IdStyle::Short, 100);
    let known: Vec<_> = (0..101).map(|_| random_id(&mut dice, "con")).map(|id| (short_ids.show(&id), id)).collect();
    assert_eq!(short_ids.count(), 100);
    assert!(short_ids.whole(&known[0].0).unwrap().is_err(), "the first one is forgotten");
    assert_eq!(short_ids.whole(&known[1].0), Some(Ok(known[1].1.clone())));
    assert_eq!(short_ids.show(&known[0].1), known[0].0, "and comes back when it is shown again");
    assert_eq!(short_ids.count(), 100);
}

/// Whether two handles are equal, or become so by one digit or by two neighbours that change places.
fn are_alike(one: &str, other: &str) -> bool {
    let changed: Vec<usize> =
        (0..one.len()).filter(|place| one.as_bytes()[*place] != other.as_bytes()[*place]).collect();
    let is_swap = |first: usize, second: usize| {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        second == first + 1 && one[first] == other[second] && one[second] == other[first]
    };
    matches!(changed[..], [] | [_]) || matches!(changed[..], [first, second] if is_swap(first, second))
}

#[test]
fn the_table_gives_out_what_a_comparison_with_every_known_handle_would() {
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let short_ids = ShortIds::with_capacity(IdStyle::Short, 200);
    let mut known: Vec<(String, String)> = Vec::new();
    for _ in 0..5_000 {
        // Few values for each digit, so that likenesses are the rule.
        let digits: String = (0..16).map(|_| char::from_digit(dice.next_u32() % 3, 16).unwrap()).collect();
        let id = format!("con_{}-{}-{}-8000-000000000001", &digits[..8], &digits[8..12], &digits[12..]);
        let shown = short_ids.show(&id);
        let expected =
            known.iter().find(|(_, whole)| *whole == id).map(|(handle, _)| handle.clone()).unwrap_or_else(|| {
                let lengths = [8, 12, 16].map(|length| format!("con_{}", &digits[..length]));
                let is_free = |handle: &&String| {
                    !known.iter().any(|(other, _)| other.len() == handle.len() && are_alike(other, handle))
                };
                lengths.iter().find(is_free).unwrap_or(&id).clone()
            });
        assert_eq!(shown, expected);
        if shown != id && !known.iter().any(|(_, whole)| *whole == id) {
            known.push((shown, id));
            if known.len() > 200 {
                let (forgotten, _) = known.remove(0);
                assert!(short_ids.whole(&forgotten).unwrap().is_err());
            }
        }
        assert_eq!(short_ids.count(), known.len());
    }
    for (handle, id) in known {
        assert_eq!(short_ids.whole(&handle), Some(Ok(id)));
    }
}

#[test]
fn threads_that_show_the_same_ids_agree_on_their_handles() {
    let mut dice = ChaCha8Rng::seed_from_u64(3);
    let ids: Vec<String> = (0..2_000).map(|_| random_id(&mut dice, "con")).collect();
    let short_ids = ShortIds::new(IdStyle::Short);
    let work = |offset: usize| {
        let (ids, short_ids) = (&ids, &short_ids);
        move || -> HashMap<String, String> {
            (0..ids.len())
                .map(|turn| &ids[(turn * 7 + offset) % ids.len()])
                .map(|id| (id.clone(), short_ids.show(id)))
                .collect()
        }
    };
    let seen: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(work(number * 251))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(seen.iter().all(|one| *one == seen[0]));
    assert_eq!(short_ids.count(), ids.len());
    assert!(seen[0].iter().all(|(id, handle)| short_ids.known(handle).as_ref() == Some(id)));
}

mod stored {
    use std::sync::Arc;

    use imbrace_contacts_mcp::ids::ShortIds;
    use imbrace_contacts_store::{
        Confirmation, Digest, Found, Known, LongId, Milliseconds, SpendError, SqliteStore, Store, StoreError, Tenant,
        TenantUsage, Way,
    };

    const ONE: &str = "con_66d67483-8982-43d6-acbe-139568688add";
    /// Its short form differs in one digit.
    const NEAR: &str = "con_66d67484-0000-4000-8000-000000000001";

    fn tenant() -> Tenant {
        Tenant { key: [7; 32], place: "local".to_owned() }
    }

    fn process(directory: &tempfile::TempDir) -> ShortIds {
        ShortIds::stored(Arc::new(SqliteStore::new(directory.path())), tenant())
    }

    #[tokio::test]
    async fn another_process_resolves_what_was_committed() {
        let directory = tempfile::tempdir().unwrap();
        let (shows, resolves) = (process(&directory), process(&directory));
        let short = shows.show(ONE);
        assert_eq!(short, "con_66d67483");
        let text = format!("id,name\n{short},Mei\n");
        assert_eq!(shows.commit().await.text(text.clone()), text);
        assert!(resolves.whole(&short).unwrap().is_err(), "not looked up yet");
        resolves.look_up(["and", short.as_str(), "con_00000000"].into_iter()).await;
        assert_eq!(resolves.whole(&short), Some(Ok(ONE.to_owned())));
        let unknown = resolves.whole("con_66d67493");
        resolves.look_up(["con_66d67493"].into_iter()).await;
        assert_eq!(resolves.whole("con_66d67493").unwrap().unwrap_err().nearest, [short]);
        assert!(unknown.unwrap().is_err());
    }

    /// Two processes show ids that look alike at the same moment. The one that commits later shows the longer form.
    #[tokio::test]
    async fn what_another_process_gave_out_meanwhile_is_corrected_in_the_answer() {
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = (process(&directory), process(&directory));
        let (one, near) = (first.show(ONE), second.show(NEAR));
        assert_eq!((one.as_str(), near.as_str()), ("con_66d67483", "con_66d67484"));
        assert_eq!(second.commit().await.text(near.clone()), near);
        let corrections = first.commit().await;
        let text = corrections.text(format!("{one},\"{one}\" ({one}) x{one} {one}-8982 {ONE}"));
        assert_eq!(
            text,
            format!("con_66d674838982,\"con_66d674838982\" (con_66d674838982) x{one} {one}-8982 {ONE}"),
            "whole words only"
        );
        let mut json = serde_json::json!({ "rows": [[one, 1, null]], "con_66d67483": { "id": one } });
        corrections.json(&mut json);
        assert_eq!(json["rows"][0][0], "con_66d674838982");
        assert_eq!(json["con_66d67483"]["id"], "con_66d674838982", "values, and no names of fields");
        assert_eq!(first.for_call().show(ONE), "con_66d674838982");
        second.look_up(["con_66d674838982"].into_iter()).await;
        assert_eq!(second.whole("con_66d674838982"), Some(Ok(ONE.to_owned())));
        assert_eq!(second.whole("con_66d67483").unwrap().unwrap_err().nearest, ["con_66d674838982", "con_66d67484"]);
    }

    /// A store behind which the disk has failed, and which was good for some calls before.
    #[derive(Debug)]
    struct Failing {
        good: SqliteStore,
        calls: std::sync::atomic::AtomicI64,
    }

    impl Failing {
        fn check(&self) -> Result<&SqliteStore, StoreError> {
            if self.calls.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) > 0 {
                return Ok(&self.good);
            }
            Err(StoreError::Disk { file: "shared.sqlite".into(), reason: "database or disk is full".to_owned() })
        }
    }

    impl Store for Failing {
        fn look_up(&self, tenant: &Tenant, shorts: &[String]) -> Result<Vec<Found>, StoreError> {
            self.check()?.look_up(tenant, shorts)
        }
        fn give_out(
            &self,
            tenant: &Tenant,
            ids: &[LongId],
            now: Milliseconds,
        ) -> Result<Vec<Option<Known>>, StoreError> {
            self.check()?.give_out(tenant, ids, now)
        }
        fn sweep(&self, now: Milliseconds) -> Result<u64, StoreError> {
            self.good.sweep(now)
        }
        fn forget(&self, tenant: &Tenant, id: Option<&LongId>) -> Result<u64, StoreError> {
            self.check()?.forget(tenant, id)
        }
        fn issue(&self, nonce: &str, confirmation: &Confirmation) -> Result<(), StoreError> {
            self.check()?.issue(nonce, confirmation)
        }
        fn spend(&self, nonce: &str, way: Way, call: &Digest, now: Milliseconds) -> Result<Digest, SpendError> {
            self.check()?.spend(nonce, way, call, now)
        }
        fn count_write(&self, caller: &Digest, limit: u64, now: Milliseconds) -> Result<Option<u64>, StoreError> {
            self.check()?.count_write(caller, limit, now)
        }
        fn uncount_write(&self, caller: &Digest, now: Milliseconds) -> Result<(), StoreError> {
            self.check()?.uncount_write(caller, now)
        }
        fn usage(&self, tenant: &Tenant) -> Result<Option<TenantUsage>, StoreError> {
            self.check()?.usage(tenant)
        }
        fn exists(&self) -> bool {
            self.good.exists()
        }
        fn now(&self) -> Result<Milliseconds, StoreError> {
            self.check()?.now()
        }
        fn spans_machines(&self) -> bool {
            self.good.spans_machines()
        }
        fn place(&self) -> String {
            self.good.place()
        }
    }

    #[tokio::test]
    async fn where_nothing_can_be_kept_ids_are_whole_and_known_ones_stay_good() {
        let directory = tempfile::tempdir().unwrap();
        let store = Failing { good: SqliteStore::new(directory.path()), calls: 1.into() };
        let ids = ShortIds::stored(Arc::new(store), tenant());
        let short = ids.show(ONE);
        assert_eq!(ids.commit().await.text(short.clone()), short);
        let call = ids.for_call();
        let (known, new) = (call.show(ONE), call.show("con_12345678-0000-4000-8000-000000000001"));
        let text = call.commit().await.text(format!("{known} {new}"));
        assert_eq!(text, format!("{short} con_12345678-0000-4000-8000-000000000001"));
        assert_eq!(ids.whole(&short), Some(Ok(ONE.to_owned())));
        let call = ids.for_call();
        call.look_up(["con_99999999"].into_iter()).await;
        let unknown = call.whole("con_99999999").unwrap().unwrap_err();
        assert!(unknown.fault.is_some_and(|fault| fault.to_string().contains("disk is full")));
        let call = ids.for_call();
        let again = call.show("con_12345678-0000-4000-8000-000000000001");
        assert_eq!(call.commit().await.text(again), "con_12345678-0000-4000-8000-000000000001", "never given out");
    }

    /// What is known and was shown today costs no look at the store.
    #[tokio::test]
    async fn known_ids_cost_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Failing { good: SqliteStore::new(directory.path()), calls: 1.into() };
        let ids = ShortIds::stored(Arc::new(store), tenant());
        let short = ids.show(ONE);
        ids.commit().await;
        for _ in 0..3 {
            let call = ids.for_call();
            call.look_up([short.as_str()].into_iter()).await;
            assert_eq!(call.whole(&short), Some(Ok(ONE.to_owned())));
            assert_eq!(call.show(ONE), short);
            assert_eq!(call.commit().await.text(short.clone()), short, "the store fails, and is not asked");
        }
    }
}
