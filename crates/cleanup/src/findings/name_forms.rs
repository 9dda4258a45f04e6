//! The single forms of a name: what is wrong with a text that should be a name, and the text without it.

use std::borrow::Cow;

use imbrace_contacts_client::characters::is_blank;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::normalize::name::visible;

/// Forms of address before a name, in lower case and without a stop; those of two words first.
const BEFORE: [&str; 69] = [
    "phó giáo sư",
    "bác sĩ",
    "bác sỹ",
    "giáo sư",
    "tiến sĩ",
    "thạc sĩ",
    "luật sư",
    "kỹ sư",
    "dược sĩ",
    "datin seri",
    "datin sri",
    "dato seri",
    "dato' seri",
    "dato sri",
    "dato' sri",
    "datuk seri",
    "datuk sri",
    "tan sri",
    "toh puan",
    "puan sri",
    "puan seri",
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
    "msgr",
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
    "dato’",
    "haji",
    "hajah",
    "nai",
    "คุณ",
    "นาย",
    "นาง",
    "นางสาว",
    "น.ส.",
    "ด.ช.",
    "ด.ญ.",
    "ดร.",
    "herr",
    "frau",
    "monsieur",
    "mme",
    "señor",
    "señora",
    "sheikh",
];
/// Thai forms of address, which are written onto the name; the longer one first.
const THAI: [&str; 7] = ["นางสาว", "คุณ", "นาย", "นาง", "น.ส.", "ด.ช.", "ด.ญ."];
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
const SMALL: [&str; 8] = ["bin", "binti", "binte", "bte", "a/l", "a/p", "s/o", "d/o"];
/// Particles of Western names: small in most of them and large in some.
const PARTICLES: [&str; 24] = [
    "de", "da", "del", "della", "der", "den", "von", "di", "dos", "das", "van", "la", "le", "los", "las", "du", "do",
    "ten", "ter", "zu", "dem", "el", "y", "e",
];
/// Two that are small wherever they follow each other.
const SMALL_PAIRS: [(&str, &str); 11] = [
    ("van", "der"),
    ("van", "den"),
    ("van", "de"),
    ("von", "der"),
    ("von", "dem"),
    ("de", "la"),
    ("de", "las"),
    ("de", "los"),
    ("de", "le"),
    ("in", "der"),
    ("op", "den"),
];
/// Words without a vowel that are names or titles and no acronyms.
const NO_ACRONYMS: [&str; 12] = ["ng", "mr", "mrs", "ms", "dr", "mdm", "jr", "sr", "st", "nth", "bte", "ltd"];
/// Generations, in capitals behind a name. `Vi` is a Vietnamese name, so five is the limit on one side of it.
const NUMERALS: [&str; 6] = ["ii", "iii", "iv", "vii", "viii", "ix"];
/// What says that a name is a company's: words of the law, in lower case and without stops.
const LEGAL_WORDS: [&str; 34] = [
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "plc",
    "gmbh",
    "corp",
    "corporation",
    "jsc",
    "bhd",
    "sdn",
    "pte",
    "pty",
    "pvt",
    "tnhh",
    "ctcp",
    "cty",
    "công ty",
    "cổ phần",
    "doanh nghiệp tư nhân",
    "sarl",
    "srl",
    "bv",
    "nv",
    "oy",
    "aps",
    "kk",
    "ооо",
    "зао",
    "sa de cv",
    "tbk",
    "ehf",
];
/// The same in scripts that write no spaces.
const LEGAL_PARTS: [&str; 19] = [
    "有限公司",
    "股份公司",
    "株式会社",
    "株式會社",
    "有限会社",
    "合同会社",
    "合資会社",
    "（株）",
    "(株)",
    "㈱",
    "㈲",
    "주식회사",
    "(주)",
    "㈜",
    "บริษัท",
    "จำกัด",
    "หจก",
    "ห้างหุ้นส่วน",
    "有限責任",
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

/// Whether the character is a picture and no letter or digit of any script.
fn is_picture(character: char) -> bool {
    let is_drawn = matches!(character, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B05}'..='\u{2B55}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{25FF}' | '\u{E0020}'..='\u{E007F}'
        | '\u{203C}' | '\u{2049}' | '\u{203F}' | '\u{2040}' | '\u{3297}' | '\u{3299}' | '\u{20E3}');
    is_drawn && !character.is_alphanumeric()
}

/// A name without pictures and what belongs to them; a blank stands where two words met.
pub(super) fn pictures(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_picture) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut behind = false;
    for part in faces(text) {
        let Some(part) = part else {
            clean.push(' ');
            continue;
        };
        for character in part.chars() {
            let attached = matches!(character, '\u{FE0F}' | '\u{200D}') && behind;
            behind = is_picture(character) || attached;
            if behind {
                clean.push(' ');
            } else if character != '\u{FE0F}' {
                clean.push(character);
            }
        }
    }
    Cow::Owned(spaces(&clean).into_owned())
}

