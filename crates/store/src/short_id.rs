//! Short ids: the prefix and the first 8, 12 or 16 hex digits of a UUID, `con_66d67483`, and which of them look alike.
//!
//! A short id is given out only where no other one could become it by a slip: one wrong digit, or two neighbours that changed places.

use uuid::Uuid;

/// Prefixes whose UUID ids are shortened.
pub const PREFIXES: [&str; 8] = ["con", "conv", "tcu", "msg", "cmc", "not", "u", "t"];
/// Hex digits of a short id, shortest first; where none is free the id is shown whole.
pub const LENGTHS: [usize; 3] = [8, 12, 16];
/// The digits of a short id.
pub const DIGITS: &str = "0123456789abcdef";

/// An id that has a short form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LongId {
    /// A prefix and a UUID in the gateway's own spelling.
    Uuid(&'static str, Uuid),
    /// An id that is no UUID and looks like a short id, so that it stands for itself.
    Itself(String),
}

impl LongId {
    /// The id of a text; `None` where it has no short form and could not be taken for one.
    pub fn parse(text: &str) -> Option<Self> {
        if looks_short(text) {
            return Some(Self::Itself(text.to_owned()));
        }
        let (prefix, rest) = text.split_once('_')?;
        let prefix = *PREFIXES.iter().find(|known| **known == prefix)?;
        let uuid = Uuid::try_parse(rest).ok()?;
        // Another spelling could not be rebuilt.
        let is_spelled_so = uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == rest;
        is_spelled_so.then_some(Self::Uuid(prefix, uuid))
    }

    /// The short forms that it may get, shortest first.
    pub fn forms(&self) -> Vec<String> {
        match self {
            Self::Itself(text) => vec![text.clone()],
            Self::Uuid(prefix, uuid) => {
                let digits = uuid.simple().to_string();
                LENGTHS.into_iter().map(|length| format!("{prefix}_{digits:.length$}")).collect()
            }
        }
    }
}

/// The whole id.
impl std::fmt::Display for LongId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Itself(text) => formatter.write_str(text),
            Self::Uuid(prefix, uuid) => write!(formatter, "{prefix}_{uuid}"),
        }
    }
}

/// Whether a text has the form of a short id.
pub fn looks_short(text: &str) -> bool {
    text.split_once('_').is_some_and(|(prefix, digits)| {
        PREFIXES.contains(&prefix)
            && LENGTHS.contains(&digits.len())
            && digits.chars().all(|digit| DIGITS.contains(digit))
    })
}

/// Whether two short ids are equal or look alike: of one prefix and length, and different in one digit at most, or in two
/// neighbours that changed places.
pub fn look_alike(one: &str, other: &str) -> bool {
    let begin = one.find('_').map_or(0, |underscore| underscore + 1);
    if one.len() != other.len() || one.get(..begin) != other.get(..begin) {
        return false;
    }
    let different: Vec<(usize, (u8, u8))> =
        one.bytes().zip(other.bytes()).enumerate().filter(|(_, (one, other))| one != other).collect();
    match different.as_slice() {
        [] | [_] => true,
        [(first, (a, b)), (second, (c, d))] => *second == first + 1 && a == d && b == c,
        _ => false,
    }
}

/// Calls `is_known` with each short id that looks like this one, itself among them, until one is known.
pub fn any_look_alike(short: &str, is_known: impl Fn(&str) -> bool) -> bool {
    let mut other = String::with_capacity(short.len());
    let mut check = |parts: [&str; 3]| {
        other.clear();
        other.extend(parts);
        is_known(&other)
    };
    let begin = short.find('_').map_or(0, |underscore| underscore + 1);
    (begin..short.len()).any(|place| {
        let (head, tail) = short.split_at(place);
        let (here, rest) = tail.split_at_checked(1).unwrap_or_default();
        let (next, after) = rest.split_at_checked(1).unwrap_or_default();
        let mut digits = DIGITS.chars();
        digits.any(|digit| check([head, digit.encode_utf8(&mut [0; 4]), rest]))
            || check([head, &[next, here].concat(), after])
    })
}

