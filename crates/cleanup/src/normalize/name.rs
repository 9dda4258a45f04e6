//! Names made comparable: words without case, marks, titles, company tags and emoji, kept apart by script.

use std::borrow::Cow;

use any_ascii::any_ascii_char;
use imbrace_contacts_client::characters::{self, is_invisible};
use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript as _};

pub(crate) use asked::AskedName;
use marks::Marks;
pub use order::are_swapped;

mod across;
mod asked;
mod han;
mod kana;
mod marks;
mod order;
mod scripts;
mod sounds;
mod thai;
mod western;
mod words;

/// Words before or behind a name that say nothing of who it is.
const TITLES: [&str; 14] =
    ["mr", "mrs", "ms", "miss", "mdm", "madam", "dr", "prof", "sir", "bin", "binti", "bte", "mister", "khun"];

/// Titles that are written behind a name without a space.
const ATTACHED: [&str; 7] = ["先生", "小姐", "女士", "太太", "經理", "さん", "様"];

/// Titles that are written before a Thai name without a space; the longer one first.
const ATTACHED_BEFORE: [&str; 4] = ["นางสาว", "คุณ", "นาย", "นาง"];

/// The most words of a name that are kept: comparing costs their square, and a text of a thousand words is no name.
const MOST_WORDS: usize = 16;

/// The most of a text that is read, in bytes.
const LONGEST: usize = 4_096;

/// A name as its words: Latin ones and those of other scripts, each sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Name {
    latin: Vec<String>,
    other: Vec<String>,
    marks: Marks,
}

/// How two names stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They name two people.
    Conflict,
    /// They share a word and differ in another: a family, or a person with two given names.
    Related,
    /// One family name, and an English given name beside a native one, as one person may have both.
    Alias,
    /// Nothing can be said: one is missing, or nothing in them can be compared.
    Unknown,
    /// One is a part of the other: a given name alone, a family name and an initial.
    Part,
    /// One can be the other, shortened, abbreviated or misspelt.
    Compatible,
    /// One spells the other in another script.
    Reading,
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
        // What is longer is no name, and its beginning says enough.
        let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
        let text = &*visible(text);
        if text.trim().is_empty() || is_placeholder(text.trim()) {
            return Self::default();
        }
        let mut name = Self { marks: Marks::read(text, folded), ..Self::default() };
        let folded = folded(&untagged(text));
        for word in folded.split(|c: char| !c.is_alphanumeric() && !is_dependent(c)).filter(|word| !word.is_empty()) {
            let Some(word) = without_titles(word) else { continue };
            let mut latin: String = word.chars().filter(char::is_ascii_alphabetic).collect();
            if TITLES.contains(&latin.as_str()) {
                latin.clear();
            }
            name.latin.extend((!latin.is_empty()).then_some(latin));
            if word.is_ascii() {
                continue;
            }
            // Taken apart before for its marks; kana and Hangul are one letter again.
            let other: String = word
                .chars()
                .filter(|c| !c.is_ascii() && !c.is_numeric() && !is_modifier(*c))
                .map(han::simplified)
                .nfc()
                .collect();
            let other = if other.chars().any(kana::is_kana) { kana::hiragana_of(&other) } else { other };
            name.other.extend((!other.is_empty()).then_some(other));
        }
        name.latin.truncate(MOST_WORDS);
        name.other.truncate(MOST_WORDS);
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

    /// This name, with what another spelling of it adds: a script that is missing, or a longer form.
    pub fn or(mut self, other: Self) -> Self {
        if self.latin.len() < other.latin.len() {
            self.latin = other.latin;
        }
        if self.other.is_empty() {
            self.other = other.other;
        }
        self.marks = self.marks.or(other.marks);
        self
    }

    /// Returns true if exactly one of the two names has a word of kinship or possession: `Lan` and `Lan's mother`.
    pub fn is_of_kin(&self, other: &Self) -> bool {
        self.marks.are_kin(&other.marks)
    }

    /// Returns true if the two names have different generation suffixes: `Jr`, `Sr`, `II`, `III` or none.
    pub fn differs_in_suffix(&self, other: &Self) -> bool {
        self.marks.differ_in_suffix(&other.marks)
    }

    /// Whether both names write marks, and other ones on the same letters: `Thu Hà` and `Thu Hạ`.
    pub fn differs_in_tone(&self, other: &Self) -> bool {
        self.marks.differ_in_tone(&other.marks)
    }

    /// The words in Latin letters, sorted.
    pub fn latin(&self) -> &[String] {
        &self.latin
    }

    /// The words in other scripts, sorted; a Chinese name is one word.
    pub fn native(&self) -> &[String] {
        &self.other
    }

    /// How it stands to another name.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let of_latin = words::latin(&self.latin, &other.latin);
        let of_native =
            across::kana_beside_han(&self.other, &other.other).or_else(|| words::native(&self.other, &other.other));
        match (of_latin, of_native) {
            (Some(one), Some(two)) => one.max(two),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => {
                let (native, latin) =
                    if self.other.is_empty() { (&other.other, &self.latin) } else { (&self.other, &other.latin) };
                across::likeness(native, latin)
            }
        }
    }
}

