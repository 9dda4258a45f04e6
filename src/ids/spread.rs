//! The hash of the table of handles: one multiplication, because every id of every answer is looked for.
//!
//! Keyed by chance for each table, so that nobody can choose ids that all fall into one place.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes the hashers of one table.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    key: u64,
}

/// One hash.
pub(super) struct Spreading {
    key: u64,
    sum: u64,
}

impl Default for Spread {
    fn default() -> Self {
        // Odd, so that no bit of what it is multiplied with gets lost.
        Self { key: RandomState::new().hash_one(0_u8) | 1 }
    }
}

impl BuildHasher for Spread {
    type Hasher = Spreading;

    fn build_hasher(&self) -> Spreading {
        Spreading { key: self.key, sum: 0 }
    }
}

impl Hasher for Spreading {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        // Both halves of the product, because the lower bits of one depend on the lower bits of the value only.
        let product = u128::from(self.sum.rotate_left(23) ^ value) * u128::from(self.key);
        self.sum = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.sum
    }
}