/// Parts for the engines of the store.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use engines::{halves, kept, nearest_of, swapped};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod engines {
    use sha2::{Digest as _, Sha256};
    use uuid::Uuid;

    use super::{LongId, PREFIXES};

    /// Short ids that look alike and are told of an unknown one.
    const NEAREST: usize = 3;

    /// Digits in which they may differ.
    const NEAR: usize = 3;

    /// The halves of a short id's digits, the first with the prefix before it: `con_66d6`, `con_8_7483`.
    pub(crate) fn halves(short: &str) -> (&str, String) {
        let digits = short.find('_').map_or(0, |underscore| underscore + 1);
        let length = short.len().saturating_sub(digits);
        let (head, tail) = short.split_at_checked(digits + length / 2).unwrap_or((short, ""));
        (head, format!("{}{length}_{tail}", short.get(..digits).unwrap_or_default()))
    }

    /// A short id whose two digits in the middle have changed places: the one slip that leaves neither half as it is.
    pub(crate) fn swapped(short: &str) -> String {
        let (head, _) = halves(short);
        let mut digits: Vec<u8> = short.bytes().collect();
        digits.swap(head.len().saturating_sub(1), head.len());
        String::from_utf8(digits).unwrap_or_default()
    }

    /// The id that a row of a short id stands for: 16 bytes are a UUID's, none mean that it stands for itself, and 8 that it was forgotten.
    pub(crate) fn kept(short: &str, bytes: &[u8]) -> Option<LongId> {
        if bytes.is_empty() {
            return Some(LongId::Itself(short.to_owned()));
        }
        let prefix = short.split('_').next().unwrap_or_default();
        let prefix = PREFIXES.iter().find(|known| **known == prefix);
        prefix.zip(Uuid::from_slice(bytes).ok()).map(|(prefix, uuid)| LongId::Uuid(prefix, uuid))
    }

    /// Up to three of these short ids that are as long as an unknown one and differ from it in few digits.
    pub(crate) fn nearest_of(short: &str, others: impl Iterator<Item = String>) -> Vec<String> {
        let difference = |other: &String| other.bytes().zip(short.bytes()).filter(|(one, other)| one != other).count();
        let others = others.filter(|other| other.len() == short.len());
        let mut near: Vec<(usize, String)> = others.map(|other| (difference(&other), other)).collect();
        near.retain(|(difference, _)| *difference <= NEAR);
        near.sort();
        near.dedup();
        near.into_iter().take(NEAREST).map(|(_, other)| other).collect()
    }

    impl LongId {
        /// The part that stays of it when it is forgotten: enough to give it the same short id again, and to give that to no other.
        pub(crate) fn forgotten(&self) -> Vec<u8> {
            let digest = match self {
                Self::Uuid(_, uuid) => Sha256::digest(uuid.as_bytes()),
                Self::Itself(text) => Sha256::digest(text.as_bytes()),
            };
            digest.iter().take(8).copied().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{any_look_alike, look_alike};

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The two readings of "look alike" are one: among few digits, where slips are frequent.
        #[test]
        fn listing_and_comparing_agree(one in "[0-2]{8}", other in "[0-2]{8}") {
            let (one, other) = (format!("con_{one}"), format!("con_{other}"));
            prop_assert_eq!(any_look_alike(&one, |known| known == other), look_alike(&one, &other));
            prop_assert_eq!(look_alike(&one, &other), look_alike(&other, &one));
        }
    }

    #[test]
    fn one_digit_and_two_neighbours_look_alike() {
        assert!(look_alike("con_66d67483", "con_66d67483"));
        assert!(look_alike("con_66d67483", "con_66d67493"));
        assert!(look_alike("con_66d67483", "con_66d64783"));
        assert!(!look_alike("con_66d67483", "not_66d67483"));
        assert!(!look_alike("con_66d67483", "con_66d674838982"));
        assert!(!look_alike("con_66d67483", "con_67d67484"));
    }
}
