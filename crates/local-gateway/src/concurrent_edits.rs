//! The people who work on the contacts while somebody reads or changes them: every so many requests some contacts are
//! added, edited and deleted. Counted in requests and not in seconds, so that a test sees the same each time.

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::people::{SeededRng, newcomer, time};
use super::store::{Store, StoreError};
use crate::gateway::operations;

/// Keeps the throws of the crowd apart from those that made the people.
const CROWD: u64 = 0x4352_4f57_4421;

/// What the crowd does, and how often; by default nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentEdits {
    /// How many contacts are added at a time, created at that moment.
    pub insert: u64,
    /// How many are edited at a time; each gets a new `updated_at`.
    pub edit: u64,
    /// How many are deleted at a time.
    pub delete: u64,
    /// After how many requests, the first time before the request that completes the number is answered.
    pub every: u64,
    /// Counts only the requests of this operation; `None` is every one.
    pub operation: Option<String>,
    /// How many times in all; `None` is without end.
    pub times: Option<u64>,
    /// Milliseconds that the clock of their edits and inserts is ahead of ours; less than 0 is behind.
    pub clock: i64,
    /// Milliseconds by which that clock is wrong at most, another way at each turn: timestamps jump back.
    pub skew: u64,
    /// Milliseconds of a tick of that clock: what happens within one has equal timestamps. 0 is 1.
    pub tick: u64,
    /// Who is edited and deleted, and who comes: the same seed and the same requests give the same.
    pub seed: u64,
}

impl Default for ConcurrentEdits {
    fn default() -> Self {
        Self {
            insert: 0,
            edit: 0,
            delete: 0,
            every: 1,
            operation: None,
            times: None,
            clock: 0,
            skew: 0,
            tick: 0,
            seed: 0,
        }
    }
}

/// Why a text is no crowd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConcurrentEditsError {
    /// A word that is none of the options.
    #[error(
        "there is no `{0}` here; write for example insert=5,edit=5,delete=2,every=10 (also: on, times, clock, skew, tick, seed)"
    )]
    Option(String),
    /// A value that is no number, or 0 for `every`, or no operation.
    #[error("`{value}` is no value of {name}")]
    Value {
        /// The option.
        name: String,
        /// The value.
        value: String,
    },
}

/// Reads `insert=5,edit=5,delete=2,every=10,on=list_contacts,times=100,seed=1`; what is left out is as by default.
impl FromStr for ConcurrentEdits {
    type Err = ConcurrentEditsError;

    fn from_str(text: &str) -> Result<Self, ConcurrentEditsError> {
        let mut crowd = Self::default();
        for option in text.split(',').map(str::trim).filter(|option| !option.is_empty()) {
            let (name, value) =
                option.split_once('=').ok_or_else(|| ConcurrentEditsError::Option(option.to_owned()))?;
            let refused = || ConcurrentEditsError::Value { name: name.to_owned(), value: value.to_owned() };
            if name == "on" {
                let known = operations::catalog().iter().any(|known| known.name == value);
                crowd.operation = Some(known.then(|| value.to_owned()).ok_or_else(refused)?);
                continue;
            }
            if name == "clock" {
                crowd.clock = value.parse().map_err(|_| refused())?;
                continue;
            }
            let number: u64 = value.parse().map_err(|_| refused())?;
            match name {
                "insert" => crowd.insert = number,
                "edit" => crowd.edit = number,
                "delete" => crowd.delete = number,
                "every" if number > 0 => crowd.every = number,
                "every" => return Err(refused()),
                "times" => crowd.times = Some(number),
                "skew" => crowd.skew = number,
                "tick" => crowd.tick = number,
                "seed" => crowd.seed = number,
                _ => return Err(ConcurrentEditsError::Option(name.to_owned())),
            }
        }
        Ok(crowd)
    }
}