/// A name without invisible characters, its controls as spaces; joiners stay inside words that need them.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace(char::is_control, " ");
    Cow::Owned(characters::visible(&spaced).into_owned())
}

/// A text in lower case without marks and without titles that are written onto a name. Latin letters that no decomposition takes
/// apart (ø, ł, ð, ß, æ) are spelled in ASCII, as people type them.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).filter(|c| !is_mark(*c)) {
        // The form of the letter at the end of a word.
        let letter = if letter == 'ς' { 'σ' } else { letter };
        if !letter.is_ascii() && letter.script() == Script::Latin {
            folded.extend(any_ascii_char(letter).chars().map(|c| c.to_ascii_lowercase()));
        } else {
            folded.push(letter);
        }
    }
    folded
}

/// A word without a title that is written onto it; `None` for a title alone. What is no title where it stands stays: `様々木`,
/// `นายิกา`.
fn without_titles(word: &str) -> Option<&str> {
    if word.is_ascii() {
        return Some(word);
    }
    let mut word = word;
    if let Some(title) = ATTACHED.into_iter().find(|title| word.ends_with(title)) {
        word = word.strip_suffix(title)?;
    }
    if let Some(rest) = ATTACHED_BEFORE.into_iter().find_map(|title| word.strip_prefix(title)) {
        let begins = |c: char| matches!(c, '\u{0E01}'..='\u{0E2E}' | '\u{0E40}'..='\u{0E44}');
        word = if rest.is_empty() || rest.starts_with(begins) { rest } else { word };
    }
    (!word.is_empty()).then_some(word)
}

/// How Indian names in Malaysia and Singapore say whose child somebody is.
const CHILD_OF: [&str; 4] = ["a/l", "a/p", "s/o", "d/o"];

/// The text without what stands in brackets or behind a separator: a company, a branch, a note.
fn untagged(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut depth = 0_u32;
    let child_of = |word: &str| CHILD_OF.iter().any(|mark| word.eq_ignore_ascii_case(mark));
    let words = text.split(' ').filter(|word| !child_of(word));
    let text = if text.contains('/') { Cow::Owned(words.collect::<Vec<_>>().join(" ")) } else { Cow::Borrowed(text) };
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

/// An apostrophe that counts as a letter, and its like: no letter of any script.
fn is_modifier(letter: char) -> bool {
    matches!(letter, '\u{02B0}'..='\u{02FF}')
}

/// A vowel or tone sign of Thai and its neighbours, which is no letter by itself.
fn is_dependent(letter: char) -> bool {
    matches!(letter, '\u{0E30}'..='\u{0E4E}' | '\u{3099}' | '\u{309A}' | '\u{30FC}' | '\u{093C}' | '\u{094D}' | '\u{0591}'..='\u{05C7}'
        | '\u{064B}'..='\u{065F}' | '\u{0640}')
}

#[cfg(test)]
mod tests;
