//! Names made comparable: words without case, marks, titles, company tags and emoji, kept apart by script.

use unicode_normalization::UnicodeNormalization;

/// Words before or behind a name that say nothing of who it is.
const TITLES: [&str; 14] =
    ["mr", "mrs", "ms", "miss", "mdm", "madam", "dr", "prof", "sir", "bin", "binti", "bte", "mister", "khun"];

/// Titles that are written onto a name without a space.
const ATTACHED: [&str; 11] = ["先生", "小姐", "女士", "太太", "經理", "さん", "様", "คุณ", "นางสาว", "นาย", "นาง"];

/// A name as its words: Latin ones and those of other scripts, each sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    latin: Vec<String>,
    other: Vec<String>,
}

/// How two names stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They name two people.
    Conflict,
    /// They share a word and differ in another: a family, or a person with two given names.
    Related,
    /// Nothing can be said: one is missing, or they are of two scripts.
    Unknown,
    /// One can be the other, shortened, abbreviated or misspelt.
    Compatible,
    /// The same words, in whatever order.
    Equal,
}

/// Whether a channel made the name up for a visitor: letters of a country, `#`, a code.
pub fn is_placeholder(name: &str) -> bool {
    name.split_once('#').is_some_and(|(country, code)| {
        (2..=4).contains(&country.len())
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && code.len() >= 4
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

impl Name {
    /// The name in a text; empty for a placeholder and where no letter is.
    pub fn read(text: &str) -> Self {
        if is_placeholder(text.trim()) {
            return Self::default();
        }
        let mut name = Self::default();
        let mut folded: String = untagged(text).nfkd().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).collect();
        for title in ATTACHED {
            folded = folded.replace(title, " ");
        }
        for word in folded.replace('đ', "d").split(|c: char| !c.is_alphanumeric() && !is_dependent(c)) {
            let mut latin: String = word.chars().filter(char::is_ascii_alphabetic).collect();
            let other: String = word.chars().filter(|c| !c.is_ascii() && !c.is_numeric()).collect();
            if TITLES.contains(&latin.as_str()) {
                latin.clear();
            }
            name.latin.extend((!latin.is_empty()).then_some(latin));
            name.other.extend((!other.is_empty()).then_some(other));
        }
        name.latin.sort_unstable();
        name.other.sort_unstable();
        name
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.latin.is_empty() && self.other.is_empty()
    }

    /// One text for the same words in any order and spacing; `None` for a name of one short word, which many have.
    pub fn key(&self) -> Option<String> {
        let mut letters: Vec<char> = self.other.iter().flat_map(|word| word.chars()).collect();
        if letters.len() < 2 {
            letters = self.latin.iter().flat_map(|word| word.chars()).collect();
            if letters.len() < 6 || self.latin.len() < 2 {
                return None;
            }
        }
        letters.sort_unstable();
        Some(letters.into_iter().collect())
    }

    /// How it stands to another name.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let of_latin = words(&self.latin, &other.latin);
        let of_other = letters(&self.other, &other.other);
        match (of_latin, of_other) {
            (Some(one), Some(two)) => one.max(two),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Likeness::Unknown,
        }
    }
}

/// The text without what stands in brackets or behind a separator: a company, a branch, a note.
fn untagged(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut depth = 0_u32;
    for letter in text.chars() {
        match letter {
            '(' | '[' | '（' | '【' => depth += 1,
            ')' | ']' | '）' | '】' => depth = depth.saturating_sub(1),
            '|' | '@' | '/' if !kept.trim().is_empty() => break,
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    match kept.split_once(" - ") {
        Some((name, _)) if !name.trim().is_empty() => name.to_owned(),
        _ => kept,
    }
}

/// A mark of a Latin letter. Marks of other scripts carry the vowel.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{0300}'..='\u{036F}')
}

/// A vowel or tone sign of Thai and its neighbours, which is no letter by itself.
fn is_dependent(letter: char) -> bool {
    matches!(letter, '\u{0E30}'..='\u{0E4E}' | '\u{3099}' | '\u{309A}' | '\u{30FC}')
}

/// How two lists of Latin words stand to each other; `None` when one is empty.
fn words(one: &[String], two: &[String]) -> Option<Likeness> {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    if short.is_empty() {
        return None;
    }
    if one == two || same_letters(one, two) {
        return Some(Likeness::Equal);
    }
    let (joined, other) = (one.concat(), two.concat());
    if joined.len().min(other.len()) >= 8 && super::email::one_slip(&joined, &other) {
        return Some(Likeness::Compatible);
    }
    let mut left: Vec<&String> = long.iter().collect();
    let (mut whole, mut initials, mut slips, mut strange) = (0, 0, 0, 0);
    for word in short {
        let near = |other: &&String| word.len() >= 4 && super::email::one_slip(word, other);
        let shortened = |other: &&String| {
            let (less, more) = if word.len() <= other.len() { (word, *other) } else { (*other, word) };
            less.len() >= 3 && more.starts_with(less.as_str())
        };
        let initial = |other: &&String| (word.len() == 1 || other.len() == 1) && word.get(..1) == other.get(..1);
        if let Some(at) = left.iter().position(|other| *other == word) {
            left.swap_remove(at);
            whole += 1;
        } else if let Some(at) = left.iter().position(near) {
            left.swap_remove(at);
            slips += 1;
        } else if let Some(at) = left.iter().position(shortened).or_else(|| left.iter().position(initial)) {
            left.swap_remove(at);
            initials += 1;
        } else {
            strange += 1;
        }
    }
    if strange > 0 {
        return Some(if whole > 0 { Likeness::Related } else { Likeness::Conflict });
    }
    Some(if whole + slips + initials >= 2 && slips <= 1 && whole >= 1 {
        Likeness::Compatible
    } else {
        Likeness::Unknown
    })
}

/// How two lists of words without spaces between names stand to each other.
fn letters(one: &[String], two: &[String]) -> Option<Likeness> {
    let (one, two): (String, String) = (one.concat(), two.concat());
    if one.is_empty() || two.is_empty() {
        return None;
    }
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let (first, second) = (sorted(&one), sorted(&two));
    if first == second {
        return Some(Likeness::Equal);
    }
    let (short, long) = if one.len() <= two.len() { (&one, &two) } else { (&two, &one) };
    let inside = short.chars().count() >= 2 && long.contains(short.as_str());
    Some(if inside { Likeness::Compatible } else { Likeness::Conflict })
}

/// Whether two lists hold the same letters in all, so that they differ in spacing and order only.
fn same_letters(one: &[String], two: &[String]) -> bool {
    let count = |words: &[String]| words.iter().map(String::len).sum::<usize>();
    let sorted = |words: &[String]| {
        let mut letters: Vec<u8> = words.iter().flat_map(|word| word.bytes()).collect();
        letters.sort_unstable();
        letters
    };
    count(one) == count(two) && count(one) >= 6 && sorted(one) == sorted(two)
}
