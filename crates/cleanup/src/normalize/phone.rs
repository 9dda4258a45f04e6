//! Phone numbers in E.164: one reading of what somebody typed, by the numbering plans of every country.
//!
//! The plans are those of libphonenumber's metadata. The country comes from evidence ([`Evidence`]) and never from trying one
//! country after the other.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberType, get_national_significant_number_owned};

mod evidence;
mod region;
mod renumbered;
mod typed;

pub use evidence::{Evidence, extension, of_subject, unread};
pub use region::Region;
use typed::{NotTyped, Typed, digits};

/// A number of a country: its calling code and the digits behind it, without a trunk prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    /// The calling code, such as 852.
    pub country: u16,
    /// The national significant number.
    pub national: String,
}

impl fmt::Display for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "+{}{}", self.country, self.national)
    }
}

impl Phone {
    /// The main region of the calling code.
    pub fn region(&self) -> Option<Region> {
        Region::of_country_code(self.country)
    }

    /// One form for numbers that are one phone: `+55 11 6123 4567` and `+55 11 96123 4567`.
    pub fn comparable(&self) -> String {
        format!("+{}{}", self.country, renumbered::comparable(self.country, &self.national))
    }
}

/// What kind of line a number is, as far as its digits say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A mobile phone.
    Mobile,
    /// A landline.
    Fixed,
    /// Either of both, as in the United States, or a service.
    Other,
}

/// What stood beside a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhoneRemainder {
    /// The digits of an extension.
    pub extension: String,
    /// Further numbers.
    pub others: Vec<Phone>,
    /// Whatever else somebody wrote before and behind the number.
    pub note: String,
}

impl PhoneRemainder {
    /// Whether nothing stood there.
    pub fn is_empty(&self) -> bool {
        self.extension.is_empty() && self.others.is_empty() && self.note.is_empty()
    }
}

/// How sure the reading of a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sureness {
    /// The country is written, or evident and contradicted by nothing.
    Evident,
    /// The country is a guess, or the digits are a number in another way as well.
    Guess,
}

/// What a text that should be a phone number is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing was typed.
    Empty,
    /// A filler: `-`, `n/a`, one digit repeated, digits in order, too few digits for any number.
    Junk,
    /// The country that is written has no such number.
    Invalid,
    /// No number of the country that the evidence says, or a text that cannot be read as one.
    NotRead,
    /// A national number, and no evidence of its country.
    CountryUnknown,
    /// A number.
    Number {
        /// It.
        phone: Phone,
        /// Whether the digits are of before the country renumbered.
        legacy: bool,
        /// What kind of line it is.
        line: Line,
        /// How sure it is.
        sureness: Sureness,
        /// What stood beside it.
        beside: Box<PhoneRemainder>,
    },
}

/// Reads a phone number.
pub fn read(area_code: &str, text: &str, evidence: &Evidence) -> Reading {
    if text.trim().is_empty() {
        return Reading::Empty;
    }
    let typed = match Typed::read(text) {
        Ok(typed) => typed,
        Err(NotTyped::NoDigits(true)) => return Reading::Junk,
        Err(_) => return Reading::NotRead,
    };
    let all = typed.digits();
    // Digits in order that somebody set apart into groups are a number like any other.
    if is_repeated(&all) && all.len() > 3 || runs(&all) && typed.run == all && all.len() > 3 {
        return Reading::Junk;
    }
    let area = AreaCode::read(area_code);
    let reader = Reader { area, evidence };
    match reader.first(&typed.run) {
        Ok((found, _)) if is_repeated(&found.phone.national) => Reading::Junk,
        Ok((found, rest)) => {
            let beside = reader.beside(&typed, &rest, area_code);
            let is_evident = found.is_evident && area.is_none_or(|area| area == found.phone.country);
            Reading::Number {
                phone: found.phone,
                legacy: found.legacy,
                line: found.line,
                sureness: if is_evident { Sureness::Evident } else { Sureness::Guess },
                beside: Box::new(beside),
            }
        }
        Err(_) if is_filler(&typed, &all) => Reading::Junk,
        Err(missing) => missing,
    }
}

/// Too few digits for any number and nothing else, or a filler behind a country code.
fn is_filler(typed: &Typed, all: &str) -> bool {
    let bare = typed.before.is_empty() && !typed.after.chars().any(char::is_alphabetic);
    let short = all.len() < 6 && bare;
    let trimmed = all.trim_start_matches('0');
    let behind_code = (1..=3).any(|length| {
        let code = trimmed.get(..length).and_then(|code| code.parse().ok()).and_then(Region::of_country_code);
        code.is_some() && trimmed.get(length..).is_some_and(|rest| rest.len() > 3 && runs(rest))
    });
    short || behind_code
}

/// One digit only.
fn is_repeated(digits: &str) -> bool {
    digits.bytes().zip(digits.bytes().skip(1)).all(|(a, b)| a == b)
}

