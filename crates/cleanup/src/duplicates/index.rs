//! Which contacts share a key: one sorted table, and what came since it was sorted.

use std::collections::HashMap;

/// A value that more contacts share than this says nothing of one person.
pub(super) const HUB: usize = 8;
/// A block of contacts that only resemble each other may be this large. Larger ones are split by their other keys.
pub(super) const BLOCK: usize = 24;

/// Contacts by key. A contact that left stays in the table until it is sorted anew: whoever asks leaves the dead out.
#[derive(Default)]
pub(super) struct Index {
    sorted: Vec<(u64, u32)>,
    since: HashMap<u64, Vec<u32>>,
}

impl Index {
    /// A table of all keys of all contacts.
    pub(super) fn of(mut entries: Vec<(u64, u32)>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        Self { sorted: entries, since: HashMap::new() }
    }

    /// Adds a contact to a key.
    pub(super) fn add(&mut self, key: u64, place: u32) {
        self.since.entry(key).or_default().push(place);
    }

    /// The contacts that have a key, dead ones among them.
    pub(super) fn sharing(&self, key: u64) -> impl Iterator<Item = u32> {
        let from = self.sorted.partition_point(|(other, _)| *other < key);
        let sorted = self.sorted.iter().skip(from).take_while(move |(other, _)| *other == key).map(|(_, place)| *place);
        sorted.chain(self.since.get(&key).into_iter().flatten().copied())
    }

    /// The sorted keys that two contacts or more have, with these contacts.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u64, &[(u64, u32)])> {
        self.sorted
            .chunk_by(|one, two| one.0 == two.0)
            .filter(|block| block.len() > 1)
            .filter_map(|block| Some((block.first()?.0, block)))
    }
}
