//! Phone numbers in E.164: what somebody typed, read with the country code beside it or the region that the contact is in.

use std::fmt;

mod regions;

pub use regions::{COUNTRY_CODES, Region};

/// The longest number that E.164 knows.
const LONGEST: usize = 15;

/// A number of a country: its calling code and the digits behind it, without a trunk prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    /// The calling code, such as `852`.
    pub country: &'static str,
    /// The national significant number.
    pub national: String,
}

impl fmt::Display for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "+{}{}", self.country, self.national)
    }
}

impl Phone {
    /// The region, where it is one of the eight whose numbers are tabled.
    pub fn region(&self) -> Option<Region> {
        Region::of_country_code(self.country)
    }
}

/// What a text that should be a phone number is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing was typed.
    Empty,
    /// A filler: `-`, `n/a`, one digit repeated, digits in order, too few digits for any number.
    Junk,
    /// Digits that are no number of the country that they name, nor of the home region, nor surely of another.
    Invalid,
    /// A number.
    Number {
        /// It.
        phone: Phone,
        /// Whether a Vietnamese prefix of before 2018 was replaced.
        legacy: bool,
        /// Whether the country stood there: a plus, 00, or an area code.
        explicit: bool,
    },
}

/// Reads a phone number. `home` is the region that a number without a country is of.
pub fn read(area_code: &str, text: &str, home: Option<Region>) -> Reading {
    if text.trim().is_empty() {
        return Reading::Empty;
    }
    let typed = Typed::read(text);
    if is_filler(&typed.digits) {
        return Reading::Junk;
    }
    match resolve(area_code, &typed, home) {
        Some((phone, _, _)) if is_filler(&phone.national) => Reading::Junk,
        Some((phone, legacy, explicit)) => Reading::Number { phone, legacy, explicit },
        None if is_filler_behind_country(&typed.digits) => Reading::Junk,
        None => Reading::Invalid,
    }
}

/// The digits of a text without its notes, as ASCII.
struct Typed {
    digits: String,
    plus: bool,
}

impl Typed {
    fn read(text: &str) -> Self {
        let mut typed = Self { digits: String::with_capacity(16), plus: false };
        for character in text.chars() {
            match ascii_digit(character) {
                Some(digit) => typed.digits.push(digit),
                None if matches!(character, '+' | '＋') && typed.digits.is_empty() => typed.plus = true,
                // A word or a second number behind a number is a note: its digits (`ext 12`) are none of the number's.
                None if typed.digits.len() >= 7
                    && (character.is_alphabetic() || matches!(character, '/' | ';' | ',' | '#')) =>
                {
                    break;
                }
                None => {}
            }
        }
        typed
    }
}

/// A digit of ASCII, full width, Thai or Arabic as ASCII.
fn ascii_digit(character: char) -> Option<char> {
    const ZEROS: [char; 4] = ['\u{FF10}', '\u{0E50}', '\u{0660}', '\u{06F0}'];
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    ZEROS.iter().find_map(|zero| {
        let offset = (character as u32).checked_sub(*zero as u32)?;
        (offset < 10).then(|| char::from_digit(offset, 10)).flatten()
    })
}

/// Too short, one digit only, or digits in order.
fn is_filler(digits: &str) -> bool {
    digits.len() < 6 || runs(digits)
}

fn runs(digits: &str) -> bool {
    let steps = |by: i16| {
        let mut pairs = digits.bytes().zip(digits.bytes().skip(1));
        pairs.all(|(a, b)| (i16::from(b) - i16::from(a) - by).rem_euclid(10) == 0)
    };
    steps(0) || steps(1) || steps(-1)
}

/// A filler behind a country code or zeros, none of whose parts are a number.
fn is_filler_behind_country(digits: &str) -> bool {
    let digits = digits.trim_start_matches('0');
    split_country(digits).is_some_and(|(_, rest)| rest.len() < 3 || runs(rest)) || is_filler(digits)
}

