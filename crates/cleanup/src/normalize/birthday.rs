//! Birthdays: the one reading of a date in whatever form somebody typed it, whole or in part.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

mod date_words;

use date_words::{Part, Word};

/// Years that nobody who lives today was born before.
const OLDEST: i16 = 120;
/// The year that address books write for a birthday without one.
const NO_YEAR: i16 = 1604;

/// Returns true if somebody who lives today can have been born on that day.
pub fn is_possible(day: Date, today: Date) -> bool {
    day <= today && today.year() - day.year() <= OLDEST
}

/// A day of which parts may be unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PartialDate {
    /// The year of the common era.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: Option<i8>,
    /// 1 to 31.
    pub day: Option<i8>,
}

impl PartialDate {
    /// The day, where all parts are known.
    pub fn whole(self) -> Option<Date> {
        Date::new(self.year?, self.month?, self.day?).ok()
    }

    /// Returns true if a calendar has it: a leap day without a year is one.
    fn exists(self) -> bool {
        match (self.month, self.day) {
            (Some(month), Some(day)) => Date::new(self.year.unwrap_or(2000), month, day).is_ok(),
            (Some(month), None) => (1..=12).contains(&month),
            (None, Some(_)) => false,
            (None, None) => self.year.is_some(),
        }
    }
}

/// The order of day and month in dates such as `03/04/1990`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// 3 April.
    #[default]
    DayFirst,
    /// March 4.
    MonthFirst,
}

/// How dates are written in a list, learnt from those that can be read in one way only (a day over 12).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateOrderCounts {
    day_first: u32,
    month_first: u32,
}

impl DateOrderCounts {
    /// Counts what one text says of the order, if it says anything.
    pub fn count(&mut self, text: &str) {
        match read(text, DateOrder::DayFirst) {
            Reading::Date(Birthday { order: Some(DateOrder::DayFirst), .. }) => self.day_first += 1,
            Reading::Date(Birthday { order: Some(DateOrder::MonthFirst), .. }) => self.month_first += 1,
            _ => {}
        }
    }

    /// Adds (or, with `-1`, takes back) one order that was seen.
    pub(crate) fn add(&mut self, order: DateOrder, by: i32) {
        let slot = match order {
            DateOrder::DayFirst => &mut self.day_first,
            DateOrder::MonthFirst => &mut self.month_first,
        };
        *slot = slot.saturating_add_signed(by);
    }

    /// The order of nine tenths of the dates that say it; `None` where too few do.
    pub fn learnt(self) -> Option<DateOrder> {
        let total = self.day_first + self.month_first;
        if total >= 3 && self.month_first * 10 >= total * 9 {
            Some(DateOrder::MonthFirst)
        } else if total >= 3 && self.day_first * 10 >= total * 9 {
            Some(DateOrder::DayFirst)
        } else {
            None
        }
    }
}

/// A birthday that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday {
    /// The date in the order that was asked for.
    pub date: PartialDate,
    /// The date in the other order, where the text can be read either way.
    pub other: Option<PartialDate>,
    /// True if something was guessed: the century of two digits, a unit of time, the day of an instant.
    pub is_guess: bool,
    /// The order that the text proves, because the other would be no date.
    pub order: Option<DateOrder>,
}

/// The outcome of reading a birthday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Nothing was typed.
    Empty,
    /// A date, or a part of one.
    Date(Birthday),
    /// Written as a date, and no calendar has it.
    Impossible,
    /// A text that is not read as a date.
    NotRead,
}

/// Reads a birthday. `order` decides where day and month can be either.
pub fn read(text: &str, order: DateOrder) -> Reading {
    let text = plain(text);
    let text = text.trim();
    if text.is_empty() {
        return Reading::Empty;
    }
    if let Some(instant) = instant(text) {
        return instant;
    }
    let (text, is_guess) = without_time(text);
    let Some(words) = date_words::split(text) else { return Reading::NotRead };
    let reader = Reader { order, is_guess };
    reader.read(text, &words)
}

/// Full-width digits and letters in their plain form, in lower case.
fn plain(text: &str) -> String {
    text.chars().take(128).nfkc().flat_map(char::to_lowercase).map(|c| date_words::digit(c).unwrap_or(c)).collect()
}

/// Seconds or milliseconds since 1970.
fn instant(text: &str) -> Option<Reading> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let (seconds, is_instant) = match digits.len() {
        9 | 10 => (text.parse().ok()?, is_number),
        12 | 13 => (text.parse::<i64>().ok()?.div_euclid(1000), is_number),
        _ => return None,
    };
    let day = jiff::Timestamp::from_second(seconds).ok().filter(|_| is_instant)?;
    let date = day.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    Some(Reading::Date(Birthday { date: date.into(), other: None, is_guess: true, order: None }))
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self { year: Some(date.year()), month: Some(date.month()), day: Some(date.day()) }
    }
}

