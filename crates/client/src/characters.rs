//! Characters that hide, reorder or control text: the one table for answers, logs, names, addresses and file names.
//!
//! The classes are Unicode's own, from ICU4X. What it does not say is where an invisible character does what it is for: between
//! which letters a joiner joins (RFC 5892, appendix A), behind which letter a variation selector picks a form, and which tags spell
//! the flag of a region (UTS #51).

use std::borrow::Cow;
use std::fmt::Write as _;

use icu_properties::props::{
    BinaryProperty as _, CanonicalCombiningClass, DefaultIgnorableCodePoint, EnumeratedProperty as _, GeneralCategory,
    NoncharacterCodePoint, PrependedConcatenationMark, RegionalIndicator, VariationSelector,
};

/// Whether a character cannot be seen, or changes how the text around it is read: controls, line and paragraph separators, formats
/// (direction marks, overrides and isolates among them), fillers, joiners, tags, variation selectors, and code points that are
/// no characters.
///
/// ```
/// use imbrace_contacts_client::characters::is_invisible;
///
/// assert!(['\n', '\u{202E}', '\u{200B}', '\u{3164}', '\u{E0041}', '\u{FE0F}'].into_iter().all(is_invisible));
/// assert!(!['a', ' ', '名', '\u{301}', '\u{600}', '😀'].into_iter().any(is_invisible));
/// ```
pub fn is_invisible(letter: char) -> bool {
    match letter {
        ' '..='~' => false,
        // The block of controls of Egyptian hieroglyphs, a part of which Unicode counts as marks and letters.
        '\u{13430}'..='\u{1345F}' => true,
        _ => match GeneralCategory::for_char(letter) {
            GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => true,
            // Signs that enclose the digits behind them can be seen.
            GeneralCategory::Format => !PrependedConcatenationMark::for_char(letter),
            _ => DefaultIgnorableCodePoint::for_char(letter) || NoncharacterCodePoint::for_char(letter),
        },
    }
}

/// Whether a character stands for empty space: tabs and line breaks, spaces of all widths, and the empty Braille pattern.
pub fn is_blank(letter: char) -> bool {
    letter == '\u{2800}' || (letter.is_whitespace() && !matches!(letter, '\u{B}' | '\u{C}'))
}

/// A text without invisible characters, except where they do what they are for: joiners in scripts that need them and in emoji,
/// selectors behind letters that have other forms, tags that spell a flag. Blanks stay as they are.
///
/// Idempotent: the second pass changes nothing.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let letters = without_hidden(&text.chars().collect::<Vec<_>>());
    let mut kept = String::with_capacity(text.len());
    let mut before = ' ';
    // After the rest, because only there a joiner's neighbours are known.
    for (index, &letter) in letters.iter().enumerate() {
        if !is_joiner(letter) || joins(before, letter, letters.get(index + 1).copied()) {
            kept.push(letter);
            before = letter;
        }
    }
    Cow::Owned(kept)
}

/// A text in one line in which what hides can be seen: line breaks, tabs, and what [`visible`] takes out are written as `\n`, `\t` and
/// `\u{202e}`.
///
/// ```
/// use imbrace_contacts_client::characters::escaped;
///
/// assert_eq!(escaped("a\u{202E}b\u{1B}[31m\n"), r"a\u{202e}b\u{1b}[31m\n");
/// assert_eq!(escaped("नमस्ते 👨\u{200D}👩"), "नमस्ते 👨\u{200D}👩");
/// ```
pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, false, |letter, escaped| match letter {
        '\n' | '\r' | '\t' => escaped.extend(letter.escape_default()),
        letter => escaped.extend(letter.escape_unicode()),
    })
}

/// The same for a text of several lines, whose line breaks and tabs stay.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escape(text, true, |letter, escaped| match letter {
        '\r' => escaped.push_str("\\r"),
        letter => escaped.extend(letter.escape_unicode()),
    })
}

/// JSON in which what hides is escaped as JSON does: it stays the same JSON.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    escape(json, true, |letter, escaped| {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

