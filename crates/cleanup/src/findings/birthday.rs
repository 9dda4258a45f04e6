//! Birthdays: their form, and days that are none.

use jiff::civil::Date;

use super::super::normalize::birthday::{DateOrder, Reading, is_possible, read};
use super::facts::Facts;
use super::{Finding, Kind, ValueCounts};

const FIELD: &str = "birthday";

pub(super) fn check(facts: &Facts<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let today: Option<Date> = value_counts.latest().get(..10).and_then(|day| day.parse().ok());
    let possible = |day: Date| today.is_none_or(|today| is_possible(day, today));
    let mut say = |kind, day: Option<Date>| {
        found.push(Finding::new(kind, FIELD, day.map(|day| (FIELD, day.to_string())).into_iter().collect()));
    };
    let order = value_counts.date_order(facts);
    let birthday = match read(&facts.subject.birthday, order) {
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
        // A year that is read as one of another era once it is written down is not known.
        (true, None) if !is_read_again(day, order) => say(Kind::BirthdayNotRead, None),
        (true, None) if day.to_string() != facts.subject.birthday => say(Kind::BirthdayForm, Some(day)),
        (true, None) => {}
    }
}

/// Returns true if a day reads as itself in the form that a fix writes.
fn is_read_again(day: Date, order: DateOrder) -> bool {
    matches!(read(&day.to_string(), order), Reading::Date(again) if again.date.whole() == Some(day))
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, ValueCounts, findings};
    use crate::subject::Subject;

    #[test]
    fn a_year_that_would_be_read_as_one_of_another_era_is_not_written() {
        let told = |birthday: &str| {
            let contact = serde_json::json!({ "id": "con_1", "display_name": "Mei Wong", "time_zone": "Asia/Tokyo", "birthday": birthday });
            let text = contact.to_string();
            let subject = Subject::read(&text).unwrap();
            findings(&subject, &ValueCounts::default())
                .into_iter()
                .map(|finding| (finding.kind, finding.fix))
                .collect::<Vec<_>>()
        };
        assert_eq!(told("昭和553年4月2日"), [(Kind::BirthdayNotRead, Vec::new())]);
        assert_eq!(told("昭和55年4月2日"), [(Kind::BirthdayForm, vec![("birthday", "1980-04-02".to_owned())])]);
    }
}
