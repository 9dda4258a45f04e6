//! The words of a date: numbers, names of months, eras, and what marks year, month and day.

/// One word of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A number, and how many digits it was written with.
    Number {
        /// Its value.
        value: u32,
        /// How many digits.
        digits: usize,
    },
    /// The name of a month, 1 to 12.
    MonthName(i8),
    /// An era: what is added to its years to make them years of the common era.
    Era(i16),
    /// The name of a part: `年` behind its number, `năm` before it.
    Marker {
        /// The part.
        part: Part,
        /// True if it stands behind its number.
        is_behind: bool,
    },
    /// A word that says nothing: a weekday, `of`, an ordinal's ending.
    Silent,
}

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Month,
    Day,
}

/// Names of months by month, in lower case: English, Vietnamese by number, Thai, Malay and Indonesian, Spanish, French, German.
/// A name of three letters or more also stands for the longer ones that begin with it.
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januari", "enero", "janvier", "januar", "มกราคม", "ม.ค.", "มค"],
    &["feb", "february", "februari", "febrero", "février", "fevrier", "februar", "กุมภาพันธ์", "ก.พ.", "กพ"],
    &["mar", "march", "mac", "maret", "marzo", "mars", "märz", "มีนาคม", "มี.ค.", "มีค"],
    &["apr", "april", "abril", "avril", "เมษายน", "เม.ย.", "เมย"],
    &["may", "mei", "mayo", "mai", "พฤษภาคม", "พ.ค.", "พค"],
    &["jun", "june", "juni", "junio", "juin", "มิถุนายน", "มิ.ย.", "มิย"],
    &["jul", "july", "julai", "juli", "julio", "juillet", "กรกฎาคม", "ก.ค.", "กค"],
    &["aug", "august", "ogos", "agustus", "agosto", "août", "aout", "สิงหาคม", "ส.ค.", "สค"],
    &["sep", "sept", "september", "septiembre", "septembre", "กันยายน", "ก.ย.", "กย"],
    &["oct", "october", "oktober", "okt", "octubre", "octobre", "ตุลาคม", "ต.ค.", "ตค"],
    &["nov", "november", "noviembre", "novembre", "พฤศจิกายน", "พ.ย.", "พย"],
    &[
        "dec",
        "december",
        "disember",
        "desember",
        "des",
        "diciembre",
        "décembre",
        "decembre",
        "dezember",
        "dez",
        "ธันวาคม",
        "ธ.ค.",
        "ธค",
    ],
];

/// Eras and what their years lack to the common era's.
const ERAS: [(&str, i16); 20] = [
    ("พุทธศักราช", -543),
    ("พ.ศ.", -543),
    ("พศ", -543),
    ("b.e.", -543),
    ("be", -543),
    ("民國", 1911),
    ("民国", 1911),
    ("roc", 1911),
    ("明治", 1867),
    ("大正", 1911),
    ("昭和", 1925),
    ("平成", 1988),
    ("令和", 2018),
    ("m", 1867),
    ("t", 1911),
    ("s", 1925),
    ("h", 1988),
    ("r", 2018),
    ("ค.ศ.", 0),
    ("西元", 0),
];

/// Names of the parts of a date; true if the name stands behind its number.
const MARKERS: [(&str, Part, bool); 12] = [
    ("年", Part::Year, true),
    ("月", Part::Month, true),
    ("日", Part::Day, true),
    ("号", Part::Day, true),
    ("년", Part::Year, true),
    ("월", Part::Month, true),
    ("일", Part::Day, true),
    ("năm", Part::Year, false),
    ("tháng", Part::Month, false),
    ("ngày", Part::Day, false),
    ("thg", Part::Month, false),
    ("ปี", Part::Year, false),
];

/// Words that say nothing of the day.
const SILENT: [&str; 34] = [
    "of",
    "the",
    "st",
    "nd",
    "rd",
    "th",
    "de",
    "del",
    "den",
    "on",
    "born",
    "dob",
    "bday",
    "birthday",
    "sinh",
    "生",
    "生日",
    "วันที่",
    "mon",
    "monday",
    "tue",
    "tuesday",
    "wed",
    "wednesday",
    "thu",
    "thursday",
    "fri",
    "friday",
    "sat",
    "saturday",
    "sun",
    "sunday",
    "ad",
    "ce",
];

/// The ASCII digit of a decimal digit of the scripts that people of the home languages write.
pub(super) fn digit(character: char) -> Option<char> {
    const ZEROS: [char; 6] = ['\u{0660}', '\u{06F0}', '\u{0966}', '\u{0E50}', '\u{0ED0}', '\u{17E0}'];
    ZEROS.iter().find_map(|zero| {
        let offset = (character as u32).checked_sub(*zero as u32)?;
        (offset < 10).then(|| char::from_digit(offset, 10)).flatten()
    })
}

/// The words of a text in lower case; `None` where one is no word of a date.
pub(super) fn split(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = rest.split_at_checked(digits)?;
            words.push(Word::Number { value: number.parse().ok()?, digits });
            rest = behind;
        } else if first.is_alphabetic() {
            let (word, behind) = named(rest)?;
            words.push(word);
            rest = behind;
        } else if " -/.,'()’年月日".contains(first) {
            rest = rest.get(first.len_utf8()..)?;
        } else {
            return None;
        }
        if words.len() > 12 {
            return None;
        }
    }
    let has_number = words.iter().any(|word| matches!(word, Word::Number { .. }));
    has_number.then_some(words)
}

/// The word at the start of a text, and what stands behind it.
fn named(text: &str) -> Option<(Word, &str)> {
    let marks =
        MARKERS.iter().map(|(name, part, is_behind)| (*name, Word::Marker { part: *part, is_behind: *is_behind }));
    let glued =
        marks.chain(ERAS.iter().filter(|(name, _)| !name.is_ascii()).map(|(name, years)| (*name, Word::Era(*years))));
    let months = MONTHS
        .iter()
        .zip(1_i8..)
        .flat_map(|(names, month)| names.iter().map(move |name| (*name, Word::MonthName(month))));
    let glued = glued.chain(months.filter(|(name, _)| !name.is_ascii()));
    // Words that are written onto numbers and each other, the longest first.
    let longest = glued.filter(|(name, _)| text.starts_with(name)).max_by_key(|(name, _)| name.len());
    if let Some((name, word)) = longest {
        return Some((word, text.get(name.len()..)?));
    }
    if let Some(behind) = text.strip_prefix('元') {
        return Some((Word::Number { value: 1, digits: 1 }, behind));
    }
    let length = text
        .find(|c: char| !(c.is_alphabetic() || c == '\u{0E31}' || ('\u{0E34}'..='\u{0E4E}').contains(&c)))
        .unwrap_or(text.len());
    let (word, behind) = text.split_at_checked(length)?;
    if SILENT.contains(&word) {
        return Some((Word::Silent, behind));
    }
    let is_month = |name: &&str| *name == word || (word.len() >= 3 && name.starts_with(word) && name.is_ascii());
    if let Some(month) = MONTHS.iter().position(|names| names.iter().any(is_month)) {
        return Some((Word::MonthName(i8::try_from(month + 1).ok()?), behind));
    }
    let era = ERAS.iter().find(|(name, _)| *name == word)?;
    // A single letter is an era only right before its years.
    let is_before_number = behind.starts_with(|c: char| c.is_ascii_digit());
    (word.len() > 1 || is_before_number).then_some((Word::Era(era.1), behind))
}