/// The text without a time of day; and whether the day depends on a zone: it does unless the time is midnight.
fn without_time(text: &str) -> (&str, bool) {
    let Some((day, time)) = text.split_once(['t', ' ']).filter(|(day, time)| {
        time.contains(':')
            && time.starts_with(|c: char| c.is_ascii_digit())
            && day.contains(|c: char| c.is_ascii_digit())
    }) else {
        return (text, false);
    };
    let clock = time.split(['+', '-', 'z', ' ']).next().unwrap_or_default();
    let is_midnight = clock.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'));
    (day, !is_midnight)
}

struct Reader {
    order: DateOrder,
    is_guess: bool,
}

impl Reader {
    fn read(&self, text: &str, words: &[Word]) -> Reading {
        let numbers: Vec<(u32, usize)> = words
            .iter()
            .filter_map(|word| match word {
                Word::Number { value, digits } => Some((*value, *digits)),
                _ => None,
            })
            .collect();
        if words.iter().any(|word| matches!(word, Word::Marker { .. })) {
            return self.by_markers(words);
        }
        let era = words.iter().find_map(|word| if let Word::Era(before) = word { Some(*before) } else { None });
        let month = words.iter().find_map(|word| if let Word::MonthName(month) = word { Some(*month) } else { None });
        match (month, numbers.as_slice()) {
            (Some(month), numbers) => self.by_month_name(month, numbers, era),
            (None, [(value, 8)]) => self.eight_digits(*value),
            (None, [(value, 4)]) if text.starts_with("--") => self.exact(None, value / 100, value % 100),
            (None, [year]) => self.year_alone(*year, era),
            (None, [a, b]) => self.two(text, *a, *b),
            (None, [a, b, c]) => self.three(*a, *b, *c, era),
            _ => Reading::NotRead,
        }
    }

    fn found(&self, date: PartialDate, is_guess: bool) -> Reading {
        let date = if date.year == Some(NO_YEAR) { PartialDate { year: None, ..date } } else { date };
        if !date.exists() {
            return Reading::Impossible;
        }
        Reading::Date(Birthday { date, other: None, is_guess: is_guess || self.is_guess, order: None })
    }

    fn exact(&self, year: Option<i16>, month: u32, day: u32) -> Reading {
        self.found(PartialDate { year, month: Some(small(month)), day: Some(small(day)) }, false)
    }

    /// `1990年4月3日`, `3 tháng 4 năm 1990`, `平成2年4月3日`.
    fn by_markers(&self, words: &[Word]) -> Reading {
        let mut date = PartialDate::default();
        let (mut era, mut is_guess) = (None, false);
        let mut set = |part: Part, (value, digits): (u32, usize), era: Option<i16>| match part {
            Part::Year => date.year = years(value, digits, era, &mut is_guess),
            Part::Month => date.month = Some(small(value)),
            Part::Day => date.day = Some(small(value)),
        };
        let (mut number, mut marker): (Option<(u32, usize)>, Option<Part>) = (None, None);
        for word in words {
            match (*word, marker, number) {
                (Word::Era(years), ..) => era = Some(years),
                (Word::Number { value, digits }, Some(part), _) => {
                    set(part, (value, digits), era);
                    marker = None;
                }
                (Word::Number { .. }, None, Some(_)) => return Reading::NotRead,
                (Word::Number { value, digits }, None, None) => number = Some((value, digits)),
                (Word::Marker { part, is_behind: true }, _, Some(found)) => {
                    set(part, found, era);
                    number = None;
                }
                // `3 tháng 4`: a number before the first marker is the day.
                (Word::Marker { part, .. }, _, found) => {
                    if let Some(found) = found {
                        set(Part::Day, found, era);
                    }
                    (number, marker) = (None, Some(part));
                }
                _ => {}
            }
        }
        if let Some(found) = number {
            set(if found.1 == 4 { Part::Year } else { Part::Day }, found, era);
        }
        self.found(date, is_guess)
    }

    /// `3rd April 1990`, `April 3, 1990`, `29-Feb-96`, `April 1990`, `3 April`.
    fn by_month_name(&self, month: i8, numbers: &[(u32, usize)], era: Option<i16>) -> Reading {
        let mut is_guess = false;
        let (day, year) = match *numbers {
            [(year, digits @ 3..)] => (None, years(year, digits, era, &mut is_guess)),
            [(day, _)] => (Some(small(day)), None),
            [(year, digits @ 3..), (day, _)] => (Some(small(day)), years(year, digits, era, &mut is_guess)),
            [(day, _), (year, digits)] => (Some(small(day)), years(year, digits, era, &mut is_guess)),
            _ => return Reading::NotRead,
        };
        self.found(PartialDate { year, month: Some(month), day }, is_guess)
    }

