//! Birthdays: their form, and days that are none.

use jiff::civil::Date;

use super::super::Subject;
use super::super::normalize::phone::Region;
use super::{Census, Finding, Kind};

const FIELD: &str = "birthday";
/// Older than anybody known.
const OLDEST: i16 = 120;
/// The Buddhist era is so many years ahead.
const BUDDHIST: i16 = 543;

pub(super) fn check(subject: &Subject<'_>, census: &Census, found: &mut Vec<Finding>) {
    let text = subject.birthday.trim();
    if text.is_empty() {
        return;
    }
    let today: Option<Date> = census.latest().get(..10).and_then(|day| day.parse().ok());
    let possible = |day: Date| today.is_none_or(|today| day <= today && today.year() - day.year() <= OLDEST);
    let month_first = census.home(subject) == Some(Region::UnitedStates);
    let mut say = |kind, day: Option<Date>| {
        found.push(Finding::new(kind, FIELD, day.map(|day| (FIELD, day.to_string())).into_iter().collect()));
    };
    match read(text, month_first) {
        Some((day, _)) if !possible(day) => say(Kind::BirthdayImpossible, None),
        Some((day, true)) => say(Kind::BirthdayAmbiguous, Some(day)),
        Some((day, false)) if day.to_string() != subject.birthday => say(Kind::BirthdayForm, Some(day)),
        Some(_) => {}
        None => say(Kind::BirthdayImpossible, None),
    }
}

/// The day, and whether it may be another.
fn read(text: &str, month_first: bool) -> Option<(Date, bool)> {
    let day_only = text.split_once(['T', ' ']).filter(|(_, time)| time.contains(':')).map_or(text, |(day, _)| day);
    let parts: Vec<&str> =
        day_only.split(|c: char| !c.is_alphanumeric()).flat_map(|part| part.split(['年', '月', '日'])).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    match *parts.as_slice() {
        [whole] if whole.len() == 8 => Some((date(whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?)?, false)),
        [year, month, day] if year.len() == 4 && is_number(year) => Some((date(year, month, day)?, false)),
        [a, b, year] if year.len() == 4 => by_size(a, b, year, month_first),
        _ => None,
    }
}

fn by_size(a: &str, b: &str, year: &str, month_first: bool) -> Option<(Date, bool)> {
    let (day_month, month_day) = (date(year, b, a), date(year, a, b));
    match (day_month, month_day) {
        (Some(one), Some(other)) if one != other => Some((if month_first { other } else { one }, true)),
        (one, other) => one.or(other).map(|day| (day, false)),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let year: i16 = year.parse().ok()?;
    let year = if (2400..2700).contains(&year) { year - BUDDHIST } else { year };
    let month: i8 = month.parse().ok().or_else(|| {
        let name = month.to_lowercase();
        let at = MONTHS.iter().position(|short| name.starts_with(short))?;
        i8::try_from(at + 1).ok()
    })?;
    Date::new(year, month, day.parse().ok()?).ok()
}
