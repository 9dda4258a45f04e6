//! Many short texts in one allocation: those that are empty take a bit.

/// The texts of a contact by their slots, at most 64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Packed {
    /// A bit for each slot that holds something.
    present: u64,
    /// Where the texts of those slots end.
    ends: Box<[u32]>,
    text: Box<str>,
}

impl Packed {
    /// From the texts of slots in rising order; those that are empty are left out.
    pub(super) fn new<T: AsRef<str>>(texts: impl Iterator<Item = (usize, T)>) -> Self {
        let (mut present, mut ends, mut text) = (0_u64, Vec::new(), String::new());
        for (slot, value) in texts {
            let value = value.as_ref();
            // 4 GiB of one contact's texts do not come over the gateway.
            if let Some(bit) = 1_u64.checked_shl(u32::try_from(slot).unwrap_or(u32::MAX)).filter(|_| !value.is_empty())
                && let Ok(end) = u32::try_from(text.len() + value.len())
            {
                present |= bit;
                text.push_str(value);
                ends.push(end);
            }
        }
        Self { present, ends: ends.into(), text: text.into() }
    }

    /// All texts, one behind the other: what is not in it is in none of them.
    pub(super) fn all(&self) -> &str {
        &self.text
    }

    /// The text of a slot; empty where there is none.
    pub(super) fn get(&self, slot: usize) -> &str {
        let Some(bit) = 1_u64.checked_shl(u32::try_from(slot).unwrap_or(u32::MAX)) else { return "" };
        if self.present & bit == 0 {
            return "";
        }
        let place = (self.present & (bit - 1)).count_ones() as usize;
        let end = self.ends.get(place).copied().unwrap_or_default() as usize;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default() as usize;
        self.text.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Packed;

    #[test]
    fn texts_come_back_by_their_slots_and_empty_ones_take_nothing() {
        let packed = Packed::new([(0, "a"), (3, ""), (5, "阮"), (63, "end")].into_iter());
        assert_eq!([0, 1, 3, 5, 62, 63, 64, 1000].map(|slot| packed.get(slot)), ["a", "", "", "阮", "", "end", "", ""]);
        assert_eq!(packed.ends.len(), 3);
    }
}
