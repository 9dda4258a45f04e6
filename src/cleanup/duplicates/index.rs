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

/// Contacts by key.
#[derive(Default)]
pub(super) struct Index(HashMap<u64, Places, BuildHasherDefault<Hashed>>);

impl Index {
    /// The contacts that share a key.
    pub(super) fn sharing(&self, key: u64) -> &[u32] {
        match self.0.get(&key) {
            None => &[],
            Some(Places::One(place)) => std::slice::from_ref(place),
            Some(Places::Many(places)) => places,
        }
    }

    /// Adds a contact to a key. Answers all that share it if this one made the value a hub.
    pub(super) fn add(&mut self, key: u64, place: u32) -> &[u32] {
        let places = self.0.entry(key).and_modify(|places| match places {
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
        let empty = match self.0.get_mut(&key) {
            None => return &[],
            Some(Places::One(only)) => *only == place,
            Some(Places::Many(places)) => {
                places.retain(|other| *other != place);
                places.is_empty()
            }
        };
        if empty {
            self.0.remove(&key);
        }
        match self.0.get(&key) {
            Some(Places::Many(places)) if places.len() == HUB => places,
            _ => &[],
        }
    }
}
