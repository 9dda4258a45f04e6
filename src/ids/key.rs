//! A handle in numbers.

use std::hash::{Hash, Hasher};

/// Which prefix, how many digits, the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) prefix: u8,
    pub(super) length: u8,
    pub(super) digits: u64,
}

/// One half of a key's digits.
pub(super) struct Half {
    key: Key,
    digits: u64,
}

/// In two steps, where the derived one takes three.
impl Hash for Half {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.key.prefix) << 8 | u64::from(self.key.length));
        state.write_u64(self.digits);
    }
}

impl Key {
    /// The first digits of these bytes.
    pub(super) fn of(prefix: u8, length: u8, bytes: [u8; 16]) -> Self {
        let first = (u128::from_be_bytes(bytes) >> 64) as u64;
        Self { prefix, length, digits: first >> (64 - 4 * u32::from(length)) }
    }

    /// The digits as the first of 32.
    pub(super) fn bytes(self) -> [u8; 16] {
        (u128::from(self.digits) << (128 - 4 * u32::from(self.length))).to_be_bytes()
    }

    /// The upper half of the digits (0) or the lower (1).
    pub(super) fn half(self, side: usize) -> Half {
        let bits = 2 * u32::from(self.length);
        let digits = if side == 0 { self.digits >> bits } else { self.digits & ((1 << bits) - 1) };
        Half { key: self, digits }
    }

    /// Whether a key equals another one, or becomes it by one digit or by two neighbours that change places.
    pub(super) fn is_like(self, other: Self) -> bool {
        if (self.prefix, self.length) != (other.prefix, other.length) {
            return false;
        }
        let change = self.digits ^ other.digits;
        if change == 0 {
            return true;
        }
        let place = change.trailing_zeros() / 4;
        let change = change >> (4 * place);
        let swap = self.digit(place) ^ self.digit(place + 1);
        change < 16 || change == swap << 4 | swap
    }

    /// The key whose two digits in the middle have changed places: neither of its halves is one of this one.
    pub(super) fn with_middle_swapped(self) -> Self {
        let upper = u32::from(self.length) / 2;
        let swap = self.digit(upper) ^ self.digit(upper - 1);
        Self { digits: self.digits ^ (swap << (4 * upper) | swap << (4 * (upper - 1))), ..self }
    }

    /// In how many digits two handles differ, as far as the shorter one goes.
    pub(super) fn difference(self, other: Self) -> u32 {
        let length = self.length.min(other.length);
        let first = |key: Self| key.digits >> (4 * u32::from(key.length - length));
        let changed = first(self) ^ first(other);
        (0..u32::from(length)).filter(|place| (changed >> (4 * place)) & 0xF != 0).count() as u32
    }

    /// One digit, counted from the last.
    pub(super) fn digit(self, place: u32) -> u64 {
        self.digits.checked_shr(4 * place).unwrap_or_default() & 0xF
    }
}
