//! Short ids for whole ids: the prefix and the first 8 hex digits of the UUID, `con_66d67483`.
//!
//! A whole id costs a model 25 tokens, a short one 7 to 9. The table remembers the ids that this credential has been
//! shown, and resolves exactly the short ids that were given out, never a prefix of one: a mistyped short id must not hit
//! another contact. For the same reason a new id whose short form would differ from a known one in a single digit, or in
//! two neighbours that changed places, gets a longer one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// Prefixes whose UUID ids are shortened.
const PREFIXES: [&str; 8] = ["con", "conv", "tcu", "msg", "cmc", "not", "u", "t"];
/// Hex digits of a short id, shortest first; where none is free the id is shown whole.
const LENGTHS: [usize; 3] = [8, 12, 16];
/// The digits of a short id.
const DIGITS: &str = "0123456789abcdef";
/// How many ids are remembered; the one that was shown first goes first. About 120 bytes each.
pub const REMEMBERED: usize = 100_000;

/// Whether answers show short or whole ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdStyle {
    /// Short ids.
    #[default]
    Short,
    /// Whole ids, for servers behind which several replicas answer one client.
    Whole,
}

/// The short ids that were given out for one credential.
#[derive(Debug)]
pub struct ShortIds {
    style: IdStyle,
    // std mutex: held for map look-ups, never across an await.
    table: Mutex<Table>,
}

/// Why a short id stands for no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownShortId {
    /// Known short ids that look alike, nearest first.
    pub nearest: Vec<String>,
}

impl ShortIds {
    /// An empty table.
    pub fn new(style: IdStyle) -> Self {
        Self::with_capacity(style, REMEMBERED)
    }

    /// An empty table that remembers at most `capacity` ids, and at least one.
    pub fn with_capacity(style: IdStyle, capacity: usize) -> Self {
        Self { style, table: Mutex::new(Table { capacity: capacity.max(1), ..Table::default() }) }
    }

    /// How an id is shown: short, or whole where it is no prefix and UUID, or where short ids are off.
    pub fn show(&self, id: &str) -> String {
        match (self.style, parse(id)) {
            (IdStyle::Short, Some((prefix, uuid))) => {
                self.table().shorten(prefix, uuid).unwrap_or_else(|| id.to_owned())
            }
            _ => {
                if looks_short(id) {
                    self.table().remember(id, None);
                }
                id.to_owned()
            }
        }
    }

    /// The whole id of a short one; `None` when the text does not look like a short id of a known prefix.
    ///
    /// # Errors
    /// [`UnknownShortId`] when it looks like one but was never given out, or was forgotten.
    pub fn whole(&self, short: &str) -> Option<Result<String, UnknownShortId>> {
        let known = || self.known(short).ok_or_else(|| UnknownShortId { nearest: self.table().nearest(short) });
        looks_short(short).then(known)
    }

    /// The whole id of a short one that was given out; `None` for every other text.
    pub fn known(&self, short: &str) -> Option<String> {
        let uuid = *self.table().ids.get(short)?;
        Some(match (uuid, short.split_once('_')) {
            (Some(uuid), Some((prefix, _))) => format!("{prefix}_{uuid}"),
            _ => short.to_owned(),
        })
    }

    /// How many ids are remembered.
    pub fn count(&self) -> usize {
        self.table().ids.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic while the lock was held leaves at worst a short id without an entry, which reads as unknown.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ids that were shown, bounded.
#[derive(Debug, Default)]
struct Table {
    /// By its short id the UUID; `None` where an id that is no UUID looks like a short one, and stands for itself.
    ids: HashMap<Arc<str>, Option<Uuid>>,
    /// The short ids, oldest first.
    order: VecDeque<Arc<str>>,
    capacity: usize,
}

impl Table {
    /// The short form of an id, given out now if it was not before; `None` when every length is taken.
    fn shorten(&mut self, prefix: &str, uuid: Uuid) -> Option<String> {
        let digits = uuid.simple().to_string();
        let forms = || LENGTHS.into_iter().map(|length| format!("{prefix}_{digits:.length$}"));
        if let Some(known) = forms().find(|form| self.ids.get(form.as_str()) == Some(&Some(uuid))) {
            return Some(known);
        }
        let free = forms().find(|form| self.is_free(form))?;
        self.remember(&free, Some(uuid));
        Some(free)
    }

    /// Whether no known short id equals this one, or becomes it by one digit or by two neighbours that change places.
    fn is_free(&self, short: &str) -> bool {
        let mut other = String::with_capacity(short.len());
        let mut is_known = |parts: [&str; 3]| {
            other.clear();
            other.extend(parts);
            self.ids.contains_key(other.as_str())
        };
        let begin = short.find('_').map_or(0, |underscore| underscore + 1);
        !(begin..short.len()).any(|place| {
            let (head, tail) = short.split_at(place);
            let (here, rest) = tail.split_at_checked(1).unwrap_or_default();
            let (next, after) = rest.split_at_checked(1).unwrap_or_default();
            let mut digits = DIGITS.chars();
            digits.any(|digit| is_known([head, digit.encode_utf8(&mut [0; 4]), rest]))
                || is_known([head, &[next, here].concat(), after])
        })
    }

    /// Remembers what a short id stands for, unless it stands for something already.
    fn remember(&mut self, short: &str, uuid: Option<Uuid>) {
        if self.ids.contains_key(short) {
            return;
        }
        if self.order.len() >= self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        let short: Arc<str> = short.into();
        self.order.push_back(Arc::clone(&short));
        self.ids.insert(short, uuid);
    }

    /// Up to three known short ids of the same prefix that differ in at most three digits, as far as the shorter one goes.
    fn nearest(&self, short: &str) -> Vec<String> {
        let prefix = short.split_inclusive('_').next().unwrap_or_default();
        let difference = |known: &str| known.bytes().zip(short.bytes()).filter(|(one, other)| one != other).count();
        let same = self.order.iter().filter(|known| known.starts_with(prefix));
        let mut near: Vec<_> = same.map(|known| (difference(known), known.len(), known)).collect();
        near.retain(|(difference, ..)| *difference <= 3);
        near.sort();
        near.into_iter().take(3).map(|(.., known)| known.to_string()).collect()
    }
}

/// Prefix and UUID of a whole id in the gateway's own spelling; others could not be rebuilt.
fn parse(id: &str) -> Option<(&str, Uuid)> {
    let (prefix, text) = id.split_once('_').filter(|(prefix, _)| PREFIXES.contains(prefix))?;
    let uuid = Uuid::try_parse(text).ok()?;
    let is_spelled_so = uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
    is_spelled_so.then_some((prefix, uuid))
}

/// Whether a text has the form of a short id.
fn looks_short(text: &str) -> bool {
    text.split_once('_').is_some_and(|(prefix, digits)| {
        PREFIXES.contains(&prefix)
            && LENGTHS.contains(&digits.len())
            && digits.chars().all(|digit| DIGITS.contains(digit))
    })
}
