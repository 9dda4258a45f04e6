//! A typed phone number taken apart: the digits with their separators, and what stands before and behind them.

use imbrace_contacts_client::characters::{is_blank, is_invisible};

use crate::normalize::filler;

/// A longer text is no phone number, and is not taken apart.
const LONGEST: usize = 200;

/// What may stand before a number without saying more than that it is one.
const LABELS: [&str; 39] = [
    "",
    "tel",
    "tel no",
    "tel.no",
    "telephone",
    "phone",
    "phone no",
    "phone number",
    "ph",
    "p",
    "t",
    "m",
    "no",
    "number",
    "mobile",
    "mob",
    "mobile no",
    "cell",
    "hp",
    "h/p",
    "contact",
    "contact no",
    "call",
    "đt",
    "dt",
    "sđt",
    "sdt",
    "điện thoại",
    "số điện thoại",
    "電話",
    "电话",
    "電話番号",
    "手機",
    "手机",
    "携帯",
    "โทร",
    "โทรศัพท์",
    "telefon",
    "전화",
];

/// What stands before an extension. Longer ones come first, for some begin with others.
const EXTENSIONS: [&str; 32] = [
    "extension",
    "phone ext",
    "extn",
    "ext",
    "máy lẻ",
    "may le",
    "máy nhánh",
    "nhánh",
    "nội bộ",
    "noi bo",
    "số nội bộ",
    "sambungan",
    "samb",
    "内線",
    "內線",
    "分機",
    "分机",
    "轉",
    "转",
    "내선",
    "ต่อ",
    "anexo",
    "poste",
    "доб",
    "int",
    "xtn",
    ",,",
    "#",
    "x",
    "p",
    "w",
    "~",
];

/// Letters that people write for digits: `O` for 0, `l` for 1.
const SLIPS: [char; 10] = ['o', 'O', 'l', 'I', 'i', 'S', 'B', 'Z', 'z', '|'];

/// A typed number.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The first digits with their separators, in ASCII: `+84 (0)912-345`.
    pub(super) run: String,
    /// Whatever of what stands before them says more than that they are a number.
    pub(super) before: String,
    /// What stands behind them.
    pub(super) after: String,
}

/// A text that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTyped {
    /// Longer than any number, rounded by a spreadsheet, or with letters among the digits.
    Unreadable,
    /// No digit at all; `true` for a filler such as `n/a`.
    NoDigits(bool),
}

impl Typed {
    pub(super) fn read(text: &str) -> Result<Self, NotTyped> {
        let trimmed = text.trim();
        if trimmed.len() > LONGEST * 4 || trimmed.chars().count() > LONGEST {
            return Err(NotTyped::Unreadable);
        }
        let clean = undamaged(&folded(trimmed))?;
        let Some(first) = clean.find(|c: char| c.is_ascii_digit() || c == '+') else {
            return Err(NotTyped::NoDigits(is_filler(&clean)));
        };
        let (before, rest) = clean.split_at(first);
        // A bracket before the first digit belongs to the number: `(+84)`, `(02)`.
        let (before, open) = before.strip_suffix('(').map_or((before, ""), |before| (before, "("));
        let end = run_end(rest);
        let (run, after) = rest.split_at(end);
        if has_slip(run, after) {
            return Err(NotTyped::Unreadable);
        }
        let (digits, tail) = run.split_at(run.trim_end_matches(|c: char| !c.is_ascii_digit()).len());
        let label = before.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | '-' | '(' | ')' | '：'));
        let is_label = LABELS.contains(&label.to_lowercase().as_str());
        Ok(Self {
            run: format!("{open}{digits}"),
            before: if is_label { String::new() } else { label.to_owned() },
            after: if is_closing(tail) && after.is_empty() { String::new() } else { format!("{tail}{after}") },
        })
    }

    pub(super) fn digits(&self) -> String {
        digits(&self.run)
    }
}

/// The digits of a text.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Blanks and marks that end a number and say nothing.
fn is_closing(tail: &str) -> bool {
    tail.chars().all(|c| matches!(c, ' ' | '.' | ')' | '-'))
}

/// The characters of numbers in their plain form: digits and marks of other scripts and of full width as ASCII, without
/// invisible characters and pictures of telephones.
fn folded(text: &str) -> String {
    let plain = |character: char| match character {
        '☎' | '☏' | '✆' | '📱' | '📞' | '📲' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{30FC}' => Some('-'),
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(character as u32 - 0xFEE0),
        character if is_blank(character) => Some(' '),
        character if is_invisible(character) => None,
        character => Some(digit(character).unwrap_or(character)),
    };
    text.chars().filter_map(plain).collect::<String>().trim().to_owned()
}