/// The number, whether it had a legacy prefix, and whether its country was typed.
fn resolve(area_code: &str, typed: &Typed, home: Option<Region>) -> Option<(Phone, bool, bool)> {
    let digits = typed.digits.as_str();
    let area = Typed::read(area_code);
    if typed.plus {
        return international(digits).map(|(phone, legacy)| (phone, legacy, true));
    }
    if let Some(found) = behind_area_code(area.digits.trim_start_matches('0'), digits) {
        return Some((found.0, found.1, true));
    }
    if let Some(found) = digits.strip_prefix("00").and_then(international) {
        return Some((found.0, found.1, true));
    }
    let implicit =
        home.and_then(|region| at_home(region, digits)).or_else(|| without_plus(digits)).or_else(|| elsewhere(digits));
    implicit.map(|(phone, legacy)| (phone, legacy, false))
}

fn behind_area_code(area: &str, digits: &str) -> Option<(Phone, bool)> {
    let country = COUNTRY_CODES.iter().find(|code| **code == area)?;
    of_country(country, digits)
        .or_else(|| of_country(country, digits.strip_prefix("00").unwrap_or(digits).strip_prefix(*country)?))
}

/// A number that begins with a country code.
fn international(digits: &str) -> Option<(Phone, bool)> {
    let (country, rest) = split_country(digits)?;
    of_country(country, rest)
}

fn split_country(digits: &str) -> Option<(&'static str, &str)> {
    (1..=3).find_map(|length| {
        let (head, rest) = digits.split_at_checked(length)?;
        Some((COUNTRY_CODES.get(COUNTRY_CODES.binary_search(&head).ok()?).copied()?, rest))
    })
}

fn of_country(country: &'static str, rest: &str) -> Option<(Phone, bool)> {
    let Some(region) = Region::of_country_code(country) else {
        let fits = rest.len() >= 5 && rest.len() + country.len() <= LONGEST;
        return fits.then(|| (Phone { country, national: rest.to_owned() }, false));
    };
    national(region, rest)
}

/// A number of a region, with or without its trunk prefix.
fn national(region: Region, digits: &str) -> Option<(Phone, bool)> {
    let number = |national: String, legacy| Some((Phone { country: region.country_code(), national }, legacy));
    let trunk = region.trunk();
    let bare = if trunk.is_empty() { digits } else { digits.strip_prefix(trunk).unwrap_or(digits) };
    if region == Region::Vietnam
        && let Some(today) = regions::vietnamese_of_today(bare)
    {
        return number(today, true);
    }
    [bare, digits].into_iter().find(|candidate| region.has(candidate)).and_then(|found| number(found.to_owned(), false))
}

/// At home the trunk prefix may be missing (spreadsheets eat zeros), which only mobile numbers survive unambiguously.
fn at_home(region: Region, digits: &str) -> Option<(Phone, bool)> {
    national(region, digits).or_else(|| national(region, digits.strip_prefix(region.country_code())?))
}

/// A country code without its plus: only before a mobile number of a tabled region, for any digits begin with some code.
fn without_plus(digits: &str) -> Option<(Phone, bool)> {
    let (country, rest) = split_country(digits)?;
    let (phone, legacy) = national(Region::of_country_code(country)?, rest)?;
    let sure = phone.region().is_some_and(|region| region.is_mobile(&phone.national));
    sure.then_some((phone, legacy))
}

/// A number with a trunk prefix or of a length that exactly one tabled region has as a mobile number.
fn elsewhere(digits: &str) -> Option<(Phone, bool)> {
    let mut found = Region::ALL.into_iter().filter_map(|region| {
        let (phone, legacy) = national(region, digits)?;
        (region.is_mobile(&phone.national) && (region.trunk() != "0" || digits.starts_with('0')))
            .then_some((phone, legacy))
    });
    let first = found.next();
    if found.next().is_some() { None } else { first }
}
