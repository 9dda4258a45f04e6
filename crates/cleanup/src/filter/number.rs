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

    /// Whether it is the number of a contact: `key` in the comparable form, or the digits behind a `+` that nobody can read; `shown` as
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

    /// Whether the digits are a part of a contact's number.
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
