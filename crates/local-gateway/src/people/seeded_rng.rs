//! Chance that repeats: the same seed and number give the same throws on every machine and in every version.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of throws.
pub(crate) struct SeededRng(ChaCha8Rng);

impl SeededRng {
    /// The stream of one thing, independent of every other thing's: people can be made in any order.
    pub(crate) fn of(seed: u64, thing: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(thing);
        Self(source)
    }

    /// A number below `bound`; 0 when the bound is 0. The bias of the remainder does not matter to invented people.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least).max(0).cast_unsigned() + 1).cast_signed()
    }

    /// True in so many of a hundred throws.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of some, the default value of none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let position = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(position).copied().unwrap_or_default()
    }

    /// A version 4 UUID behind a prefix.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        let number = u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64());
        let id = uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid();
        format!("{prefix}_{id}")
    }

    /// So many decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        let number = self.0.next_u64();
        format!("{number:020}").chars().rev().take(count).collect()
    }

    /// So many capital letters.
    pub(crate) fn capitals(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'A' + u8::try_from(self.below(26)).unwrap_or(0))).collect()
    }
}
