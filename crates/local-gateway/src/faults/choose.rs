//! Chooses the faults of a request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Faults, Form, InjectedFault, Rule};
use crate::model::Prefix;

/// What a request asks for, as far as faults are chosen by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaultRequest {
    /// The operation's name.
    pub(crate) operation: &'static str,
    /// Which form of it.
    pub(crate) form: Form,
    /// Under which prefix.
    pub(crate) prefix: Prefix,
    /// The path after the prefix.
    pub(crate) path: &'static str,
}

/// The faults in force.
#[derive(Debug)]
pub(crate) struct Chooser(RwLock<Arc<Active>>);

/// Faults, and how many requests each rule was meant for so far.
#[derive(Debug)]
struct Active {
    faults: Faults,
    counts: Vec<AtomicU64>,
}

impl Active {
    fn new(faults: Faults) -> Arc<Self> {
        let counts = faults.rules.iter().map(|_| AtomicU64::new(0)).collect();
        Arc::new(Self { faults, counts })
    }
}

impl Chooser {
    /// Starts with these.
    pub(crate) fn new(faults: Faults) -> Self {
        Self(RwLock::new(Active::new(faults)))
    }

    /// From now on these.
    pub(crate) fn set(&self, faults: Faults) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Active::new(faults);
    }

    /// What is done to a request.
    pub(crate) fn choose(&self, asked: &FaultRequest) -> InjectedFault {
        let active = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let rules = active.faults.rules.iter().zip(&active.counts).enumerate();
        let hits = rules.filter(|(position, (rule, count))| {
            rule.is_meant_for(asked) && {
                let number = count.fetch_add(1, Ordering::Relaxed);
                rule.hits(number, mix(active.faults.seed ^ mix(*position as u64) ^ mix(number.rotate_left(32))))
            }
        });
        InjectedFault::new(hits.map(|(_, (rule, _))| rule.fault.clone()).collect(), asked.path)
    }
}

impl Rule {
    fn is_meant_for(&self, asked: &FaultRequest) -> bool {
        self.operation.as_deref().is_none_or(|operation| operation == asked.operation)
            && self.form.is_none_or(|form| form == asked.form)
            && self.prefix.is_none_or(|prefix| prefix == asked.prefix)
    }

    /// Whether the request of a number, counted from 0, is hit; `chance` is spread evenly over all of `u64`.
    fn hits(&self, number: u64, chance: u64) -> bool {
        let Some(position) = number.checked_sub(self.after) else {
            return false;
        };
        self.first.is_none_or(|first| position < first) && (chance as f64) < self.share * (u64::MAX as f64)
    }
}

/// Spreads a number over all bits (the finishing steps of SplitMix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Chooser, FaultRequest};
    use crate::faults::{Fault, Faults, Form, Rule};
    use crate::model::Prefix;

    const ASKED: FaultRequest =
        FaultRequest { operation: "list_contacts", form: Form::Main, prefix: Prefix::Backend, path: "contacts" };

    #[test]
    fn a_share_is_about_met_and_repeats() {
        let hits = || {
            let chooser = Chooser::new(Faults::one(Rule::always(Fault::ResetBefore).share(0.1)));
            (0..10_000).map(|_| chooser.choose(&ASKED).resets_before()).collect::<Vec<_>>()
        };
        let count = hits().iter().filter(|hit| **hit).count();
        assert!((900..1_100).contains(&count), "{count}");
        assert_eq!(hits(), hits());
    }

    #[test]
    fn counts_and_operations_narrow_a_rule() {
        let rule = Rule::always(Fault::ResetBefore).on("list_contacts").only(2);
        let chooser = Chooser::new(Faults::one(rule));
        let other = FaultRequest { operation: "get_contact", ..ASKED };
        assert!(!chooser.choose(&other).resets_before());
        assert_eq!([(); 3].map(|()| chooser.choose(&ASKED).resets_before()), [false, true, false]);
    }
}