    fn eight_digits(&self, value: u32) -> Reading {
        let (year, rest) = (value / 10_000, value % 10_000);
        let mut is_guess = false;
        if let Some(year) = years(year, 4, None, &mut is_guess).filter(|year| (1800..2200).contains(year)) {
            return self.exact(Some(year), rest / 100, rest % 100);
        }
        let year = years(rest, 4, None, &mut is_guess);
        self.either(value / 1_000_000, value / 10_000 % 100, year, false)
    }

    fn year_alone(&self, (value, digits): (u32, usize), era: Option<i16>) -> Reading {
        let mut is_guess = false;
        match years(value, digits, era, &mut is_guess) {
            Some(year) if (digits == 4 || era.is_some()) && (1800..2200).contains(&year) => {
                self.found(PartialDate { year: Some(year), ..PartialDate::default() }, is_guess)
            }
            _ => Reading::NotRead,
        }
    }

    /// `1996-02`, `02/1996`, `29/02`, `--02-29`.
    fn two(&self, text: &str, (a, a_digits): (u32, usize), (b, b_digits): (u32, usize)) -> Reading {
        let mut is_guess = false;
        match (a_digits, b_digits) {
            _ if text.starts_with("--") => self.exact(None, a, b),
            (4, 1 | 2) => {
                let year = years(a, 4, None, &mut is_guess);
                self.found(PartialDate { year, month: Some(small(b)), day: None }, is_guess)
            }
            (1 | 2, 4) => {
                let year = years(b, 4, None, &mut is_guess);
                self.found(PartialDate { year, month: Some(small(a)), day: None }, is_guess)
            }
            (1 | 2, 1 | 2) => self.either(a, b, None, false),
            _ => Reading::NotRead,
        }
    }

    fn three(&self, a: (u32, usize), b: (u32, usize), c: (u32, usize), era: Option<i16>) -> Reading {
        let mut is_guess = false;
        if b.1 > 2 {
            return Reading::NotRead;
        }
        if a.1 >= 3 || era.is_some() {
            let year = years(a.0, a.1, era, &mut is_guess);
            // Day before month behind a year is a slip of whoever wrote it.
            return match self.exact(year, b.0, c.0) {
                Reading::Impossible if b.0 > 12 => match self.exact(year, c.0, b.0) {
                    Reading::Date(read) => Reading::Date(Birthday { is_guess: true, ..read }),
                    other => other,
                },
                Reading::Date(read) => Reading::Date(Birthday { is_guess: is_guess || read.is_guess, ..read }),
                other => other,
            };
        }
        if c.1 >= 3 {
            let year = years(c.0, c.1, None, &mut is_guess);
            return self.either(a.0, b.0, year, is_guess);
        }
        // Two digits each: a year in front where the first can be no day.
        if a.0 > 31 {
            let year = years(a.0, 2, None, &mut is_guess);
            return match self.exact(year, b.0, c.0) {
                Reading::Date(read) => Reading::Date(Birthday { is_guess: true, ..read }),
                other => other,
            };
        }
        let year = years(c.0, 2, None, &mut is_guess);
        self.either(a.0, b.0, year, true)
    }

    /// Day and month in one order or the other.
    fn either(&self, a: u32, b: u32, year: Option<i16>, is_guess: bool) -> Reading {
        let date = |day: u32, month: u32| {
            let date = PartialDate { year, month: Some(small(month)), day: Some(small(day)) };
            Some(date).filter(|date| date.exists())
        };
        let (day_first, month_first) = (date(a, b), date(b, a));
        let is_guess = is_guess || self.is_guess;
        let (date, other, order) = match (day_first, month_first) {
            (Some(day_first), Some(month_first)) if day_first == month_first => (day_first, None, None),
            (Some(day_first), Some(month_first)) if self.order == DateOrder::DayFirst => {
                (day_first, Some(month_first), None)
            }
            (Some(day_first), Some(month_first)) => (month_first, Some(day_first), None),
            (Some(date), None) => (date, None, Some(DateOrder::DayFirst)),
            (None, Some(date)) => (date, None, Some(DateOrder::MonthFirst)),
            (None, None) => return Reading::Impossible,
        };
        Reading::Date(Birthday { date, other, is_guess, order })
    }
}

/// A number as a part of a date; a large one is none.
fn small(value: u32) -> i8 {
    i8::try_from(value).unwrap_or(i8::MAX)
}

