//! Birthdays: their form, and days that are none.

use jiff::civil::Date;

use super::super::Subject;
use super::super::normalize::birthday::{Reading, is_possible, read};
use super::{Finding, Kind, ValueCounts};

const FIELD: &str = "birthday";

pub(super) fn check(subject: &Subject<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let today: Option<Date> = value_counts.latest().get(..10).and_then(|day| day.parse().ok());
    let possible = |day: Date| today.is_none_or(|today| is_possible(day, today));
    let mut say = |kind, day: Option<Date>| {
        found.push(Finding::new(kind, FIELD, day.map(|day| (FIELD, day.to_string())).into_iter().collect()));
    };
    let birthday = match read(&subject.birthday, value_counts.date_order(subject)) {
        Reading::Empty => return,
        Reading::Impossible => return say(Kind::BirthdayImpossible, None),
        Reading::NotRead => return say(Kind::BirthdayNotRead, None),
        Reading::Date(birthday) => birthday,
    };
    // A part of a date is all that is known, and the gateway has no form for it.
    let Some(day) = birthday.date.whole() else { return };
    let other = birthday.other.and_then(|other| other.whole()).filter(|other| possible(*other));
    match (possible(day), other) {
        (false, None) => say(Kind::BirthdayImpossible, None),
        (false, Some(other)) => say(Kind::BirthdayAmbiguous, Some(other)),
        (true, Some(_)) => say(Kind::BirthdayAmbiguous, Some(day)),
        (true, None) if birthday.is_guess || birthday.other.is_some() => say(Kind::BirthdayAmbiguous, Some(day)),
        (true, None) if day.to_string() != subject.birthday => say(Kind::BirthdayForm, Some(day)),
        (true, None) => {}
    }
}
