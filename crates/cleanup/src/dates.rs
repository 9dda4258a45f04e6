//! Dates of any precision as the span of time that they mean, in UTC or in a time zone; and moments of contacts as numbers.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// A moment in microseconds since 1970.
pub(crate) type Micros = i64;

/// From the first microsecond to the one behind the last.
pub(crate) type Span = (Micros, Micros);

/// How exactly a date is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Precision {
    Year,
    Month,
    Day,
}

fn at(moment: DateTime, zone: &TimeZone) -> Option<Micros> {
    zone.to_timestamp(moment).ok().map(Timestamp::as_microsecond)
}

/// The span that a date of any precision means in UTC: a year, a month, a day, an hour, a minute, a second or less.
pub(super) fn span(text: &str) -> Option<Span> {
    span_in(text, &TimeZone::UTC)
}

/// The same in a time zone; an offset that is written outweighs it.
pub(super) fn span_in(text: &str, zone: &TimeZone) -> Option<Span> {
    let text = text.trim();
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(end) => (text.get(..end)?, Some(text.get(end + 1..)?.trim())),
        None => (text, None),
    };
    let numbers = parts(day)?;
    match (numbers.as_slice(), time) {
        ([year], None) => between_in(Date::new(*year, 1, 1).ok()?, Precision::Year, zone),
        ([year, month], None) => between_in(Date::new(*year, small(*month)?, 1).ok()?, Precision::Month, zone),
        ([year, month, day], None) => {
            between_in(Date::new(*year, small(*month)?, small(*day)?).ok()?, Precision::Day, zone)
        }
        ([year, month, day], Some(time)) => moments(Date::new(*year, small(*month)?, small(*day)?).ok()?, time, zone),
        _ => None,
    }
}

fn small(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

/// The numbers of a day: the year in four digits, month and day in one or two.
fn parts(day: &str) -> Option<Vec<i16>> {
    let words: Vec<&str> = day.split(['-', '/']).collect();
    let fits = |(place, word): (usize, &&str)| {
        let length = if place == 0 { 4..=4 } else { 1..=2 };
        length.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    if words.len() > 3 || !words.iter().enumerate().all(fits) {
        return None;
    }
    words.iter().map(|word| word.parse().ok()).collect()
}

/// From the first moment of a day to that of the next year, month or day, in UTC.
pub(crate) fn between(day: Date, precision: Precision) -> Option<Span> {
    between_in(day, precision, &TimeZone::UTC)
}

fn between_in(day: Date, precision: Precision, zone: &TimeZone) -> Option<Span> {
    let (year, month) = (day.year(), day.month());
    let next = match precision {
        Precision::Year => Date::new(year.checked_add(1)?, 1, 1),
        Precision::Month if month == 12 => Date::new(year.checked_add(1)?, 1, 1),
        Precision::Month => Date::new(year, month + 1, 1),
        Precision::Day => day.tomorrow(),
    };
    let midnight = |day: Date| at(day.to_datetime(Time::midnight()), zone);
    // The last year that the calendar has ends with its last moment.
    let end = next.ok().and_then(midnight).unwrap_or(Micros::MAX);
    Some((midnight(day)?, end))
}

/// A time of a day, to the precision in which it is written, with or without its offset from UTC.
fn moments(day: Date, time: &str, zone: &TimeZone) -> Option<Span> {
    let sign = time.find(['+', '-', 'Z', 'z']);
    let (clock, offset) = time.split_at(sign.unwrap_or(time.len()));
    let words: Vec<&str> = clock.trim().split(':').collect();
    let number = |word: &&str| (word.len() == 2).then(|| word.parse::<i8>().ok()).flatten();
    let (seconds, fraction) = match words.get(2) {
        Some(word) => word.split_once('.').map_or((*word, ""), |(seconds, fraction)| (seconds, fraction)),
        None => ("", ""),
    };
    let (hour, minute, second, length) = match words.as_slice() {
        [hour] => (number(hour)?, 0, 0, 3_600_000_000),
        [hour, minute] => (number(hour)?, number(minute)?, 0, 60_000_000),
        [hour, minute, _] => (number(hour)?, number(minute)?, number(&seconds)?, 1_000_000),
        _ => return None,
    };
    let (micros, length) = match fraction.len() {
        0 => (0, length),
        digits @ 1..=6 => {
            let unit = 10_i64.pow(6 - u32::try_from(digits).ok()?);
            (fraction.parse::<i64>().ok().filter(|_| fraction.bytes().all(|b| b.is_ascii_digit()))? * unit, unit)
        }
        _ => (fraction.get(..6)?.parse::<i64>().ok()?, 1),
    };
    let zone = if offset.trim().is_empty() { zone } else { &TimeZone::UTC };
    let start = at(day.to_datetime(Time::new(hour, minute, second, 0).ok()?), zone)? + micros - shift(offset)?;
    Some((start, start.checked_add(length)?))
}

/// An offset from UTC in microseconds.
fn shift(offset: &str) -> Option<i64> {
    let (sign, digits) = match offset.trim() {
        "" | "Z" | "z" => return Some(0),
        other => (if other.starts_with('-') { -1 } else { 1 }, other.get(1..)?.replace(':', "")),
    };
    if !(digits.len() == 2 || digits.len() == 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), |rest| rest.parse().ok())?;
    (hours <= 25 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000_000)
}

/// The year, the month or the day of a moment in a time zone; empty where there is none.
pub(crate) fn part(moment: Option<Micros>, precision: Precision, zone: &TimeZone) -> String {
    let moment = moment.and_then(|moment| Timestamp::from_microsecond(moment).ok());
    let day = moment.map(|moment| zone.to_datetime(moment).date().to_string());
    let mut text = day.unwrap_or_default();
    text.truncate(match precision {
        Precision::Year => 4,
        Precision::Month => 7,
        Precision::Day => 10,
    });
    text
}

/// A moment as the gateway writes it; a day alone is its first moment.
pub(crate) fn micros(text: &str) -> Option<Micros> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_microsecond());
    }
    span(text).map(|(start, _)| start)
}
