//! One use of a confirmation, under many orders of its threads' steps: the file itself, with another mutex beneath.

#[path = "../../../src/tools/consent/spent.rs"]
mod spent;

/// What `spent.rs` is synchronised with here.
mod sync {
    pub(super) use shuttle::sync::Mutex;
    pub(super) use std::sync::PoisonError;
}

use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use spent::{MOST, Refused, Spent};

#[test]
fn of_concurrent_uses_one_succeeds_in_every_order() {
    let race = || {
        let (spent, uses) = (Arc::new(Spent::default()), Arc::new(AtomicUsize::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (spent, uses) = (Arc::clone(&spent), Arc::clone(&uses));
                shuttle::thread::spawn(move || match spent.spend(7, 100, 50) {
                    Ok(()) => drop(uses.fetch_add(1, Ordering::SeqCst)),
                    Err(refused) => assert_eq!(refused, Refused::Used),
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(uses.load(Ordering::SeqCst), 1);
    };
    // Every order of three switches between the threads, then a thousand at random.
    shuttle::check_dfs(race, Some(10_000));
    shuttle::check_random(race, 1_000);
}

#[test]
fn what_is_kept_is_bounded_and_nothing_is_forgotten_while_it_could_be_used_again() {
    let fill = || {
        let spent = Spent::default();
        let most = u32::try_from(MOST).unwrap();
        (0..most).for_each(|serial| spent.spend(serial, 100, 0).unwrap());
        assert_eq!(spent.spend(0, 100, 0), Err(Refused::Used));
        assert_eq!(spent.spend(most, 100, 99), Err(Refused::Full));
        assert_eq!(spent.spend(most, 300, 100), Ok(()));
        assert_eq!(spent.spend(most, 300, 100), Err(Refused::Used));
    };
    // The limit on steps is for loops that never end; this one does.
    let mut config = shuttle::Config::new();
    config.max_steps = shuttle::MaxSteps::None;
    shuttle::Runner::new(shuttle::scheduler::RandomScheduler::new(1), config).run(fill);
}
