//! Short handles for whole ids: the prefix and the first 8 hex digits, `con_66d67483`.
//!
//! A whole id costs a model 25 tokens, a handle 7 to 9. The table remembers the ids that this credential has been
//! shown, and resolves exactly the handles that were given out, never a prefix of one: a mistyped handle must not hit
//! another contact. For the same reason a new id whose handle would differ from a known one in a single digit, or in
//! two neighbours that changed places, gets a longer one.

mod digits;
mod key;
mod spread;
mod table;

use std::sync::{Mutex, MutexGuard, PoisonError};

use key::Key;
use table::Table;

/// Prefixes whose UUID ids are shortened.
const PREFIXES: [&str; 8] = ["con", "conv", "tcu", "msg", "cmc", "not", "u", "t"];
/// Hex digits of a handle, shortest first; where none is free the id is shown whole.
const LENGTHS: [u8; 3] = [8, 12, 16];
/// How many ids are remembered; the one whose handle was given out longest ago goes first. About 40 bytes each.
pub const REMEMBERED: usize = 100_000;

/// Whether answers show handles or whole ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdStyle {
    /// Handles.
    #[default]
    Short,
    /// Whole ids, for servers behind which several replicas answer one client.
    Whole,
}

/// The handles that were given out for one credential.
#[derive(Debug)]
pub struct ShortIds {
    style: IdStyle,
    // std mutex: held for a few map look-ups, never across an await.
    table: Mutex<Table>,
}

/// Why a handle stands for no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownShortId {
    /// Known handles that look alike, nearest first.
    pub nearest: Vec<String>,
}

impl ShortIds {
    /// An empty table.
    pub fn new(style: IdStyle) -> Self {
        Self::with_capacity(style, REMEMBERED)
    }

    /// An empty table that remembers at most `capacity` ids.
    pub fn with_capacity(style: IdStyle, capacity: usize) -> Self {
        Self { style, table: Mutex::new(Table::new(capacity)) }
    }

    /// How an id is shown: its handle, or the whole id where it is no prefix and UUID, or where handles are off.
    pub fn show(&self, id: &str) -> String {
        match (self.style, parts(id)) {
            (IdStyle::Short, Some((prefix, bytes))) => match self.table().remember(prefix, bytes) {
                // No longer than the first group of a UUID: so it stands in the id already.
                Some(Key { length: length @ ..=digits::FIRST_GROUP, .. }) => {
                    id.get(..prefix_name(prefix).len() + 1 + usize::from(length)).unwrap_or(id).to_owned()
                }
                Some(key) => spelled(key),
                None => id.to_owned(),
            },
            _ => {
                if let Some(key) = key_of(id) {
                    self.table().remember_whole(key);
                }
                id.to_owned()
            }
        }
    }

    /// The whole id of a handle; `None` when the text does not look like a handle of a known prefix.
    ///
    /// # Errors
    /// [`UnknownShortId`] when it looks like one but was never given out, or was forgotten.
    pub fn whole(&self, handle: &str) -> Option<Result<String, UnknownShortId>> {
        let key = key_of(handle)?;
        let found = self.known(handle);
        Some(found.ok_or_else(|| UnknownShortId { nearest: nearest(&self.table(), key) }))
    }

    /// The whole id of a handle that was given out; `None` for every other text.
    pub fn known(&self, handle: &str) -> Option<String> {
        let key = key_of(handle)?;
        let uuid = self.table().get(key)?;
        Some(match uuid {
            Some(bytes) => format!("{}_{}", prefix_name(key.prefix), uuid::Uuid::from_bytes(bytes)),
            None => handle.to_owned(),
        })
    }

    /// How many ids are remembered.
    pub fn count(&self) -> usize {
        self.table().count()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic while the lock was held leaves at worst a handle without an entry, which reads as unknown.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Up to three known handles of the same prefix that look most like one that is not known.
fn nearest(table: &Table, key: Key) -> Vec<String> {
    // Digits only: to compare the texts of 100,000 handles would take longer than a look at the gateway.
    let same = table.keys().filter(|known| known.prefix == key.prefix);
    let mut near: Vec<(u32, Key)> =
        same.map(|known| (known.difference(key), known)).filter(|(difference, _)| *difference <= 3).collect();
    near.sort_by_key(|(difference, known)| (*difference, known.length, known.digits));
    near.into_iter().take(3).map(|(_, known)| spelled(known)).collect()
}

fn spelled(key: Key) -> String {
    let mut text = String::with_capacity(24);
    text.push_str(prefix_name(key.prefix));
    text.push('_');
    let digits = (0..u32::from(key.length)).rev().map(|place| key.digit(place) as u32);
    text.extend(digits.filter_map(|digit| char::from_digit(digit, 16)));
    text
}

fn prefix_name(prefix: u8) -> &'static str {
    PREFIXES.get(usize::from(prefix)).copied().unwrap_or_default()
}

fn prefix_number(name: &str) -> Option<u8> {
    PREFIXES.iter().position(|prefix| *prefix == name).and_then(|place| u8::try_from(place).ok())
}

/// Prefix and UUID of a whole id in the gateway's own spelling; others could not be rebuilt.
fn parts(id: &str) -> Option<(u8, [u8; 16])> {
    let (name, uuid) = id.split_once('_')?;
    Some((prefix_number(name)?, digits::uuid(uuid.as_bytes().try_into().ok()?)?))
}

/// The key that a text spells, if it looks like a handle at all.
fn key_of(text: &str) -> Option<Key> {
    let (name, digits) = text.split_once('_')?;
    let length = u8::try_from(digits.len()).ok().filter(|length| LENGTHS.contains(length))?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digits = digits.bytes().all(is_digit).then(|| u64::from_str_radix(digits, 16).ok())??;
    Some(Key { prefix: prefix_number(name)?, length, digits })
}