fn escape(text: &str, keeps_lines: bool, write: fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let seen = visible(text);
    let mut kept = seen.chars().peekable();
    let mut letters = text.chars().peekable();
    let mut escaped = String::with_capacity(text.len() + 16);
    while let Some(letter) = letters.next() {
        let is_seen = kept.next_if_eq(&letter).is_some();
        let is_break = match letter {
            '\n' | '\t' => !keeps_lines,
            '\r' => !(keeps_lines && letters.peek() == Some(&'\n')),
            _ => is_blank(letter) && is_invisible(letter),
        };
        if is_seen && !is_break { escaped.push(letter) } else { write(letter, &mut escaped) }
    }
    Cow::Owned(escaped)
}

/// The first character that [`visible`] takes out of a text.
pub fn hidden(text: &str) -> Option<char> {
    let seen = visible(text);
    let mut kept = seen.chars().peekable();
    text.chars().find(|letter| kept.next_if_eq(letter).is_none())
}

/// The characters without invisible ones; all joiners are kept.
fn without_hidden(text: &[char]) -> Vec<char> {
    let mut kept: Vec<char> = Vec::with_capacity(text.len());
    let mut index = 0;
    while let Some(&letter) = text.get(index) {
        index += 1;
        let is_kept = match letter {
            _ if !is_invisible(letter) || is_blank(letter) || is_joiner(letter) => true,
            _ if VariationSelector::for_char(letter) => kept.last().is_some_and(|before| has_form(*before, letter)),
            _ => false,
        };
        if is_kept {
            kept.push(letter);
        }
        if letter == BLACK_FLAG {
            let tags = region_tags(text.get(index..).unwrap_or_default());
            kept.extend(text.iter().skip(index).take(tags));
            index += tags;
        }
    }
    kept
}

const BLACK_FLAG: char = '\u{1F3F4}';

/// Joins or parts its neighbours.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200C}' | '\u{200D}' | '\u{180E}')
}

/// Spells the name of a flag behind a black flag; hidden text everywhere else.
fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{E0020}'..='\u{E007F}')
}

/// Marks that stand above or below a letter; those of Indic scripts follow the letter and count as letters.
pub fn is_mark(letter: char) -> bool {
    !is_invisible(letter)
        && matches!(u32::from(letter),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x5BF | 0x5C1..=0x5C2 | 0x5C4..=0x5C5 | 0x5C7 | 0x610..=0x61A
        | 0x64B..=0x65F | 0x670 | 0x6D6..=0x6DC | 0x6DF..=0x6E4 | 0x6E7..=0x6E8 | 0x6EA..=0x6ED | 0x8CA..=0x8FF | 0xE31
        | 0xE34..=0xE3A | 0xE47..=0xE4E | 0xEB1 | 0xEB4..=0xEBC | 0xEC8..=0xECE | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF | 0x302A..=0x302D | 0x3099..=0x309A | 0xFE20..=0xFE2F)
}

/// Whether a letter has the form that a selector picks.
///
/// Anything may be written behind anything, which is how text is hidden in a run of selectors (each stands for a byte).
fn has_form(letter: char, selector: char) -> bool {
    let code = u32::from(letter);
    match selector {
        '\u{FE0E}' | '\u{FE0F}' => {
            is_pictorial(letter)
                || letter.is_ascii_digit()
                || matches!(
                    code,
                    0x23 | 0x2A | 0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x3030 | 0x303D | 0x3297 | 0x3299
                )
        }
        '\u{180B}'..='\u{180F}' => is_mongolian(letter),
        '\u{FE00}'..='\u{FE0D}' => {
            is_ideograph(letter)
                || matches!(code, 0x1000..=0x109F | 0x2200..=0x22FF | 0x2A00..=0x2AFF | 0x3001..=0x303F | 0xA840..=0xA877 | 0xFF00..=0xFF65)
        }
        _ => is_ideograph(letter),
    }
}

fn is_ideograph(letter: char) -> bool {
    matches!(u32::from(letter), 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFD)
}

