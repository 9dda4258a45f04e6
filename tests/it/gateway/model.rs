//! Single flight and breaker under many schedules of several tasks: shuttle decides who runs next.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use imbrace_contacts_mcp::gateway::breaker::{CircuitBreaker, Ending};
use imbrace_contacts_mcp::gateway::single_flight::SingleFlight;
use shuttle::future::{block_on, spawn, yield_now};

/// Counts requests that are under way, and how many began.
#[derive(Default)]
struct Upstream {
    began: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

/// One request; it ends when dropped.
struct Underway(Arc<Upstream>);

impl Upstream {
    fn begin(self: &Arc<Self>) -> Underway {
        self.began.fetch_add(1, Ordering::SeqCst);
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        Underway(Arc::clone(self))
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A request that takes a few turns and answers its own number.
async fn request(upstream: Arc<Upstream>) -> usize {
    let underway = upstream.begin();
    let number = upstream.began.load(Ordering::SeqCst);
    for _ in 0..3 {
        yield_now().await;
    }
    drop(underway);
    number
}

#[test]
fn equal_requests_never_overlap_and_nobody_who_waits_is_left_without_an_answer() {
    shuttle::check_random(
        || {
            let (flights, upstream) = (SingleFlight::<u8, usize>::default(), Arc::new(Upstream::default()));
            block_on(async {
                let callers: Vec<_> = (0..4)
                    .map(|number| {
                        let (flights, upstream) = (flights.clone(), Arc::clone(&upstream));
                        spawn(async move {
                            let begin = || request(Arc::clone(&upstream)).boxed();
                            let flight = flights.join(0, begin);
                            if number == 0 {
                                // The one who probably began it looks once and leaves.
                                futures::pin_mut!(flight);
                                let _ = futures::poll!(&mut flight);
                                return None;
                            }
                            Some(flight.await)
                        })
                    })
                    .collect();
                for (number, caller) in callers.into_iter().enumerate() {
                    assert_eq!(caller.await.unwrap().is_none(), number == 0);
                }
            });
            assert_eq!(upstream.most.load(Ordering::SeqCst), 1);
            assert_eq!((upstream.under_way.load(Ordering::SeqCst), flights.count()), (0, 0));
        },
        2_000,
    );
}

#[test]
fn when_everyone_leaves_the_request_ends_and_nothing_is_left_behind() {
    shuttle::check_random(
        || {
            let (flights, upstream) = (SingleFlight::<u8, usize>::default(), Arc::new(Upstream::default()));
            block_on(async {
                let callers: Vec<_> = (0..3)
                    .map(|turns| {
                        let (flights, upstream) = (flights.clone(), Arc::clone(&upstream));
                        spawn(async move {
                            let flight = flights.join(0, || request(Arc::clone(&upstream)).boxed());
                            futures::pin_mut!(flight);
                            for _ in 0..=turns {
                                if futures::poll!(&mut flight).is_ready() {
                                    break;
                                }
                                yield_now().await;
                            }
                        })
                    })
                    .collect();
                for caller in callers {
                    caller.await.unwrap();
                }
            });
            assert_eq!((upstream.under_way.load(Ordering::SeqCst), flights.count()), (0, 0));
        },
        2_000,
    );
}

#[test]
fn only_one_probe_is_under_way_whatever_the_order() {
    shuttle::check_random(
        || {
            let mut opened = CircuitBreaker::default();
            for number in 0..8 {
                let pass = opened.enter(Duration::from_millis(number * 100)).unwrap();
                opened.leave(pass, Ending::Failed, Duration::from_millis(number * 100));
            }
            let breaker = Arc::new(Mutex::new(opened));
            let upstream = Arc::new(Upstream::default());
            let now = Duration::from_secs(6);
            let probes: Vec<_> = (0..4)
                .map(|number| {
                    let (breaker, upstream) = (Arc::clone(&breaker), Arc::clone(&upstream));
                    shuttle::thread::spawn(move || {
                        shuttle::thread::yield_now();
                        let Ok(pass) = breaker.lock().unwrap().enter(now) else { return false };
                        let underway = upstream.begin();
                        shuttle::thread::yield_now();
                        drop(underway);
                        // Half of them are dropped by their callers, the others fail.
                        let ending = if number % 2 == 0 { Ending::Abandoned } else { Ending::Failed };
                        breaker.lock().unwrap().leave(pass, ending, now);
                        true
                    })
                })
                .collect();
            let probed = probes.into_iter().map(|probe| probe.join().unwrap());
            assert!(probed.fold(false, |any, one| any | one), "somebody probes");
            assert_eq!(upstream.most.load(Ordering::SeqCst), 1);
        },
        2_000,
    );
}