/// The parts of a text between faces in brackets, such as `(◕‿◕)`, each of which is `None`.
fn faces(text: &str) -> Vec<Option<&str>> {
    let (mut parts, mut from, mut open) = (Vec::new(), 0, None);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '（' => open = Some(at),
            ')' | '）' => {
                let end = at + character.len_utf8();
                let face = open.take().and_then(|open| Some((open, text.get(open..end)?)));
                if let Some((open, _)) =
                    face.filter(|(_, face)| face.contains(is_picture) && !face.contains(char::is_alphanumeric))
                {
                    parts.push(text.get(from..open));
                    parts.push(None);
                    from = end;
                }
            }
            _ => {}
        }
    }
    parts.push(text.get(from..));
    parts
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
    if let Some(found) = thai_title(text) {
        return Some(found);
    }
    // One word or more, the longest form first; a stop ends a form as a blank does.
    let ends: Vec<usize> = text.match_indices([' ', '\u{a0}', '.']).map(|(at, _)| at).take(3).collect();
    ends.into_iter().rev().find_map(|end| {
        let (form, rest) = text.split_at_checked(end)?;
        let lower = form.trim_end_matches('.').to_lowercase();
        let rest = rest.trim_start_matches(|c: char| c == '.' || is_blank(c));
        let is_before_family = || {
            let mut words = rest.split_whitespace();
            words.next().is_some_and(|word| FAMILY.contains(&fold(word).as_str())) && words.next().is_some()
        };
        let is_known =
            BEFORE.contains(&lower.as_str()) || (BEFORE_FAMILY.contains(&lower.as_str()) && is_before_family());
        (is_known && rest.chars().any(char::is_alphabetic)).then_some((rest.trim_end(), form))
    })
}

/// A Thai form of address that is written onto the name. What follows must begin a word: `นายิกา` is a name.
fn thai_title(text: &str) -> Option<(&str, &str)> {
    let form = THAI.into_iter().find(|form| text.starts_with(form))?;
    let rest = text.strip_prefix(form)?.trim_start();
    let begins = rest.starts_with(|c: char| matches!(c, '\u{0E01}'..='\u{0E2E}' | '\u{0E40}'..='\u{0E44}'));
    let word = rest.split_whitespace().next().unwrap_or_default().chars().count();
    // Short ones are the second half of a name as often as a name.
    (begins && word > if form == "นาง" { 4 } else { 2 }).then_some((rest, form))
}

/// Whether a legal form says that a text is a company's name.
pub(super) fn is_company(text: &str) -> bool {
    if !text.is_ascii() && LEGAL_PARTS.iter().any(|form| text.contains(form)) {
        return true;
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // One word alone may be somebody's name.
    words.len() > 1
        && LEGAL_WORDS.iter().any(|form| match form.split_once(' ') {
            None => words.contains(form),
            Some((first, _)) => {
                words.contains(&first) && format!(" {} ", words.join(" ")).contains(&format!(" {form} "))
            }
        })
}

/// A person's name beside a company's that is written in one word, as Chinese and Japanese ones are.
pub(super) fn beside_company(text: &str) -> Option<(&str, &str)> {
    let (one, two) = text.split_once([' ', '\u{3000}']).filter(|_| !text.is_ascii())?;
    let is_whole =
        |word: &str| LEGAL_PARTS.iter().any(|form| word.contains(form) && word.chars().count() > form.chars().count());
    let is_name = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() > 1 && !is_company(text);
    match (is_whole(one), is_whole(two)) {
        (false, true) if is_name(one) => Some((one.trim(), two.trim())),
        (true, false) if is_name(two) => Some((two.trim(), one.trim())),
        _ => None,
    }
}

/// Whether a name begins with a Vietnamese family name.
pub(super) fn is_vietnamese(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| FAMILY.contains(&fold(word).as_str()))
}

/// Whether a text has an address of any kind in it, whose letters are nobody's to change.
pub(super) fn has_address(text: &str) -> bool {
    text.contains('@') || text.contains("://") || text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
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

/// Returns true for a letter of a script that has capitals and writes names without them: Georgian, whose capitals are for whole head lines,
/// and Cherokee, whose ordinary letters are the capitals.
const fn is_written_in_one_case(letter: char) -> bool {
    matches!(letter,
        '\u{10A0}'..='\u{10FF}' | '\u{1C90}'..='\u{1CBF}' | '\u{2D00}'..='\u{2D2F}' | '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}')
}

/// Whether letters that have two cases are all in one, in a text that is long enough to tell.
pub(super) fn one_case(text: &str, upper: bool) -> bool {
    let mut letters = 0;
    for character in text.chars().filter(|letter| !is_written_in_one_case(*letter)) {
        // It has no capital that people write.
        if (upper && character.is_lowercase() && character != 'ß') || (!upper && character.is_uppercase()) {
            return false;
        }
        letters += usize::from(character.is_lowercase() || character.is_uppercase());
    }
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() > 1).count();
    letters > 1 && words > 0 && (!upper || letters > 3 || words > 1)
}