/// One digit only, or digits in order.
fn runs(digits: &str) -> bool {
    let steps = |by: i16| {
        let mut pairs = digits.bytes().zip(digits.bytes().skip(1));
        pairs.all(|(a, b)| (i16::from(b) - i16::from(a) - by).rem_euclid(10) == 0)
    };
    steps(0) || steps(1) || steps(-1)
}

/// The calling code in a field for it.
struct AreaCode;

impl AreaCode {
    fn read(text: &str) -> Option<u16> {
        let digits = digits(text.trim());
        let code = digits.strip_prefix("00").unwrap_or(&digits);
        // `020` is a city, `20` is Egypt.
        let code = Some(code).filter(|code| !code.starts_with('0') && code.len() <= 3)?.parse().ok()?;
        Region::of_country_code(code).map(|_| code)
    }
}

/// A number that was found.
struct Found {
    phone: Phone,
    line: Line,
    legacy: bool,
    is_evident: bool,
}

impl Found {
    fn evident((phone, line): (Phone, Line)) -> Self {
        Self { phone, line, legacy: false, is_evident: true }
    }
}

struct Reader<'a> {
    area: Option<u16>,
    evidence: &'a Evidence,
}

impl Reader<'_> {
    /// The first number of a run, and what is left of the run behind it.
    fn first(&self, run: &str) -> Result<(Found, String), Reading> {
        let breaks = typed::breaks(run);
        let split =
            |at: usize| run.split_at_checked(at).map(|(left, right)| (left, right.trim_start_matches([' ', '-', '/'])));
        // Two whole numbers joined are no number of any country, but a short one and half of the next may be.
        let is_list = |(at, strong): &(usize, bool)| *strong && digits(run.get(..*at).unwrap_or_default()).len() >= 7;
        for (at, _) in breaks.iter().filter(|found| is_list(found)) {
            if let Some((left, right)) = split(*at)
                && let Ok(found) = self.number(left)
            {
                return Ok((found, right.to_owned()));
            }
        }
        let whole = self.number(run);
        if whole.is_ok() {
            return whole.map(|found| (found, String::new()));
        }
        for (at, strong) in &breaks {
            let Some((left, right)) = split(*at) else { continue };
            if digits(left).len() < 6 || (!strong && digits(right).len() < 7) {
                continue;
            }
            if let Ok(found) = self.number(left)
                && (*strong || self.number(right).is_ok())
            {
                return Ok((found, right.to_owned()));
            }
        }
        whole.map(|found| (found, String::new()))
    }

    /// What stood before and behind the number.
    fn beside(&self, typed: &Typed, rest: &str, area_code: &str) -> PhoneRemainder {
        let behind = format!("{rest}{}", typed.after);
        let mut beside = PhoneRemainder::default();
        if let Some(extension) = typed::extension(&behind) {
            beside.extension = extension;
        }
        let mut tail = behind.as_str();
        while beside.others.len() < 4
            && let Some(at) = tail.find(|c: char| c.is_ascii_digit() || c == '+')
            && let Some(next) = tail.get(at..)
        {
            let end = next.find(|c: char| !(c.is_ascii_digit() || " +-.()".contains(c))).unwrap_or(next.len());
            let (run, behind) = next.split_at(end.max(1));
            if digits(run).len() >= 7
                && let Ok(found) = self.number(run.trim_end_matches(|c: char| !c.is_ascii_digit()))
            {
                beside.others.push(found.phone);
            }
            tail = behind;
        }
        let mut notes = vec![typed.before.trim()];
        let note = behind.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';'));
        notes.push(note);
        // An area code that is no country's belongs to the number, and nothing says how.
        notes.push(if self.area.is_none() { area_code.trim() } else { "" });
        notes.retain(|note| !note.is_empty());
        if beside.extension.is_empty() || notes.len() > 1 || !beside.others.is_empty() {
            beside.note = notes.join(" ");
        }
        beside
    }

    /// The number of a run.
    fn number(&self, run: &str) -> Result<Found, Reading> {
        let all = digits(run);
        if run.contains('+') {
            let found = written(&all).or_else(|| written(&digits(&run.replacen("(0)", "", 1))));
            return found.ok_or(Reading::Invalid);
        }
        let exit_code = || all.strip_prefix("00").and_then(written);
        if let Some(code) = self.area {
            return behind_area_code(code, run, &all).or_else(exit_code).ok_or(Reading::Invalid);
        }
        if let Some(account) = &self.evidence.whatsapp
            && is_written_as(account, &all)
        {
            let line = parse(&account.to_string(), None).map_or(Line::Other, |(_, line)| line);
            return Ok(Found::evident((account.clone(), line)));
        }
        let regions = self.evidence.regions();
        let mut told = regions.into_iter().enumerate().filter_map(|(at, region)| Some((at, region?)));
        // Against a known zone nothing weaker is believed.
        let zone = self.evidence.zone;
        let found = told.find_map(|(at, region)| {
            let is_against = at > 1 && zone.is_some_and(|zone| zone != region);
            let found = if is_against { None } else { in_region(run, &all, region) }?;
            Some((region, found))
        });
        if let Some((region, mut found)) = found {
            let other = |other: &Region| {
                *other != region && in_region(run, &all, *other).is_some_and(|other| other.phone != found.phone)
            };
            let contradicts = zone.is_some_and(|zone| zone != region) || regions.iter().flatten().any(other);
            found.is_evident &= !contradicts || found.phone.country != region.country_code().unwrap_or_default();
            return Ok(found);
        }
        if let Some(found) = exit_code() {
            return Ok(found);
        }
        if self.evidence.region().is_some() {
            return Err(Reading::NotRead);
        }
        self.guess(run, &all).ok_or(Reading::CountryUnknown)
    }

    /// A number by a hint, or one whose first digits are a country's code before a mobile number.
    fn guess(&self, run: &str, all: &str) -> Option<Found> {
        let hinted = self.evidence.hint.and_then(|region| in_region(run, all, region));
        let found = hinted.or_else(|| {
            let found = (all.len() >= 10 && !all.starts_with('0')).then(|| written(all)).flatten()?;
            (found.line == Line::Mobile && !found.legacy).then_some(found)
        })?;
        Some(Found { is_evident: false, ..found })
    }
}

