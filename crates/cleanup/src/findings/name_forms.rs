//! The single forms of a name: what is wrong with a text that should be a name, and the text without it.

use std::borrow::Cow;

use imbrace_contacts_client::characters::is_blank;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::normalize::name::visible;

/// Forms of address before a name, in lower case and without a stop.
const BEFORE: [&str; 41] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mdm",
    "mister",
    "madam",
    "madame",
    "dr",
    "prof",
    "professor",
    "sir",
    "mx",
    "khun",
    "chị",
    "cô",
    "chú",
    "bác",
    "ông",
    "bà",
    "encik",
    "puan",
    "cik",
    "tuan",
    "datuk",
    "datin",
    "dato",
    "dato'",
    "haji",
    "hajah",
    "nai",
    "คุณ",
    "นาย",
    "นาง",
    "นางสาว",
    "herr",
    "frau",
    "monsieur",
    "señor",
    "señora",
    "tan sri",
];
/// Forms of address that are also given names: only before a family name with a given name behind it.
const BEFORE_FAMILY: [&str; 5] = ["anh", "chi", "em", "co", "ong"];
const FAMILY: [&str; 30] = [
    "nguyen", "tran", "le", "pham", "huynh", "hoang", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong",
    "ly", "trinh", "dinh", "doan", "truong", "cao", "mai", "lam", "luu", "ha", "ta", "dao", "luong", "chau", "to",
];
/// Forms of address behind a name that is written without spaces.
const BEHIND: [&str; 17] = [
    "先生",
    "小姐",
    "太太",
    "女士",
    "老師",
    "老师",
    "醫生",
    "医生",
    "師傅",
    "师傅",
    "經理",
    "经理",
    "さん",
    "様",
    "さま",
    "くん",
    "ちゃん",
];
/// Words that stay small inside a name.
const SMALL: [&str; 17] = [
    "bin", "binti", "binte", "bte", "a/l", "a/p", "s/o", "d/o", "de", "da", "del", "della", "der", "den", "von", "di",
    "dos",
];

/// A name without spaces around it, doubled spaces and invisible characters; joiners stay inside words that need them.
pub(super) fn spaces(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    let odd = |c: char| is_blank(c) && c != ' ' && c != '\u{3000}';
    let mut doubled = text.chars().zip(text.chars().skip(1)).filter(|(a, b)| is_blank(*a) && is_blank(*b));
    if doubled.next().is_none() && !text.contains(odd) && text.trim().len() == text.len() {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if is_blank(character) && (clean.is_empty() || clean.ends_with([' ', '\u{3000}'])) => {}
            '\u{3000}' => clean.push('\u{3000}'),
            _ if is_blank(character) => clean.push(' '),
            _ => clean.push(character),
        }
    }
    clean.truncate(clean.trim_end().len());
    Cow::Owned(clean)
}

/// A name with its marks joined to their letters.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Whether the character is a picture and no letter of any script.
fn is_picture(character: char) -> bool {
    matches!(character, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B05}'..='\u{2B55}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{25FF}' | '\u{E0020}'..='\u{E007F}')
}

/// A name without pictures and what belongs to them.
pub(super) fn pictures(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_picture) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut behind = false;
    for character in text.chars() {
        let attached = matches!(character, '\u{FE0F}' | '\u{200D}' | '\u{20E3}') && behind;
        behind = is_picture(character) || attached;
        if !behind && character != '\u{FE0F}' {
            clean.push(character);
        }
    }
    Cow::Owned(spaces(&clean).into_owned())
}

/// A name without the form of address, and the form.
pub(super) fn title(text: &str) -> Option<(&str, &str)> {
    for form in BEHIND.into_iter().filter(|_| !text.is_ascii()) {
        if let Some(name) =
            text.strip_suffix(form).map(str::trim_end).filter(|name| name.chars().any(|c| c > '\u{2E80}'))
        {
            return Some((name, form));
        }
    }
    if let Some(rest) = text.strip_prefix("คุณ").map(str::trim_start).filter(|rest| rest.chars().count() > 1) {
        return Some((rest, "คุณ"));
    }
    let (form, rest) = text.split_once([' ', '\u{a0}']).or_else(|| text.split_once('.'))?;
    let lower = form.trim_end_matches('.').to_lowercase();
    let mut words = rest.split_whitespace();
    let family = words.next().is_some_and(|word| FAMILY.contains(&fold(word).as_str())) && words.next().is_some();
    let known = BEFORE.contains(&lower.as_str()) || (family && BEFORE_FAMILY.contains(&lower.as_str()));
    let rest = rest.trim();
    (known && rest.chars().any(char::is_alphabetic)).then_some((rest, form))
}

/// What stands behind a name like a company: after a dash, a bar or an at sign with spaces around, or in brackets.
pub(super) fn tag(text: &str) -> Option<&str> {
    split_tag(text).map(|(_, tag)| tag)
}

