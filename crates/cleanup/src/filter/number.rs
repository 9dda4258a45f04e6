//! A phone number as somebody asks for it, compared with numbers in whatever form.

use crate::normalize::phone::{Evidence, Phone, Reading, read};

/// A phone number as it was typed: with its country or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedNumber {
    /// The digits, as they were typed.
    pub(crate) digits: String,
    /// The number, where its country is written.
    phone: Option<Phone>,
    /// Its comparable form.
    key: Option<String>,
}

/// So many digits at the end of a number tell most others from it.
const TAIL: usize = 5;

/// Fewer digits are no number, but a part of one.
const FEWEST: usize = 6;

impl TypedNumber {
    /// The number in a text that holds nothing else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = digits(text)?;
        let phone = match read("", text, &Evidence::default()) {
            Reading::Number { phone, .. } => Some(phone),
            // Digits alone may begin with the code: 84938471605.
            _ => match read("", &format!("+{digits}"), &Evidence::default()) {
                Reading::Number { phone, .. } if digits.len() > 9 => Some(phone),
                _ => None,
            },
        };
        let key = phone.as_ref().map(Phone::comparable);
        Some(Self { digits, phone, key })
    }

    /// Other ways to write it: with its country, with a zero, with digits alone.
    pub(crate) fn spellings(&self) -> Vec<String> {
        let mut spellings = vec![self.digits.clone()];
        if let Some((country, national)) = self.phone.as_ref().map(|phone| (phone.country, &phone.national)) {
            spellings.extend([format!("+{country}{national}"), format!("0{national}"), national.clone()]);
        } else if let Some(national) = self.digits.strip_prefix('0').filter(|rest| rest.len() >= FEWEST) {
            spellings.push(national.to_owned());
        }
        spellings
    }

    /// Returns true if [`Self::is`] or [`Self::is_in`] may hold for a contact with one of these texts, one of which is `key`: the last digits stand in
    /// one. `false` is sure.
    pub(crate) fn may_be_of(&self, key: &str, texts: &[&str]) -> bool {
        let bare = self.digits.trim_start_matches('0').as_bytes();
        let tail = bare.get(bare.len().saturating_sub(TAIL)..).unwrap_or(bare);
        let scale = 10_u64.pow(u32::try_from(tail.len()).unwrap_or_default());
        let wanted = tail.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        let has = |text: &str| {
            let (mut last, mut count) = (0, 0);
            tail.is_empty()
                || text.chars().filter_map(|letter| plain(letter).to_digit(10)).any(|digit| {
                    last = (last * 10 + u64::from(digit)) % scale;
                    count += 1;
                    count >= tail.len() && last == wanted
                })
        };
        self.key.as_deref().is_some_and(|own| own == key) || has(key) || texts.iter().any(|text| has(text))
    }

    /// Returns true if it is the number of a contact: `key` in the comparable form, or the digits behind a `+` that nobody can read; `shown` as
    /// somebody typed it.
    pub(crate) fn is(&self, key: &str, shown: &str) -> bool {
        if self.digits.is_empty() || (key.is_empty() && shown.is_empty()) {
            return false;
        }
        if self.key.as_deref().is_some_and(|own| own == key) || digits(shown).as_deref() == Some(self.digits.as_str()) {
            return true;
        }
        let held = key.trim_start_matches('+');
        if held == self.digits {
            return true;
        }
        // A national number: the digits behind the country's code, with or without what is dialled before them.
        let bare = self.digits.trim_start_matches('0');
        bare.len() >= FEWEST
            && [bare, self.digits.as_str()].iter().any(|national| {
                held.strip_suffix(national).is_some_and(|code| (1..=3).contains(&code.len()) && key.starts_with('+'))
            })
    }

    /// Returns true if the digits are a part of a contact's number.
    pub(crate) fn is_in(&self, key: &str, shown: &str) -> bool {
        let bare = self.digits.trim_start_matches('0');
        !self.digits.is_empty()
            && (shown_digits(shown).contains(&self.digits)
                || (!bare.is_empty() && bare.len() >= 3 && key.contains(bare)))
    }
}

/// The digits of a text that is made of digits and what stands between them.
fn digits(text: &str) -> Option<String> {
    let is_between = |c: char| " +-().\u{a0}/".contains(c);
    let plain: String = text.chars().map(plain).collect();
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 3 && plain.chars().all(|c| c.is_ascii_digit() || is_between(c))).then_some(digits)
}

/// The digits of a number as it is shown.
fn shown_digits(text: &str) -> String {
    text.chars().map(plain).filter(char::is_ascii_digit).collect()
}

/// A digit of full width as the plain one.
fn plain(letter: char) -> char {
    match letter {
        '０'..='９' => char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0')).unwrap_or(letter),
        '＋' => '+',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::TypedNumber;

    /// Whatever is a number or has it in it may be of the contact.
    #[test]
    fn no_number_that_is_held_is_passed_over() {
        let asked = [
            "0938 471 605",
            "+84938471605",
            "84938471605",
            "938471605",
            "471 605",
            "605",
            "0000",
            "００５",
            "+852 5555 0101",
        ];
        let keys = ["", "+84938471605", "+85255550101", "0938471605", "+8493847", "+85200005", "605"];
        let shown = [
            "",
            "0938.471.605",
            "(0938) 471-605",
            "５５５５ ０１０１",
            "5555 0101",
            "+84 938 471 605",
            "no number",
            "00 00",
        ];
        let (mut held, mut spared) = (0, 0);
        for number in asked.map(|text| TypedNumber::read(text).unwrap()) {
            for (key, shown) in keys.iter().flat_map(|key| shown.map(|shown| (*key, shown))) {
                let is = number.is(key, shown) || number.is_in(key, shown);
                let may = number.may_be_of(key, &[shown]);
                assert!(may || !is, "{number:?} in {key} {shown}");
                held += usize::from(is);
                spared += usize::from(!may);
            }
        }
        assert!(held > 50 && spared > 50, "{held} held, {spared} spared");
    }
}