/// A year of the common era: of an era that is written, of the Buddhist one where no other can be meant, or of two digits,
/// which is a guess.
fn years(value: u32, digits: usize, era: Option<i16>, is_guess: &mut bool) -> Option<i16> {
    const BUDDHIST: i16 = 543;
    let year = i16::try_from(value).ok()?;
    if let Some(before) = era {
        // The Buddhist era in two digits is of the 2500s.
        let year = if before == -BUDDHIST && digits <= 2 { year + 2500 } else { year };
        return year.checked_add(before);
    }
    match digits {
        1 | 2 => {
            *is_guess = true;
            let now = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).year() % 100;
            Some(if year > now { 1900 + year } else { 2000 + year })
        }
        4 if (2400..2700).contains(&year) => Some(year - BUDDHIST),
        _ => Some(year),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str, order: DateOrder) -> String {
        match read(text, order) {
            Reading::Date(read) => {
                let part =
                    |part: Option<i16>, width: usize| part.map_or("?".to_owned(), |part| format!("{part:0width$}"));
                let PartialDate { year, month, day } = read.date;
                let guess = if read.is_guess { "~" } else { "" };
                let other = if read.other.is_some() { "/" } else { "" };
                let (month, day) = (month.map(i16::from), day.map(i16::from));
                format!("{guess}{other}{}-{}-{}", part(year, 4), part(month, 2), part(day, 2))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn one_day_is_read_in_every_form() {
        let forms = [
            "1990-04-03",
            "1990/4/3",
            "19900403",
            "1990.04.03",
            "3 April 1990",
            "3rd April 1990",
            "April 3, 1990",
            "Apr 3 1990",
            "03-Apr-1990",
            "3 tháng 4 năm 1990",
            "ngày 3 tháng 4 năm 1990",
            "1990年4月3日",
            "１９９０/０４/０３",
            "2533-04-03",
            "3 เมษายน 2533",
            "3 เม.ย. 2533",
            "พ.ศ. 2533-04-03",
            "民國79年4月3日",
            "平成2年4月3日",
            "H2.4.3",
            "1990년 4월 3일",
            "1990-04-03T00:00:00.000Z",
            "1990-04-03 00:00:00",
            "Tuesday, 3 April 1990",
            "3 de abril de 1990",
            "3 avril 1990",
        ];
        for form in forms {
            assert_eq!(date(form, DateOrder::DayFirst), "1990-04-03", "{form}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_read_in_the_order_of_the_list() {
        assert_eq!(date("03/04/1990", DateOrder::DayFirst), "/1990-04-03");
        assert_eq!(date("03/04/1990", DateOrder::MonthFirst), "/1990-03-04");
        assert_eq!(date("13/04/1990", DateOrder::MonthFirst), "1990-04-13");
        assert_eq!(date("04/13/1990", DateOrder::DayFirst), "1990-04-13");
        assert_eq!(date("3/4/68", DateOrder::DayFirst), "~/1968-04-03");
        assert_eq!(date("90/03/04", DateOrder::DayFirst), "~1990-03-04");
        assert_eq!(date("29.2.96", DateOrder::DayFirst), "~1996-02-29");
        assert_eq!(date("1990/13/04", DateOrder::DayFirst), "~1990-04-13");
        let mut counts = DateOrderCounts::default();
        ["04/13/1990", "05/23/1991", "12/31/1992", "03/04/1990"].iter().for_each(|text| counts.count(text));
        assert_eq!(counts.learnt(), Some(DateOrder::MonthFirst));
    }

    #[test]
    fn a_part_of_a_date_stays_a_part() {
        for (text, read) in [
            ("--02-29", "?-02-29"),
            ("--0229", "?-02-29"),
            ("1604-02-29", "?-02-29"),
            ("29/02", "?-02-29"),
            ("02/29", "?-02-29"),
            ("29.02.", "?-02-29"),
            ("1996-02", "1996-02-?"),
            ("02/1996", "1996-02-?"),
            ("1996", "1996-?-?"),
            ("April 1990", "1990-04-?"),
            ("3 April", "?-04-03"),
        ] {
            assert_eq!(date(text, DateOrder::DayFirst), read, "{text}");
        }
    }

    #[test]
    fn only_what_no_calendar_has_is_impossible() {
        for text in
            ["1990-02-30", "31-31-1990", "00/00/0000", "0000-00-00", "29/02/1997", "1900-02-29", "30 February 1990"]
        {
            assert_eq!(date(text, DateOrder::DayFirst), "Impossible", "{text}");
        }
        for text in ["soon", "n/a", "12345", "1.2.3.4", "call 3 times", "??"] {
            assert_eq!(date(text, DateOrder::DayFirst), "NotRead", "{text}");
        }
        assert_eq!(date("825552000000", DateOrder::DayFirst), "~1996-02-29");
        assert_eq!(date("-126230400000", DateOrder::DayFirst), "~1966-01-01");
        assert_eq!(date("1996-02-28T17:00:00.000Z", DateOrder::DayFirst), "~1996-02-28");
        assert_eq!(date(&"9".repeat(70_000), DateOrder::DayFirst), "NotRead");
    }
}
