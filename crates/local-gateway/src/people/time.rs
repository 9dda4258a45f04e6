//! Moments as the gateway writes them: ISO 8601, UTC, milliseconds and `Z` (contract, 4.4).

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

/// When the list was made: 2025-10-15T12:00:00Z, in milliseconds.
pub(crate) const NOW: i64 = 1_760_529_600_000;
/// Invented contacts are older than this: 2025-10-10T07:00:00Z, before the document's oldest.
pub(crate) const BEFORE_DOCUMENT: i64 = 1_760_079_600_000;
/// A minute.
pub(crate) const MINUTE: i64 = 60_000;
/// A day.
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// Our clock, in milliseconds.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A moment as the gateway writes it.
pub(crate) fn text(milliseconds: i64) -> String {
    PRINTER.timestamp_to_string(&moment(milliseconds))
}

/// A day as conversation names show it, such as `2 Jan 2026`.
pub(crate) fn day(milliseconds: i64) -> String {
    moment(milliseconds).to_zoned_datetime(TimeZone::UTC).strftime("%-d %b %Y").to_string()
}

/// The moment of a text; the beginning of 1970 when it is none, which no stored text is.
pub(crate) fn parse(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap_or_default().as_millisecond()
}

fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{BEFORE_DOCUMENT, NOW, day, parse, text};

    #[test]
    fn moments_have_milliseconds_and_days_have_no_leading_zero() {
        assert_eq!(text(NOW), "2025-10-15T12:00:00.000Z");
        assert_eq!(text(BEFORE_DOCUMENT), "2025-10-10T07:00:00.000Z");
        assert_eq!(day(1_767_312_000_000), "2 Jan 2026");
        assert_eq!(parse("2025-10-15T12:00:00.000Z"), NOW);
    }
}
