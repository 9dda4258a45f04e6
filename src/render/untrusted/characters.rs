//! What a character does to a line of text: which ones hide, which reorder, and which belong to the one before.
//!
//! Ranges are from Unicode 16 (`Default_Ignorable_Code_Point`, `General_Category`, UTS #51 for emoji, RFC 5892
//! appendix A for joiners), as far as the cleaner needs them; a table of every character would be larger than the rest
//! of the binary's text handling.

/// What the cleaner does with a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Kept.
    Letter,
    /// Sits on the letter before it: kept, but not in towers.
    Mark,
    /// Picks a form of the letter before it: kept where that letter has forms.
    Selector,
    /// Joins or parts its neighbours: kept between letters that it acts on.
    Joiner,
    /// Spells the name of a flag after a black flag; hidden text everywhere else.
    Tag,
    /// Any white space.
    Space,
    /// Dropped.
    Hidden,
}

pub(super) fn class(letter: char) -> Class {
    match letter {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2800}' => Class::Space,
        letter if letter.is_control() => Class::Hidden,
        letter if letter.is_ascii() => {
            if letter == ' ' {
                Class::Space
            } else {
                Class::Letter
            }
        }
        '\u{200C}' | '\u{200D}' | '\u{180E}' => Class::Joiner,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => Class::Selector,
        '\u{E0020}'..='\u{E007F}' => Class::Tag,
        letter if is_hidden(letter) => Class::Hidden,
        letter if letter.is_whitespace() => Class::Space,
        letter if is_mark(letter) => Class::Mark,
        _ => Class::Letter,
    }
}

/// What is there but cannot be seen, or changes the direction of what can.
fn is_hidden(letter: char) -> bool {
    matches!(u32::from(letter),
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul and Khmer fillers.
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5
        // Zero-width space, direction marks, embeddings, overrides, isolates, invisible operators, deprecated formats.
        | 0x200B | 0x200E | 0x200F | 0x202A..=0x202E | 0x2060..=0x206F
        // Hangul filler, byte order mark, half-width filler, annotations, musical and shorthand formats.
        | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
        // What is left of the plane of tags and selectors; code points that are no characters.
        | 0xE0000..=0xE0FFF | 0xFDD0..=0xFDEF)
        || u32::from(letter) & 0xFFFE == 0xFFFE
}

/// Marks that stand above or below a letter; those of Indic scripts follow the letter and count as letters.
fn is_mark(letter: char) -> bool {
    matches!(u32::from(letter),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x5BF | 0x5C1..=0x5C2 | 0x5C4..=0x5C5 | 0x5C7 | 0x610..=0x61A
        | 0x64B..=0x65F | 0x670 | 0x6D6..=0x6DC | 0x6DF..=0x6E4 | 0x6E7..=0x6E8 | 0x6EA..=0x6ED | 0x8CA..=0x8FF | 0xE31
        | 0xE34..=0xE3A | 0xE47..=0xE4E | 0xEB1 | 0xEB4..=0xEBC | 0xEC8..=0xECE | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF | 0x302A..=0x302D | 0x3099..=0x309A | 0xFE20..=0xFE2F)
}

/// Whether a letter has the form that a selector picks.
///
/// Anything may be written behind anything, which is how text is hidden in a run of selectors (each stands for a byte).
pub(super) fn has_form(letter: char, selector: char) -> bool {
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
                || matches!(code, 0x1000..=0x109F | 0x2200..=0x22FF | 0x2A00..=0x2AFF | 0x3000..=0x303F | 0xA840..=0xA877 | 0xFF00..=0xFF65)
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
pub(super) fn is_virama(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x94D
            | 0x9CD
            | 0xA4D
            | 0xACD
            | 0xB4D
            | 0xBCD
            | 0xC4D
            | 0xCCD
            | 0xD3B
            | 0xD3C
            | 0xD4D
            | 0xDCA
            | 0xF84
            | 0x1039
            | 0x103A
            | 0x17D2
            | 0x1B44
            | 0xA8C4
            | 0xA953
            | 0xA9C0
            | 0xABED
            | 0x11046
    )
}

/// Whether a letter is a picture that can begin or continue an emoji sequence.
fn is_pictorial(letter: char) -> bool {
    matches!(u32::from(letter), 0x2190..=0x2BFF | 0x1F000..=0x1FAFF)
}

/// Whether a joiner does what it is for between what comes before and what follows.
///
/// Scripts that shape their letters use it between letters; emoji sequences between pictures.
pub(super) fn joins(before: char, joiner: char, after: Option<char>) -> bool {
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
pub(super) fn continues(before: char, letter: char) -> bool {
    let skin = matches!(letter, '\u{1F3FB}'..='\u{1F3FF}');
    let jamo = matches!(letter, '\u{1160}'..='\u{11FF}');
    let conjunct = is_virama(before) && shapes(letter);
    matches!(class(letter), Class::Mark | Class::Selector | Class::Joiner | Class::Tag)
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
pub(super) fn is_flag_letter(letter: char) -> bool {
    matches!(letter, '\u{1F1E6}'..='\u{1F1FF}')
}

/// How many characters behind a black flag spell a region (`gbsct` and the end tag); none where they spell no region.
pub(super) fn region_tags(behind: &[char]) -> usize {
    let tags = behind.iter().take_while(|letter| class(**letter) == Class::Tag).count();
    let spelled = |letter: &char| char::from_u32(u32::from(*letter).wrapping_sub(0xE0000));
    let name: String = behind.iter().take(tags.saturating_sub(1)).filter_map(spelled).collect();
    let ends = tags.checked_sub(1).and_then(|last| behind.get(last)) == Some(&'\u{E007F}');
    let country = name.bytes().take(2).all(|byte| byte.is_ascii_lowercase());
    let region = name.bytes().skip(2).all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    // A longer run is text, whatever its first letters spell.
    if ends && (3..=5).contains(&name.len()) && country && region { tags } else { 0 }
}
