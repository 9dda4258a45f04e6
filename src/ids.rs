//! Short handles for whole ids: the prefix and the first 8 hex digits, `con_66d67483`.
//!
//! A whole id costs a model 25 tokens, a handle 7 to 9. The table remembers the ids that this credential has been
//! shown, and resolves exactly the handles that were given out, never a prefix of one: a mistyped handle must not hit
//! another contact. For the same reason a new id whose handle would differ from a known one in a single digit, or in
//! two neighbours that changed places, gets a longer one.

mod spread;

use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use spread::Spread;

/// Prefixes whose UUID ids are shortened.
const PREFIXES: [&str; 8] = ["con", "conv", "tcu", "msg", "cmc", "not", "u", "t"];
/// Hex digits of a handle, shortest first; where none is free the id is shown whole.
const LENGTHS: [u8; 3] = [8, 12, 16];
/// How many ids are remembered; the one whose handle was given out longest ago goes first. About 90 bytes each.
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
pub struct Handles {
    style: IdStyle,
    // std mutex: held for a few map look-ups, never across an await.
    table: Mutex<Table>,
}

/// Why a handle stands for no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownHandle {
    /// Known handles that look alike, nearest first.
    pub nearest: Vec<String>,
}

/// A handle in numbers: which prefix, how many digits, the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    prefix: u8,
    length: u8,
    digits: u64,
}

/// In two steps, where the derived one takes three.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.prefix) << 8 | u64::from(self.length));
        state.write_u64(self.digits);
    }
}

#[derive(Debug)]
struct Table {
    /// Handle to UUID; `None` where an id that is no UUID looks like a handle itself.
    ids: HashMap<Key, Option<[u8; 16]>, Spread>,
    /// The order in which handles were given out.
    order: VecDeque<Key>,
    capacity: usize,
}

impl Handles {
    /// An empty table.
    pub fn new(style: IdStyle) -> Self {
        Self::with_capacity(style, REMEMBERED)
    }

    /// An empty table that remembers at most `capacity` ids.
    pub fn with_capacity(style: IdStyle, capacity: usize) -> Self {
        Self {
            style,
            table: Mutex::new(Table { ids: HashMap::default(), order: VecDeque::new(), capacity: capacity.max(1) }),
        }
    }

    /// How an id is shown: its handle, or the whole id where it is no prefix and UUID, or where handles are off.
    pub fn show(&self, id: &str) -> String {
        match (self.style, parts(id)) {
            (IdStyle::Short, Some((prefix, uuid))) => {
                self.table().remember(prefix, uuid).map_or_else(|| id.to_owned(), spelled)
            }
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
    /// [`UnknownHandle`] when it looks like one but was never given out, or was forgotten.
    pub fn whole(&self, handle: &str) -> Option<Result<String, UnknownHandle>> {
        let key = key_of(handle)?;
        let found = self.known(handle);
        Some(found.ok_or_else(|| UnknownHandle { nearest: self.table().nearest(key) }))
    }

    /// The whole id of a handle that was given out; `None` for every other text.
    pub fn known(&self, handle: &str) -> Option<String> {
        let key = key_of(handle)?;
        let uuid = *self.table().ids.get(&key)?;
        Some(match uuid {
            Some(bytes) => format!("{}_{}", prefix_name(key.prefix), uuid::Uuid::from_bytes(bytes)),
            None => handle.to_owned(),
        })
    }

    /// How many ids are remembered.
    pub fn count(&self) -> usize {
        self.table().order.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic while the lock was held leaves at worst a handle without an entry, which reads as unknown.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The handle of an id, given out now if it was not before; `None` when every length is taken.
    fn remember(&mut self, prefix: u8, uuid: uuid::Uuid) -> Option<Key> {
        let key = |length: u8| Key { prefix, length, digits: uuid.as_u64_pair().0 >> (64 - 4 * u32::from(length)) };
        let bytes = Some(uuid.into_bytes());
        if let Some(known) = LENGTHS.into_iter().map(key).find(|key| self.ids.get(key) == Some(&bytes)) {
            return Some(known);
        }
        let free = LENGTHS.into_iter().map(key).find(|key| self.is_free(*key))?;
        self.insert(free, bytes);
        Some(free)
    }

    /// Remembers an id that is no UUID but could be taken for a handle, so that it is accepted as what it is.
    fn remember_whole(&mut self, key: Key) {
        if !self.ids.contains_key(&key) {
            self.insert(key, None);
        }
    }

    fn insert(&mut self, key: Key, uuid: Option<[u8; 16]>) {
        if self.order.len() >= self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.ids.insert(key, uuid);
        self.order.push_back(key);
    }

    /// Whether no known key equals this one, or becomes it by one digit or by two neighbours that change places.
    fn is_free(&self, key: Key) -> bool {
        let digit = |place: u32| (key.digits >> (4 * place)) & 0xF;
        let places = 0..u32::from(key.length);
        let changed = places.clone().flat_map(|place| (1..16).map(move |change: u64| change << (4 * place)));
        let swapped = places.skip(1).map(|place| {
            let change = digit(place) ^ digit(place - 1);
            change << (4 * place) | change << (4 * (place - 1))
        });
        let neighbours = changed.chain(swapped).map(|change| Key { digits: key.digits ^ change, ..key });
        std::iter::once(key).chain(neighbours).all(|neighbour| !self.ids.contains_key(&neighbour))
    }

    /// Up to three known handles of the same prefix that look most like one that is not known.
    fn nearest(&self, key: Key) -> Vec<String> {
        // Digits only: to compare the texts of 100,000 handles would take longer than a look at the gateway.
        let mut near: Vec<(u32, Key)> = self
            .ids
            .keys()
            .filter(|known| known.prefix == key.prefix)
            .map(|known| (difference(*known, key), *known))
            .filter(|(difference, _)| *difference <= 3)
            .collect();
        near.sort_by_key(|(difference, known)| (*difference, known.length, known.digits));
        near.into_iter().take(3).map(|(_, known)| spelled(known)).collect()
    }
}

/// In how many digits two handles differ, as far as the shorter one goes.
fn difference(one: Key, other: Key) -> u32 {
    let length = one.length.min(other.length);
    let first = |key: Key| key.digits >> (4 * u32::from(key.length - length));
    let changed = first(one) ^ first(other);
    (0..u32::from(length)).filter(|place| (changed >> (4 * place)) & 0xF != 0).count() as u32
}

fn spelled(key: Key) -> String {
    format!("{}_{:0width$x}", prefix_name(key.prefix), key.digits, width = usize::from(key.length))
}

fn prefix_name(prefix: u8) -> &'static str {
    PREFIXES.get(usize::from(prefix)).copied().unwrap_or_default()
}

fn prefix_number(name: &str) -> Option<u8> {
    PREFIXES.iter().position(|prefix| *prefix == name).and_then(|place| u8::try_from(place).ok())
}

/// Prefix and UUID of a whole id in the gateway's own spelling; others could not be rebuilt.
fn parts(id: &str) -> Option<(u8, uuid::Uuid)> {
    let (name, rest) = id.split_once('_')?;
    if rest.len() != 36 || rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some((prefix_number(name)?, uuid::Uuid::try_parse(rest).ok()?))
}

/// The key that a text spells, if it looks like a handle at all.
fn key_of(text: &str) -> Option<Key> {
    let (name, digits) = text.split_once('_')?;
    let length = u8::try_from(digits.len()).ok().filter(|length| LENGTHS.contains(length))?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digits = digits.bytes().all(is_digit).then(|| u64::from_str_radix(digits, 16).ok())??;
    Some(Key { prefix: prefix_number(name)?, length, digits })
}