/// Whether letters that have two cases are all in one, in a part of a name that is known to be in one.
pub(super) fn single_case(text: &str, upper: bool) -> bool {
    let other = |c: char| if upper { c.is_lowercase() && c != 'ß' } else { c.is_uppercase() };
    let cased = || text.chars().filter(|letter| !is_written_in_one_case(*letter));
    !cased().any(other) && cased().filter(|c| c.is_lowercase() || c.is_uppercase()).count() > 1
}

/// A name in one case with capitals where names have them, and whether all of them are sure.
pub(super) fn capitals(text: &str, locale: Locale) -> (String, bool) {
    let is_turkish = locale.is_turkish || text.contains(['İ', 'ı', 'Ğ', 'ğ']);
    let locale = Locale { is_turkish, ..locale };
    let words: Vec<&str> = text.split(' ').collect();
    let lower: Vec<String> = words.iter().map(|word| small(word, locale)).collect();
    let at = |at: Option<usize>| at.and_then(|at| lower.get(at)).map_or("", String::as_str);
    // In Turkish its I would be another letter.
    let mut sure = is_turkish || !(text.contains(['Ş', 'ş']) && text.contains(['I', 'i']));
    let mut written = Vec::with_capacity(words.len());
    for (place, (word, lower)) in words.iter().zip(&lower).enumerate() {
        let (before, behind) = (at(place.checked_sub(1)), at(place.checked_add(1)));
        let pair = SMALL_PAIRS.contains(&(lower.as_str(), behind)) || SMALL_PAIRS.contains(&(before, lower.as_str()));
        let is_particle = place > 0 && PARTICLES.contains(&lower.as_str());
        written.push(if SMALL.contains(&lower.as_str()) || (pair && place > 0) {
            lower.clone()
        } else if is_particle && !locale.has_syllables {
            sure = false;
            lower.clone()
        } else if place > 0 && NUMERALS.contains(&lower.trim_end_matches('.')) {
            lower.to_uppercase()
        } else if is_acronym(lower) {
            // In small letters it cannot be told from a name.
            sure &= word != lower;
            (*word).to_owned()
        } else {
            lower.split_inclusive(['-', '.', '/', '(']).map(|part| capital(part, locale)).collect()
        });
    }
    (written.join(" "), sure)
}

/// What is known of the language of a name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Locale {
    /// Whether I and İ are two letters.
    pub(super) is_turkish: bool,
    /// Whether names are of syllables that are all written large, also those that are particles elsewhere: `Nguyen Van An`.
    pub(super) has_syllables: bool,
}

/// A word in small letters.
fn small(word: &str, locale: Locale) -> String {
    let plain = |letter: char| match letter {
        'I' if locale.is_turkish => 'ı',
        'İ' => 'i',
        letter => letter,
    };
    if word.contains(is_written_in_one_case) {
        return word.to_owned();
    }
    word.chars().map(plain).collect::<String>().to_lowercase()
}

/// A short word of consonants alone: `kfc`, `vnpt`, `dj`.
fn is_acronym(lower: &str) -> bool {
    (2..=5).contains(&lower.len())
        && lower.bytes().all(|byte| byte.is_ascii_lowercase() && !b"aeiouy".contains(&byte))
        && !NO_ACRONYMS.contains(&lower)
}

fn capital(word: &str, locale: Locale) -> String {
    for particle in ["mc", "o'", "d'", "o’", "d’"] {
        if let Some(rest) = word.strip_prefix(particle).filter(|rest| rest.chars().count() > 2) {
            return first_up(particle, locale) + &first_up(rest, locale);
        }
    }
    first_up(word, locale)
}

fn first_up(word: &str, locale: Locale) -> String {
    let at = word.find(char::is_alphanumeric).unwrap_or_default();
    let (before, rest) = word.split_at_checked(at).unwrap_or(("", word));
    let mut characters = rest.chars();
    let upper = |first: char| match first {
        'i' if locale.is_turkish => "İ".to_owned(),
        first if is_written_in_one_case(first) => first.to_string(),
        first => first.to_uppercase().collect(),
    };
    characters
        .next()
        .map_or_else(|| word.to_owned(), |first| before.chars().chain(upper(first).chars()).chain(characters).collect())
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
