//! Moments as a model needs them: the day, or the minute. The gateway's are ISO-8601 in UTC (contract, section 4.4).

use jiff::Timestamp;

use super::table::Cell;
use super::untrusted::clipped;

/// The day of a moment as a cell whose year may be said once for all rows.
pub(super) fn day_cell(text: Option<&str>) -> Cell {
    cell(text, day)
}

/// The minute of a moment as a cell whose year may be said once for all rows.
pub(super) fn minute_cell(text: Option<&str>) -> Cell {
    cell(text, minute)
}

fn cell(text: Option<&str>, form: fn(&str) -> String) -> Cell {
    match text {
        Some(text) if is_moment(text) => Cell::Moment(form(text)),
        Some(other) => Cell::text(form(other)),
        None => Cell::Empty,
    }
}

/// The day of a moment: `2025-10-15`. What is no moment comes back as clipped data.
pub(super) fn day(text: &str) -> String {
    if is_moment(text) { text.get(..10).unwrap_or(text).to_owned() } else { clipped(text, 25) }
}

/// The minute of a moment: `2025-10-15 10:07`. What is no moment comes back as clipped data.
pub(super) fn minute(text: &str) -> String {
    match (is_moment(text), text.get(..10), text.get(11..16)) {
        (true, Some(day), Some(time)) if text.len() >= 16 => format!("{day} {time}"),
        _ => day(text),
    }
}

/// How old a list is, in few words: `list as of 2026-01-01 10:00 UTC, 3 min ago`.
pub fn list_age(at: Timestamp) -> String {
    list_age_at(at, Timestamp::now())
}

fn list_age_at(at: Timestamp, now: Timestamp) -> String {
    let day = at.strftime("%Y-%m-%d %H:%M UTC");
    let minutes = now.duration_since(at).as_secs().div_euclid(60);
    let age = match minutes {
        ..-1 => "ahead of this clock".to_owned(),
        -1..1 => "just now".to_owned(),
        1..120 => format!("{minutes} min ago"),
        120..2_880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1_440),
    };
    format!("list as of {day}, {age}")
}

/// Whether a text begins like `2025-10-15`, and goes on like `T10:07` if it goes on.
pub(super) fn is_moment(text: &str) -> bool {
    let shape = |pattern: &str| {
        text.len() >= pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(byte, sign)| {
                if sign == b'0' { byte.is_ascii_digit() } else { byte == sign || (sign == b'T' && byte == b' ') }
            })
    };
    let tail = |from: usize| text.bytes().skip(from).all(|byte| byte.is_ascii_digit() || b".:Z+-".contains(&byte));
    (text.len() == 10 && shape("0000-00-00")) || (text.len() <= 32 && shape("0000-00-00T00:00") && tail(16))
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, list_age_at};

    #[test]
    fn the_age_of_a_list_is_told_in_the_unit_that_fits() {
        let at: Timestamp = "2026-01-01T10:00:59Z".parse().unwrap();
        let age = |seconds: i64| {
            let text = list_age_at(at, Timestamp::from_second(at.as_second() + seconds).unwrap());
            text.strip_prefix("list as of 2026-01-01 10:00 UTC, ").unwrap().to_owned()
        };
        let told = [-300, -20, 0, 59, 60, 185, 7_199, 7_200, 172_799, 172_800, 8_640_000].map(age);
        let expected = [
            "ahead of this clock",
            "just now",
            "just now",
            "just now",
            "1 min ago",
            "3 min ago",
            "119 min ago",
            "2 h ago",
            "47 h ago",
            "2 days ago",
            "100 days ago",
        ];
        assert_eq!(told, expected);
    }
}
