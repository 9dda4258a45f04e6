//! Birthdays as days: however they are written, and whether anybody can have been born then.

use jiff::civil::Date;

/// Older than anybody known.
const OLDEST: i16 = 120;
/// The Buddhist era is so many years ahead.
const BUDDHIST: i16 = 543;

/// Whether somebody who lives today can have been born on that day.
pub fn is_possible(day: Date, today: Date) -> bool {
    day <= today && today.year() - day.year() <= OLDEST
}

/// The day, and whether it may be another.
pub fn read(text: &str, month_first: bool) -> Option<(Date, bool)> {
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
