//! Birthdays: their form, and days that are none.

use jiff::civil::Date;

use super::super::Subject;
use super::super::normalize::birthday::{is_possible, read};
use super::super::normalize::phone::Region;
use super::{Finding, Kind, ValueCounts};

const FIELD: &str = "birthday";

pub(super) fn check(subject: &Subject<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let text = subject.birthday.trim();
    if text.is_empty() {
        return;
    }
    let today: Option<Date> = value_counts.latest().get(..10).and_then(|day| day.parse().ok());
    let possible = |day: Date| today.is_none_or(|today| is_possible(day, today));
    let month_first = value_counts.home(subject) == Some(Region::UNITED_STATES);
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
