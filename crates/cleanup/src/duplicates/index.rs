//! Which contacts share a key.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A value that more contacts share than this says nothing of one person.
pub(super) const HUB: usize = 8;

/// The contacts of one key. Most keys are one contact's, and there are twenty keys a contact, so one takes no allocation.
enum Places {
    One(u32),
    Many(Vec<u32>),
}

/// Keys are hashes already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type Shard = HashMap<u64, Places, BuildHasherDefault<Hashed>>;

/// Into how many tables keys are split: one that grows holds its old self beside the new, and with a million contacts that is half
/// a gigabyte for one table.
const SHARDS: u64 = 32;

/// Contacts by key.
pub(super) struct Index(Vec<Shard>);

impl Default for Index {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl Index {
    fn shard(&self, key: u64) -> Option<&Shard> {
        self.0.get((key % SHARDS) as usize)
    }

    fn shard_mut(&mut self, key: u64) -> Option<&mut Shard> {
        self.0.get_mut((key % SHARDS) as usize)
    }

    /// The contacts that share a key.
    pub(super) fn sharing(&self, key: u64) -> &[u32] {
        match self.shard(key).and_then(|shard| shard.get(&key)) {
            None => &[],
            Some(Places::One(place)) => std::slice::from_ref(place),
            Some(Places::Many(places)) => places,
        }
    }

    /// Adds a contact to a key. Answers all that share it if this one made the value a hub.
    pub(super) fn add(&mut self, key: u64, place: u32) -> &[u32] {
        let Some(shard) = self.shard_mut(key) else { return &[] };
        let places = shard.entry(key).and_modify(|places| match places {
            Places::One(first) => *places = Places::Many(vec![*first, place]),
            Places::Many(places) => places.push(place),
        });
        match places.or_insert(Places::One(place)) {
            Places::Many(places) if places.len() == HUB + 1 => places,
            _ => &[],
        }
    }

    /// Takes a contact from a key. Answers all that share it if without this one the value is no hub any more.
    pub(super) fn remove(&mut self, key: u64, place: u32) -> &[u32] {
        let Some(shard) = self.shard_mut(key) else { return &[] };
        let empty = match shard.get_mut(&key) {
            None => return &[],
            Some(Places::One(only)) => *only == place,
            Some(Places::Many(places)) => {
                places.retain(|other| *other != place);
                places.is_empty()
            }
        };
        if empty {
            shard.remove(&key);
        }
        match shard.get(&key) {
            Some(Places::Many(places)) if places.len() == HUB => places,
            _ => &[],
        }
    }
}