/// A name and what stands behind it like a company.
pub(super) fn split_tag(text: &str) -> Option<(&str, &str)> {
    // Nearly no name holds any of these, and thirteen searches cost more than one.
    if !text.contains(['-', '|', '@', '–', '—', '/', '｜', ')', '）', ']', '】']) {
        return None;
    }
    for separator in [" - ", " | ", " @ ", " – ", " — ", " / ", "｜", " @", "@"] {
        if let Some((name, tag)) = text.split_once(separator) {
            return both(name, tag);
        }
    }
    for (open, close) in [('(', ')'), ('（', '）'), ('[', ']'), ('【', '】')] {
        if let Some((name, tag)) = text.trim_end().strip_suffix(close).and_then(|rest| rest.split_once(open)) {
            return both(name, tag);
        }
        if let Some((tag, name)) = text.trim_start().strip_prefix(open).and_then(|rest| rest.split_once(close)) {
            return both(name, tag);
        }
    }
    None
}

fn both<'a>(name: &'a str, tag: &'a str) -> Option<(&'a str, &'a str)> {
    let (name, tag) = (name.trim(), tag.trim());
    (name.chars().any(char::is_alphabetic) && tag.chars().any(char::is_alphabetic)).then_some((name, tag))
}

/// Whether letters that have two cases are all in one, in a text that is long enough to tell.
pub(super) fn one_case(text: &str, upper: bool) -> bool {
    let mut letters = 0;
    for character in text.chars() {
        if (upper && character.is_lowercase()) || (!upper && character.is_uppercase()) {
            return false;
        }
        letters += usize::from(character.is_lowercase() || character.is_uppercase());
    }
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() > 1).count();
    letters > 1 && words > 0 && (!upper || letters > 3 || words > 1)
}

/// Whether letters that have two cases are all in one, in a part of a name that is known to be in one.
pub(super) fn single_case(text: &str, upper: bool) -> bool {
    let other = |c: char| if upper { c.is_lowercase() } else { c.is_uppercase() };
    !text.contains(other) && text.chars().filter(|c| c.is_lowercase() || c.is_uppercase()).count() > 1
}

/// A name in one case with capitals where names have them.
pub(super) fn capitals(text: &str) -> String {
    let word = |word: &str| {
        let lower = word.to_lowercase();
        if SMALL.contains(&lower.as_str()) {
            lower
        } else {
            lower.split('-').map(capital).collect::<Vec<_>>().join("-")
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn capital(word: &str) -> String {
    for particle in ["mc", "o'", "d'", "o’", "d’"] {
        if let Some(rest) = word.strip_prefix(particle).filter(|rest| rest.chars().count() > 2) {
            return first_up(particle) + &first_up(rest);
        }
    }
    first_up(word)
}

fn first_up(word: &str) -> String {
    let at = word.find(char::is_alphabetic).unwrap_or_default();
    let (before, rest) = word.split_at_checked(at).unwrap_or(("", word));
    let mut characters = rest.chars();
    characters
        .next()
        .map_or_else(|| word.to_owned(), |first| before.chars().chain(first.to_uppercase()).chain(characters).collect())
}

/// Letters in lower case without marks.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain = |character: char| match character {
        'đ' | 'Đ' => 'd',
        'ø' | 'Ø' => 'o',
        'ł' | 'Ł' => 'l',
        other => other,
    };
    visible(text)
        .nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(plain)
        .flat_map(char::to_lowercase)
        .collect()
}

/// A text whose UTF-8 was read as Windows-1252 or Latin-1, read rightly.
pub(super) fn mojibake(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(windows_1252).collect();
    String::from_utf8(bytes?).ok().filter(|read| read.chars().all(|c| !c.is_control()))
}

fn windows_1252(character: char) -> Option<u8> {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    u8::try_from(character as u32).ok().or_else(|| {
        let at = HIGH.chars().position(|high| high == character)?;
        u8::try_from(at + 0x80).ok()
    })
}

#[cfg(test)]
mod tests {
    use imbrace_contacts_client::characters::is_invisible;

    use super::{is_blank, spaces};

    #[test]
    fn a_name_keeps_no_invisible_character_and_every_other_one() {
        for letter in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            let name = format!("x{letter}y");
            let expected = match letter {
                '\u{3000}' => name.as_str(),
                _ if letter.is_control() || is_blank(letter) => "x y",
                _ if is_invisible(letter) => "xy",
                _ => name.as_str(),
            };
            assert_eq!(spaces(&name), expected, "{}", letter.escape_unicode());
        }
    }

    #[test]
    fn joiners_and_selectors_stay_where_a_name_needs_them() {
        for name in ["علی\u{200C}رضا", "ශ්\u{200D}රී", "葛\u{E0100}城", "Ann ❤\u{FE0F}", "👩\u{200D}👧 Mei"]
        {
            assert_eq!(spaces(name), name);
        }
    }
}