fn is_mongolian(letter: char) -> bool {
    matches!(letter, '\u{1820}'..='\u{18AA}')
}

/// Letters of scripts whose letters change their shape by their neighbours.
fn shapes(letter: char) -> bool {
    is_arabic(letter)
        || matches!(u32::from(letter),
            0x700..=0x74F | 0x7C0..=0x7FF | 0x840..=0x86F | 0x900..=0xDFF | 0xF00..=0x109F | 0x1700..=0x180A
            | 0x1810..=0x18AF | 0x1900..=0x1CFF | 0xA800..=0xABFF | 0x10A00..=0x10AFF | 0x11000..=0x11FFF)
}

fn is_arabic(letter: char) -> bool {
    matches!(u32::from(letter), 0x610..=0x6FF | 0x750..=0x77F | 0x870..=0x8FF | 0xFB50..=0xFDCF | 0xFDF0..=0xFDFF | 0xFE70..=0xFEFC)
}

/// The sign that takes the vowel from a consonant; a joiner after it says how the two look together, also at the end
/// of a word (Malayalam and Bengali spellings from before those letters had characters of their own).
fn is_virama(letter: char) -> bool {
    CanonicalCombiningClass::for_char(letter) == CanonicalCombiningClass::Virama
}

/// Whether a letter is a picture that can begin or continue an emoji sequence.
fn is_pictorial(letter: char) -> bool {
    matches!(u32::from(letter), 0x2190..=0x27FF | 0x2801..=0x2BFF | 0x1F000..=0x1FAFF)
}

/// Whether a joiner does what it is for between what comes before and what follows.
///
/// Scripts that shape their letters use it between letters; emoji sequences between pictures.
fn joins(before: char, joiner: char, after: Option<char>) -> bool {
    let both = |test: fn(char) -> bool| test(before) && after.is_some_and(test);
    match joiner {
        '\u{180E}' => both(is_mongolian),
        _ if is_virama(before) || both(shapes) => true,
        // Keeps the joined form of the last letter of an abbreviation.
        '\u{200D}' => {
            is_arabic(before) || ((is_pictorial(before) || before == '\u{FE0F}') && after.is_some_and(is_pictorial))
        }
        _ => false,
    }
}

/// Whether a character belongs to the one before it, so that a text must not be cut between them.
pub fn continues(before: char, letter: char) -> bool {
    let skin = matches!(letter, '\u{1F3FB}'..='\u{1F3FF}');
    let jamo = matches!(letter, '\u{1160}'..='\u{11FF}');
    let conjunct = is_virama(before) && shapes(letter);
    is_mark(letter)
        || VariationSelector::for_char(letter)
        || is_joiner(letter)
        || is_tag(letter)
        || matches!(before, '\u{200D}' | '\u{180E}')
        || skin
        || jamo
        || conjunct
        || is_vowel_sign(letter)
}

/// Signs that follow a consonant in the scripts of India, which share one layout; Sinhala has its own.
fn is_vowel_sign(letter: char) -> bool {
    let code = u32::from(letter);
    match code {
        0x900..=0xD7F => matches!(code & 0x7F, 0x01..=0x03 | 0x3A..=0x3C | 0x3E..=0x4D | 0x55..=0x57 | 0x62..=0x63),
        0xD80..=0xDFF => matches!(code & 0x7F, 0x01..=0x03 | 0x4A..=0x5F),
        _ => false,
    }
}

/// One half of a country's flag.
pub fn is_flag_letter(letter: char) -> bool {
    RegionalIndicator::for_char(letter)
}

