//! The names of a record's fields: kept once for all rows of an answer that have the same, and found by a hash.

use super::name::FieldName;
use super::unique::Seen;

/// The names of the fields of one object or of many, in the gateway's order, none twice.
#[derive(Debug, Clone)]
pub struct Names {
    list: Vec<FieldName>,
    /// For the hash of a name its place in the list, plus one; if another name is there, a spot behind that.
    spots: [u8; SPOTS],
    /// The same of more names than the spots are for.
    many: Seen,
}

/// A power of two.
const SPOTS: usize = 256;
/// Of more names too few spots would be free; they are looked through.
pub(super) const MOST: usize = 96;

impl Default for Names {
    fn default() -> Self {
        Self { list: Vec::new(), spots: [0; SPOTS], many: Seen::default() }
    }
}

impl Names {
    /// Room for so many.
    pub fn with_capacity(count: usize) -> Self {
        Self { list: Vec::with_capacity(count), ..Self::default() }
    }

    /// All, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &FieldName> {
        self.list.iter()
    }

    /// Where a name stands.
    pub fn place(&self, name: &str) -> Option<usize> {
        if self.list.len() > MOST {
            return self.list.iter().position(|known| known == name);
        }
        self.spot(name).err()
    }

    /// A name as it is kept.
    pub fn get(&self, name: &str) -> Option<&FieldName> {
        self.list.get(self.place(name)?)
    }

    /// Adds a name.
    ///
    /// # Errors
    /// The name, when it stands there already.
    pub fn add(&mut self, name: FieldName) -> Result<(), FieldName> {
        if self.list.len() < MOST {
            let Ok(free) = self.spot(&name) else { return Err(name) };
            self.list.push(name);
            if let (Some(spot), Ok(place)) = (self.spots.get_mut(free), u8::try_from(self.list.len())) {
                *spot = place;
            }
            return Ok(());
        }
        if self.many.again(&name, self.list.iter()) {
            return Err(name);
        }
        self.list.push(name);
        Ok(())
    }

    /// The first so many of them, for an object that goes on with others.
    pub fn first(&self, count: usize) -> Self {
        self.list.iter().take(count).cloned().collect()
    }

    /// All of them but one.
    pub fn without(&self, place: usize) -> Self {
        self.list.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, name)| name.clone()).collect()
    }

    /// The place of a name as the error, or the spot where it would be put.
    fn spot(&self, name: &str) -> Result<usize, usize> {
        let mut spot = spread(name);
        loop {
            // There are more spots than names, so that one of them is free.
            let Some(place) = self.spots.get(spot).and_then(|place| usize::from(*place).checked_sub(1)) else {
                return Ok(spot);
            };
            if self.list.get(place).is_some_and(|known| known == name) {
                return Err(place);
            }
            spot = (spot + 1) % SPOTS;
        }
    }
}

/// Of equal names only the first is kept.
impl FromIterator<FieldName> for Names {
    fn from_iter<I: IntoIterator<Item = FieldName>>(names: I) -> Self {
        let mut own = Self::with_capacity(36);
        for name in names {
            let _ = own.add(name);
        }
        own
    }
}

/// The spot of a name: names of one object differ in their length, or at the ends, or in the middle.
fn spread(name: &str) -> usize {
    let bytes = name.as_bytes();
    let middle = bytes.get(bytes.len() / 2).copied().unwrap_or_default();
    let ends = [bytes.first(), bytes.last()].map(|byte| byte.copied().unwrap_or_default());
    let sample = u32::from_le_bytes([ends[0], middle, ends[1], bytes.len() as u8]);
    (sample.wrapping_mul(0x9E37_79B1) >> (u32::BITS - SPOTS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Names;

    #[test]
    fn names_are_found_and_none_is_added_twice_be_they_few_or_many() {
        for count in [0, 1, 7, 95, 96, 97, 300] {
            let name = |number: usize| format!("name_{number}");
            let mut names: Names = (0..count).map(|number| Cow::Owned(name(number))).collect();
            assert_eq!(names.iter().len(), count);
            for number in 0..count {
                assert_eq!(names.place(&name(number)), Some(number), "of {count}");
                assert!(names.add(Cow::Owned(name(number))).is_err(), "of {count}");
            }
            assert_eq!(names.place("another"), None);
            assert!(names.add(Cow::Borrowed("another")).is_ok());
            assert_eq!(names.place("another"), Some(count));
            assert_eq!(names.without(count).iter().len(), count);
            assert_eq!(names.first(2).iter().len(), 2.min(count + 1));
        }
    }

    #[test]
    fn names_that_share_a_spot_are_told_apart() {
        let alike: Vec<String> = (b'a'..=b'z').map(|letter| format!("x{}_y_z", char::from(letter))).collect();
        let names: Names = alike.iter().map(|name| Cow::Owned(name.clone())).collect();
        assert_eq!(names.iter().len(), 26);
        assert!(alike.iter().enumerate().all(|(place, name)| names.place(name) == Some(place)));
    }
}
