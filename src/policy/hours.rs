//! Hours of the day in which a policy writes, by the wall clock of a time zone.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A write takes a moment to leave: one that begins so shortly before the end of the hours might be sent after it.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// Spans of the day; without one, the whole day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    spans: Vec<Span>,
}

/// From a minute of the day up to another one, which may be on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: u16,
    to: u16,
}

impl Span {
    const fn covers(self, minute: u16) -> bool {
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }
}

impl Hours {
    /// Reads spans such as `22:00-06:00`.
    ///
    /// # Errors
    /// What is wrong with the first that is none, as the end of a sentence.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, &'static str> {
        let spans = texts.into_iter().map(span).collect::<Result<_, _>>()?;
        Ok(Self { spans })
    }

    /// Whether a write may begin: now and half a minute later are within the hours.
    pub fn are_open(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let is_within = |moment: Timestamp| {
            let time = moment.to_zoned_datetime(zone.clone()).time();
            let minute = u16::try_from(i16::from(time.hour()) * 60 + i16::from(time.minute())).unwrap_or_default();
            self.spans.is_empty() || self.spans.iter().any(|span| span.covers(minute))
        };
        is_within(now) && now.checked_add(MARGIN).is_ok_and(is_within)
    }
}

fn span(text: &str) -> Result<Span, &'static str> {
    const FORM: &str = "is no span of the day; write it as 22:00-06:00";
    let (from, to) = text.split_once('-').ok_or(FORM)?;
    let (from, to) = (minute(from).ok_or(FORM)?, minute(to).ok_or(FORM)?);
    if from == DAY {
        return Err("begins at 24:00; write 00:00");
    }
    if from == to {
        return Err("ends when it begins; for the whole day leave `hours` out");
    }
    Ok(Span { from, to })
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok())?;
    let (hour, minute) = (number(hour)?, number(minute)?);
    let all = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && all <= DAY).then_some(all)
}

/// `22:00-06:00`, or `at any hour`.
impl fmt::Display for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.spans.is_empty() {
            return formatter.write_str("at any hour");
        }
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let spans: Vec<String> =
            self.spans.iter().map(|span| format!("{}-{}", time(span.from), time(span.to))).collect();
        formatter.write_str(&spans.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(spans: &[&str], at: &str, zone: &str) -> bool {
        let hours = Hours::read(spans.iter().copied()).unwrap();
        hours.are_open(at.parse().unwrap(), &crate::model::codes::time_zone_rules(zone).unwrap())
    }

    #[test]
    fn hours_are_those_of_the_wall_clock_of_their_zone() {
        let night = ["22:00-06:00"];
        assert!(open(&night, "2026-01-05T23:00:00Z", "UTC") && open(&night, "2026-01-05T05:59:00Z", "UTC"));
        assert!(!open(&night, "2026-01-05T06:00:00Z", "UTC") && !open(&night, "2026-01-05T21:59:59Z", "UTC"));
        assert!(open(&night, "2026-01-05T15:00:00Z", "Asia/Hong_Kong"));
        assert!(!open(&night, "2026-01-05T23:00:00Z", "Asia/Hong_Kong"));
        assert!(open(&[], "2026-01-05T12:00:00Z", "UTC"));
        assert!(open(&["00:00-02:00", "20:00-24:00"], "2026-01-05T23:59:59Z", "UTC"), "one span goes on in the next");
    }

    #[test]
    fn nothing_begins_in_the_last_half_minute() {
        assert!(open(&["08:00-09:00"], "2026-01-05T08:59:29Z", "UTC"));
        assert!(!open(&["08:00-09:00"], "2026-01-05T08:59:31Z", "UTC"));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["22-6", "22:00", "25:00-06:00", "22:60-23:00", "22:00-22:00", "24:00-06:00", "2:00-3:00", "a:b-c:d"]
        {
            assert!(Hours::read([text]).is_err(), "{text}");
        }
    }
}