/// How many characters behind a black flag spell a region (`gbsct` and the end tag); none where they spell no region.
fn region_tags(behind: &[char]) -> usize {
    let tags = behind.iter().take_while(|letter| is_tag(**letter)).count();
    let spelled = |letter: &char| char::from_u32(u32::from(*letter).wrapping_sub(0xE0000));
    let name: String = behind.iter().take(tags.saturating_sub(1)).filter_map(spelled).collect();
    let ends = tags.checked_sub(1).and_then(|last| behind.get(last)) == Some(&'\u{E007F}');
    let country = name.bytes().take(2).all(|byte| byte.is_ascii_lowercase());
    let region = name.bytes().skip(2).all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    // A longer run is text, whatever its first letters spell.
    if ends && (3..=5).contains(&name.len()) && country && region { tags } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{escaped, escaped_json, escaped_lines, is_blank, is_invisible, visible};

    /// What the places that share this table took out, escaped or trimmed when each had a list of its own.
    const FORMER: [&str; 5] = [
        // Answers.
        "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{180E}\u{200B}\u{200F}\u{202A}\u{202E}\u{2060}\u{206F}\u{3164}\u{FEFF}\u{FFA0}\u{FFF0}\u{FFFB}\u{1BCA0}\u{1BCA3}\u{1D173}\u{1D17A}\u{E0000}\u{E0FFF}\u{FDD0}\u{FDEF}\u{FFFE}\u{10FFFF}\u{180B}\u{180F}\u{FE00}\u{FE0F}",
        // Log lines.
        "\u{0}\u{1F}\u{7F}\u{9F}\u{200C}\u{2028}\u{2029}\u{2066}\u{2069}",
        // Names and phone numbers.
        "\u{200B}\u{FEFF}\u{2060}\u{AD}\u{61C}\u{202A}\u{2069}",
        // File names.
        "\u{AD}\u{61C}\u{180E}\u{FEFF}\u{2028}\u{202E}\u{E0000}\u{E007F}",
        // E-mail addresses.
        "\u{200B}\u{200E}\u{200F}\u{FEFF}",
    ];

    #[test]
    fn the_table_holds_what_each_place_knew_and_what_none_did() {
        assert!(FORMER.concat().chars().all(is_invisible));
        let missed = ['\u{13430}', '\u{13440}', '\u{13441}', '\u{1345F}', '\u{E0100}', '\u{E01EF}', '\u{2065}'];
        assert!(missed.into_iter().all(is_invisible));
    }

    #[test]
    fn what_can_be_seen_is_not_in_the_table() {
        // Signs of Arabic, Syriac and Kaithi that Unicode calls formats, and marks, letters and pictures.
        let seen = "\u{600}\u{605}\u{6DD}\u{70F}\u{8E2}\u{110BD}\u{301}\u{20E3}\u{200A}aß名ᠮ👍\u{1F1E6}\u{E000}\u{FFFD}\u{FFFC}";
        assert_eq!(seen.chars().find(|letter| is_invisible(*letter)), None);
    }

    #[test]
    fn what_is_escaped_shows_all_that_hides_and_says_the_same_as_json() {
        for letter in (char::MIN..=char::MAX).filter(|letter| is_invisible(*letter)) {
            let text = format!("x{letter}y");
            assert!(!escaped(&text).contains(is_invisible), "{}", letter.escape_unicode());
            let kept = |letter: char| letter == '\n' || letter == '\t';
            assert!(!escaped_lines(&text).contains(|c| is_invisible(c) && !kept(c)), "{}", letter.escape_unicode());
            let json = serde_json::to_string(&text).unwrap();
            assert_eq!(serde_json::from_str::<String>(&escaped_json(&json)).unwrap(), text);
            assert!(!escaped_json(&json).contains(is_invisible));
        }
        assert_eq!(escaped_lines("a\r\nb\rc\td"), "a\r\nb\\rc\td");
    }

    #[test]
    fn between_latin_letters_no_invisible_character_but_a_line_break_is_kept() {
        for letter in (char::MIN..=char::MAX).filter(|letter| !is_blank(*letter)) {
            let text = format!("x{letter}y");
            let expected = if is_invisible(letter) { "xy" } else { text.as_str() };
            assert_eq!(visible(&text), expected, "{}", letter.escape_unicode());
        }
        assert_eq!(visible("a\nb\u{2029}c\u{3000}d"), "a\nb\u{2029}c\u{3000}d");
    }
}