/// The crowd at work.
#[derive(Debug)]
pub(super) struct AtWork {
    // std mutex: held for a few additions, never while the crowd acts.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    crowd: ConcurrentEdits,
    requests: u64,
    turns: u64,
}

impl AtWork {
    /// Begins.
    pub(super) fn new(crowd: ConcurrentEdits) -> Self {
        Self { state: Mutex::new(State { crowd, requests: 0, turns: 0 }) }
    }

    /// From now on this crowd; its counts begin again.
    pub(super) fn set(&self, crowd: ConcurrentEdits) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State { crowd, requests: 0, turns: 0 };
    }

    /// Counts a request, and acts when it is time.
    pub(super) fn request(&self, operation: &str, store: &Store) -> Result<(), StoreError> {
        match self.turn(operation) {
            Some((crowd, turn)) => act(&crowd, turn, store),
            None => Ok(()),
        }
    }

    /// Acts once more, now.
    pub(super) fn act(&self, store: &Store) -> Result<(), StoreError> {
        let (crowd, turn) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.turns += 1;
            (state.crowd.clone(), state.turns)
        };
        act(&crowd, turn, store)
    }

    /// The crowd and the number of its turn, when it is time for one.
    fn turn(&self, operation: &str) -> Option<(ConcurrentEdits, u64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let crowd = &state.crowd;
        let idle = crowd.insert + crowd.edit + crowd.delete == 0;
        if idle || crowd.operation.as_deref().is_some_and(|counted| counted != operation) {
            return None;
        }
        let over = crowd.times.is_some_and(|times| state.turns >= times);
        state.requests += 1;
        if over || !state.requests.is_multiple_of(state.crowd.every) {
            return None;
        }
        state.turns += 1;
        Some((state.crowd.clone(), state.turns))
    }
}

/// One turn of the crowd.
fn act(crowd: &ConcurrentEdits, turn: u64, store: &Store) -> Result<(), StoreError> {
    let mut seeded_rng = SeededRng::of(crowd.seed ^ CROWD, turn);
    let wrong = match crowd.skew {
        // The same throws for edits as without a skew.
        0 => crowd.clock,
        skew => {
            crowd.clock + SeededRng::of(crowd.seed ^ CROWD ^ 1, turn).below(2 * skew + 1).cast_signed()
                - skew.cast_signed()
        }
    };
    let clock = || {
        let now = time::now() + wrong;
        now - now.rem_euclid(crowd.tick.max(1).cast_signed())
    };
    insert(store, crowd.seed, crowd.insert, clock)?;
    for _ in 0..crowd.edit {
        if let Some(id) = store.somebody(seeded_rng.below(u64::MAX))? {
            store.update_contact(&id, &edit(&mut seeded_rng), false, clock)?;
        }
    }
    for _ in 0..crowd.delete {
        if let Some(id) = store.somebody(seeded_rng.below(u64::MAX))? {
            store.delete_contact(&id)?;
        }
    }
    Ok(())
}

/// Adds made-up contacts, created now by this clock; their ids.
pub(super) fn insert(store: &Store, seed: u64, count: u64, clock: impl Fn() -> i64) -> Result<Vec<String>, StoreError> {
    let first = store.newcomers(count)?;
    let add = |number| {
        let contact = newcomer(seed ^ CROWD, first + number, clock());
        store.insert_contact(&contact.document())?;
        Ok(contact.text("id").to_owned())
    };
    (0..count).map(add).collect()
}

/// What a colleague changes: one field, as the dashboard sends it.
fn edit(seeded_rng: &mut SeededRng) -> Map<String, Value> {
    let field = seeded_rng.pick(&["remark", "location", "position", "company_name", "email", "phone_number"]);
    let number = seeded_rng.digits(4);
    let value = match field {
        "email" => format!("colleague.{number}@example.com"),
        "phone_number" => format!("5550{number}"),
        other => format!("{} {number}", other.replace('_', " ")),
    };
    Map::from_iter([(field.to_owned(), Value::String(value))])
}
