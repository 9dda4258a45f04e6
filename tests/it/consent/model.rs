//! One use of a confirmation, under many orders of its threads' steps: the file itself, with another mutex beneath.

#[path = "../../../src/tools/consent/issued.rs"]
mod issued;

/// What `issued.rs` is synchronised with here.
mod sync {
    pub(super) use shuttle::sync::Mutex;
    pub(super) use std::sync::PoisonError;
}

use std::time::{Duration, Instant};

use issued::{Confirmation, ConsentError, Issued, MOST, Way};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};

const CALL: [u8; 32] = [1; 32];
const CONTENT: [u8; 32] = [2; 32];

fn confirmation(expires: Instant) -> Confirmation {
    Confirmation { way: Way::Argument, call: CALL, content: CONTENT, expires }
}

#[test]
fn of_concurrent_uses_one_succeeds_in_every_order() {
    let race = || {
        let (issued, uses) = (Arc::new(Issued::default()), Arc::new(AtomicUsize::new(0)));
        let now = Instant::now();
        issued.issue("nonce".to_owned(), confirmation(now + Duration::from_secs(1)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (issued, uses) = (Arc::clone(&issued), Arc::clone(&uses));
                shuttle::thread::spawn(move || match issued.spend("nonce", Way::Argument, &CALL, now) {
                    Ok(content) => {
                        assert_eq!(content, CONTENT);
                        uses.fetch_add(1, Ordering::SeqCst);
                    }
                    Err(refused) => assert_eq!(refused, ConsentError::Used),
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
fn what_is_kept_is_bounded_and_what_is_forgotten_confirms_nothing() {
    let fill = || {
        let (issued, now) = (Issued::default(), Instant::now());
        let spend = |number: usize, now| issued.spend(&number.to_string(), Way::Argument, &CALL, now);
        let expires = now + Duration::from_secs(1);
        (0..MOST).for_each(|number| issued.issue(number.to_string(), confirmation(expires)));
        assert_eq!(spend(0, now), Ok(CONTENT));
        assert_eq!(spend(0, now), Err(ConsentError::Used));
        issued.issue(MOST.to_string(), confirmation(expires));
        assert_eq!(spend(0, now), Err(ConsentError::Unknown), "used once, and never again");
        assert_eq!((spend(1, now), spend(MOST, now)), (Ok(CONTENT), Ok(CONTENT)));
        assert_eq!(spend(2, expires), Err(ConsentError::Expired));
        assert_eq!(issued.spend("2", Way::Person, &CALL, now), Err(ConsentError::OtherCall));
        assert_eq!(issued.spend("2", Way::Argument, &CONTENT, now), Err(ConsentError::OtherCall));
        assert_eq!(spend(2, now), Ok(CONTENT), "what was refused is not used up");
    };
    // The limit on steps is for loops that never end; this one does.
    let mut config = shuttle::Config::new();
    config.max_steps = shuttle::MaxSteps::None;
    shuttle::Runner::new(shuttle::scheduler::RandomScheduler::new(1), config).run(fill);
}