/// The ASCII digit of a decimal digit of another script.
fn digit(character: char) -> Option<char> {
    /// The zeros of the scripts that people write numbers in; nine digits follow each.
    const ZEROS: [char; 22] = [
        '\u{0660}', '\u{06F0}', '\u{07C0}', '\u{0966}', '\u{09E6}', '\u{0A66}', '\u{0AE6}', '\u{0B66}', '\u{0BE6}',
        '\u{0C66}', '\u{0CE6}', '\u{0D66}', '\u{0DE6}', '\u{0E50}', '\u{0ED0}', '\u{0F20}', '\u{1040}', '\u{1090}',
        '\u{17E0}', '\u{1810}', '\u{19D0}', '\u{FF10}',
    ];
    if character.is_ascii() {
        return None;
    }
    ZEROS.iter().find_map(|zero| {
        let offset = (character as u32).checked_sub(*zero as u32)?;
        (offset < 10).then(|| char::from_digit(offset, 10)).flatten()
    })
}

/// A text without what spreadsheets do to numbers: the apostrophe that makes a text of one, `="…"`, `.0`, powers of ten.
fn undamaged(text: &str) -> Result<String, NotTyped> {
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let text = text.trim_start_matches(['\'', '`', '’']).trim_matches('"').trim();
    if let Some((mantissa, power)) = text.split_once(['e', 'E'])
        && let Some(number) = power_of_ten(mantissa, power)
    {
        return number;
    }
    if let Some((whole, zeros)) = text.split_once('.') {
        let is_whole = whole.len() >= 6 && whole.trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit());
        if is_whole && matches!(zeros, "0" | "00") {
            return Ok(whole.to_owned());
        }
    }
    Ok(text.to_owned())
}

/// `8.4938471605E+10`, if every digit is there; a rounded one cannot be read. `None` if it is no power of ten.
fn power_of_ten(mantissa: &str, power: &str) -> Option<Result<String, NotTyped>> {
    let power: usize = power.trim_start_matches('+').parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = whole.len() == 1 && format!("{whole}{fraction}").bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(
        || {
            if fraction.len() == power { Ok(format!("{whole}{fraction}")) } else { Err(NotTyped::Unreadable) }
        },
    )
}

/// Where the digits and separators of one number end.
fn run_end(text: &str) -> usize {
    let mut digits = 0;
    for (at, character) in text.char_indices() {
        match character {
            '0'..='9' => digits += 1,
            '+' if digits == 0 => {}
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return at,
        }
    }
    text.len()
}

/// Whether a letter stands for a digit.
fn has_slip(run: &str, after: &str) -> bool {
    let mut behind = after.chars();
    run.ends_with(|c: char| c.is_ascii_digit())
        && behind.next().is_some_and(|c| SLIPS.contains(&c))
        && behind.next().is_none_or(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.'))
}

/// The places where a run may be two numbers, or a number and something else: the byte of the separator, and whether that
/// alone sets them apart (` / `, ` - `).
pub(super) fn breaks(run: &str) -> Vec<(usize, bool)> {
    let bytes = run.as_bytes();
    let is = |at: usize, what: u8| bytes.get(at) == Some(&what);
    let places = (1..bytes.len()).filter_map(|at| {
        let dash = is(at, b'-') && is(at - 1, b' ') && is(at + 1, b' ');
        let strong = is(at, b'/') || dash;
        let weak = is(at, b' ') && !is(at + 1, b'-') && !is(at + 1, b'/');
        (strong || weak).then_some((at, strong))
    });
    let mut found: Vec<_> = places.take(16).collect();
    // What sets numbers apart is tried before what may be inside of one.
    found.sort_by_key(|(at, strong)| (!strong, *at));
    found
}

/// The extension that a text behind a number begins with.
pub(super) fn extension(after: &str) -> Option<String> {
    let opening = |c: char| matches!(c, ' ' | '(' | '[' | ';' | '-' | '.' | '/');
    let lower = after.trim_start_matches(opening).to_lowercase();
    let word = EXTENSIONS.iter().find(|word| lower.starts_with(**word) && behind(&lower, word))?;
    let rest = lower.strip_prefix(word)?.trim_start_matches([' ', '.', ':', '=', ',', '#']);
    Some(rest.chars().take_while(char::is_ascii_digit).collect())
}

/// Whether digits follow a word, save for marks.
fn behind(text: &str, word: &str) -> bool {
    let rest = text.strip_prefix(word).unwrap_or_default().trim_start_matches([' ', '.', ':', '=', ',', '#']);
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    (1..=7).contains(&digits)
}

/// Words that stand where there is no number, in the languages of the lists that are cleaned, and what spreadsheets write.
fn is_filler(text: &str) -> bool {
    const FILLERS: [&str; 10] = ["na", "no", "no phone", "no number", "test", "x", "xx", "xxx", "không", "-"];
    let lower = text.trim().to_lowercase();
    FILLERS.contains(&lower.as_str()) || filler::says_none(&lower) || !lower.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::{folded, is_blank, is_invisible};

    #[test]
    fn a_number_loses_every_invisible_character() {
        for letter in (char::MIN..='\u{1FFFF}')
            .chain('\u{E0000}'..='\u{E0FFF}')
            .filter(|letter| is_invisible(*letter) && !is_blank(*letter))
        {
            assert_eq!(folded(&format!("+852{letter}9123")), "+8529123", "{}", letter.escape_unicode());
        }
    }
}