/// Whether digits are a number with or without its code and a trunk zero.
fn is_written_as(phone: &Phone, all: &str) -> bool {
    let bare = all.trim_start_matches('0');
    let national = bare.strip_prefix(&phone.country.to_string()).map(|rest| rest.trim_start_matches('0'));
    phone.national.len() >= 7 && (bare == phone.national || national == Some(phone.national.as_str()))
}

/// A number behind a plus.
fn written(all: &str) -> Option<Found> {
    if let Some(found) = parse(&format!("+{all}"), None) {
        return Some(Found::evident(found));
    }
    (1..=3).find_map(|length| {
        let code = all.get(..length)?.parse().ok()?;
        Region::of_country_code(code)?;
        renumbered(code, all.get(length..)?)
    })
}

/// A number beside a calling code, which may stand there twice.
fn behind_area_code(code: u16, run: &str, all: &str) -> Option<Found> {
    let plain = parse(&format!("+{code}{all}"), None).filter(|(phone, _)| phone.country == code);
    if let Some(found) = plain.filter(|(phone, _)| phone.national == all) {
        return Some(Found::evident(found));
    }
    let region = Region::of_country_code(code)?;
    in_region(run, all, region).filter(|found| found.phone.country == code)
}

/// A number as it is written in a region: national, with the region's code or exit code before it.
fn in_region(run: &str, all: &str, region: Region) -> Option<Found> {
    if region == Region::VIETNAM
        && let Some(national) = renumbered::of_ho_chi_minh_city(run)
    {
        let (phone, line) = parse(&format!("+84{national}"), None)?;
        return Some(Found { phone, line, legacy: true, is_evident: false });
    }
    let zero_in_brackets = || run.contains("(0)").then(|| parse(&run.replacen("(0)", "", 1), Some(region))).flatten();
    if let Some(found) = parse(run, Some(region)).or_else(zero_in_brackets) {
        return Some(Found::evident(found));
    }
    let code = region.country_code()?;
    let bare = all.strip_prefix("00").unwrap_or(all);
    let national = bare.strip_prefix(&code.to_string()).unwrap_or(all);
    renumbered(code, national)
}

/// A number of before its country renumbered.
fn renumbered(code: u16, national: &str) -> Option<Found> {
    let bare = national.strip_prefix('0').filter(|_| code != 225).unwrap_or(national);
    let (today, is_evident) = renumbered::of_today(code, bare)?;
    let (phone, line) = parse(&format!("+{code}{today}"), None)?;
    Some(Found { phone, line, legacy: true, is_evident })
}

/// Ranges that libphonenumber has put into use since the metadata of the crate: calling code, first digits, length.
const NEWER: [(i32, &str, usize); 1] = [(49, "15410", 11)];

/// A number that is one by the numbering plan of its country.
fn parse(text: &str, region: Option<Region>) -> Option<(Phone, Line)> {
    let number: PhoneNumber = PHONE_NUMBER_UTIL.parse(text, region.map(|region| region.0)).ok()?;
    let national = get_national_significant_number_owned(&number);
    let line = match PHONE_NUMBER_UTIL.get_number_type(&number) {
        PhoneNumberType::Unknown => {
            let is_newer = |(code, first, length): &(i32, &str, usize)| {
                number.country_code == *code && national.starts_with(first) && national.len() == *length
            };
            NEWER.iter().any(is_newer).then_some(Line::Mobile)?
        }
        PhoneNumberType::Mobile => Line::Mobile,
        PhoneNumberType::FixedLine => Line::Fixed,
        _ => Line::Other,
    };
    Some((Phone { country: u16::try_from(number.country_code).ok()?, national }, line))
}
