//! Moments as a model needs them: the day, or the minute. The gateway's are ISO-8601 in UTC (contract, section 4.4).

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
