//! Hexadecimal digits of a UUID, eight at a time: every id of every answer is read.

/// How many digits stand before the first hyphen.
pub(super) const FIRST_GROUP: u8 = 8;

/// The bytes of a UUID as the gateway spells it: 32 lower-case digits, hyphens after the 8th, 12th, 16th and 20th.
pub(super) fn uuid(text: &[u8; 36]) -> Option<[u8; 16]> {
    let (first, rest) = text.split_first_chunk::<8>()?;
    let (second, rest) = rest.split_first_chunk::<5>()?;
    let (third, rest) = rest.split_first_chunk::<5>()?;
    let (fourth, rest) = rest.split_first_chunk::<5>()?;
    let (fifth, last) = rest.split_first_chunk::<5>()?;
    let ([b'-', a, b, c, d], [b'-', e, f, g, h]) = (*second, *third) else { return None };
    let ([b'-', i, j, k, l], [b'-', m, n, o, p]) = (*fourth, *fifth) else { return None };
    let last = eight(*last.first_chunk()?)?;
    let words = [eight(*first)?, eight([a, b, c, d, e, f, g, h])?, eight([i, j, k, l, m, n, o, p])?, last];
    let number = words.into_iter().fold(0_u128, |number, word| number << 32 | u128::from(word));
    Some(number.to_be_bytes())
}

/// What eight lower-case digits spell.
fn eight(text: [u8; 8]) -> Option<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let spelled = u64::from_be_bytes(text);
    // One in every byte that is a letter: `a` is 0x61, `0` is 0x30.
    let letters = spelled >> 6 & ONES;
    let values = (spelled & (ONES * 0x0F)) + letters * 9;
    // A value of ten or more carries into the upper half when six is added; those have to be the letters.
    let are_right = values & (ONES * 0xF0) == 0
        && (values + ONES * 6) >> 4 & ONES == letters
        // Spelled again it has to be the same text.
        && values + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'0' - 10) == spelled;
    let pairs = (values | values >> 4) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
    are_right.then_some((fours | fours >> 16) as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::uuid;

    /// The same by the crate, which also reads what the gateway does not write.
    fn by_the_crate(text: &str) -> Option<[u8; 16]> {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        uuid::Uuid::try_parse(text).ok().filter(|_| is_lower && text.len() == 36).map(uuid::Uuid::into_bytes)
    }

    fn agrees(text: &str) {
        let own = text.as_bytes().try_into().ok().and_then(uuid);
        assert_eq!(own, by_the_crate(text), "{text}");
    }

    proptest! {
        #[test]
        fn every_uuid_is_read(bytes: [u8; 16]) {
            let text = uuid::Uuid::from_bytes(bytes).to_string();
            prop_assert_eq!(uuid(text.as_bytes().try_into().unwrap()), Some(bytes));
        }

        #[test]
        fn a_uuid_with_another_byte_is_read_only_if_it_is_one(bytes: [u8; 16], place in 0..36_usize, byte in 0..=0x7F_u8) {
            let mut text = uuid::Uuid::from_bytes(bytes).to_string().into_bytes();
            text[place] = byte;
            agrees(&String::from_utf8(text).unwrap());
        }
    }

    #[test]
    fn every_byte_is_tried_in_every_place_of_eight() {
        for byte in 0..=0x7F_u8 {
            for place in 0..36 {
                let mut text = *b"09afbc12-3456-4789-8abc-def012345678";
                text[place] = byte;
                agrees(std::str::from_utf8(&text).unwrap());
            }
        }
        let wide = [0xFF_u8; 36];
        assert_eq!(uuid(&wide), None);
    }
}
