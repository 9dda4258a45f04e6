//! The table of handles: a ring of ids in the order they came, found by either half of their digits.
//!
//! Two handles that look alike share one of their halves, but for the two digits in the middle that changed places. So a
//! new id is compared with the few that share a half, not looked for in 128 places; and an id takes 36 bytes.

use std::hash::BuildHasher;

use super::LENGTHS;
use super::key::Key;
use super::spread::Spread;

/// No entry.
const NONE: u32 = u32::MAX;

/// The fewest chains of a table that holds something.
const FEWEST_CHAINS: usize = 64;

/// The ids that were shown, bounded.
#[derive(Debug)]
pub(super) struct Table {
    /// A ring once it is full.
    entries: Vec<Entry>,
    /// The place of the entry that goes first.
    oldest: usize,
    /// The first entry of each chain, by the upper and by the lower half. A power of two of them, or none.
    chains: [Vec<u32>; 2],
    spread: Spread,
    capacity: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The UUID; of an id that is none, its digits only.
    bytes: [u8; 16],
    /// The next entries of its two chains.
    next: [u32; 2],
    prefix: u8,
    length: u8,
    /// Whether the bytes are a UUID. Else the id is no UUID and looks like a handle itself.
    is_uuid: bool,
}

impl Entry {
    fn key(&self) -> Key {
        Key::of(self.prefix, self.length, self.bytes)
    }
}

impl Table {
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, NONE as usize);
        Self { entries: Vec::new(), oldest: 0, chains: [Vec::new(), Vec::new()], spread: Spread::default(), capacity }
    }

    /// How many ids it holds.
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    /// What a handle stands for; `Some(None)` where an id that is no UUID looks like it.
    pub(super) fn get(&self, key: Key) -> Option<Option<[u8; 16]>> {
        let entry = self.chain(key, 0).find(|entry| entry.key() == key)?;
        Some(entry.is_uuid.then_some(entry.bytes))
    }

    /// The handles of all ids.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.entries.iter().map(Entry::key)
    }

    /// The handle of an id, given out now if it was not before; `None` when every length is taken.
    pub(super) fn remember(&mut self, prefix: u8, bytes: [u8; 16]) -> Option<Key> {
        let keys = LENGTHS.map(|length| Key::of(prefix, length, bytes));
        if let Some(known) = keys.into_iter().find(|key| self.get(*key) == Some(Some(bytes))) {
            return Some(known);
        }
        let free = keys.into_iter().find(|key| self.is_free(*key))?;
        self.insert(free, bytes, true);
        Some(free)
    }

    /// Remembers an id that is no UUID but could be taken for a handle, so that it is accepted as what it is.
    pub(super) fn remember_whole(&mut self, key: Key) {
        if self.get(key).is_none() {
            self.insert(key, key.bytes(), false);
        }
    }

    /// Whether no known key equals this one, or becomes it by one digit or by two neighbours that change places.
    fn is_free(&self, key: Key) -> bool {
        let alike = |side| self.chain(key, side).any(|entry| entry.key().is_like(key));
        !alike(0) && !alike(1) && self.get(key.with_middle_swapped()).is_none()
    }

    fn insert(&mut self, key: Key, bytes: [u8; 16], is_uuid: bool) {
        let Key { prefix, length, .. } = key;
        let entry = Entry { bytes, next: [NONE; 2], prefix, length, is_uuid };
        if self.entries.len() < self.capacity {
            self.entries.push(entry);
            self.widen();
            return self.link(self.entries.len() - 1);
        }
        let place = self.oldest;
        self.unlink(place);
        if let Some(oldest) = self.entries.get_mut(place) {
            *oldest = entry;
        }
        self.link(place);
        self.oldest = (place + 1) % self.capacity;
    }

    /// Doubles the chains where there are more entries than chains.
    fn widen(&mut self) {
        let count = self.chains.iter().map(Vec::len).min().unwrap_or_default();
        if self.entries.len() <= count {
            return;
        }
        // The old ones are given back first.
        self.chains = [Vec::new(), Vec::new()];
        let count = FEWEST_CHAINS.max(count * 2);
        self.chains = [vec![NONE; count], vec![NONE; count]];
        // The last one is linked by who pushed it.
        (0..self.entries.len() - 1).for_each(|place| self.link(place));
    }

    /// Puts an entry in front of its two chains.
    fn link(&mut self, place: usize) {
        let Some(key) = self.entries.get(place).map(Entry::key) else { return };
        for side in 0..2 {
            let slot = self.slot(key, side);
            let (Some(entry), Some(first)) = (
                self.entries.get_mut(place).and_then(|entry| entry.next.get_mut(side)),
                self.chains.get_mut(side).and_then(|chains| chains.get_mut(slot)),
            ) else {
                return;
            };
            *entry = std::mem::replace(first, u32::try_from(place).unwrap_or(NONE));
        }
    }

    /// Takes an entry out of its two chains.
    fn unlink(&mut self, place: usize) {
        let Some(entry) = self.entries.get(place).copied() else { return };
        for (side, after) in entry.next.into_iter().enumerate() {
            let slot = self.slot(entry.key(), side);
            let before = self.chain_of(slot, side).find(|(_, entry)| entry.next.get(side) == Some(&(place as u32)));
            let link = match before.map(|(before, _)| before) {
                Some(before) => self.entries.get_mut(before as usize).and_then(|entry| entry.next.get_mut(side)),
                None => self.chains.get_mut(side).and_then(|chains| chains.get_mut(slot)),
            };
            if let Some(link) = link {
                *link = after;
            }
        }
    }

    /// The entries that may share a half with a key.
    fn chain(&self, key: Key, side: usize) -> impl Iterator<Item = &Entry> {
        self.chain_of(self.slot(key, side), side).map(|(_, entry)| entry)
    }

    /// The entries of one chain, with their places.
    fn chain_of(&self, slot: usize, side: usize) -> impl Iterator<Item = (u32, &Entry)> {
        let at = |place: u32| self.entries.get(place as usize).map(|entry| (place, entry));
        let first = self.chains.get(side).and_then(|chains| chains.get(slot)).copied();
        std::iter::successors(first.and_then(at), move |(_, entry)| entry.next.get(side).copied().and_then(at))
    }

    /// Which chain a key belongs to.
    fn slot(&self, key: Key, side: usize) -> usize {
        let chains = self.chains.get(side).map_or(0, Vec::len);
        // A power of two, or none, where every chain is missing.
        self.spread.hash_one(key.half(side)) as usize & chains.saturating_sub(1)
    }
}
