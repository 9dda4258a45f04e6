//! Text that strangers wrote, made safe to read: one line, clipped, without characters that hide or reorder.
//!
//! Nothing is judged by its meaning: a message that gives orders stays readable, as data. What goes is what could make
//! data look like something else: line breaks (a forged row or head line), terminal escapes, bidirectional overrides,
//! invisible characters, tag characters. What people need stays: Persian zero-width non-joiners, emoji joined by
//! zero-width joiners, flags of regions, variation selectors.

/// At most so many combining marks on one letter; Vietnamese needs two, Thai three, "zalgo" text dozens.
const MARKS: usize = 4;

/// A text in one line without characters that hide or reorder, its spaces folded.
///
/// Idempotent: cleaning twice is cleaning once.
pub fn clean(text: &str) -> String {
    let text: Vec<char> = strip_escapes(text);
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for (index, &letter) in text.iter().enumerate() {
        let keep = match class(letter) {
            Class::Space => !clean.is_empty() && !clean.ends_with(' '),
            Class::Hidden => false,
            Class::Joiner => joins(&clean, text.get(index + 1..).unwrap_or_default()),
            Class::Tag => tags_a_flag(&clean),
            Class::Letter => !is_mark(letter) || marks < MARKS,
        };
        if keep {
            clean.push(if class(letter) == Class::Space { ' ' } else { letter });
            marks = if is_mark(letter) { marks + 1 } else { 0 };
        }
    }
    // A joiner that had a neighbour may have lost it to a later rule; the end is where that shows.
    let kept = clean.trim_end_matches([' ', '\u{200C}', '\u{200D}']).len();
    clean.truncate(kept);
    clean
}

/// A clean text of at most `most` characters, the last one `…` when something was cut.
pub fn clipped(text: &str, most: usize) -> String {
    // Cleaning never lengthens, so what is far beyond the limit need not be read.
    let near: &str = text.char_indices().nth(most.saturating_mul(4).max(256)).map_or(text, |(end, _)| &text[..end]);
    let clean = clean(near);
    if near.len() == text.len() && clean.chars().count() <= most {
        return clean;
    }
    let mut kept: String = clean.chars().take(most.saturating_sub(1)).collect();
    let whole = kept.trim_end_matches(|c: char| is_mark(c) || matches!(class(c), Class::Joiner | Class::Space)).len();
    kept.truncate(whole);
    kept.push('…');
    kept
}

/// A text as data inside one of our sentences: clean, clipped, in quotes that it cannot close.
pub fn quoted(text: &str, most: usize) -> String {
    format!("\"{}\"", clipped(text, most).replace('"', "'"))
}

/// Whether a text comes through [`clean`] unchanged.
pub fn is_clean(text: &str) -> bool {
    // The common case costs one pass without an allocation.
    let plain = |byte: u8| (0x20..0x7F).contains(&byte);
    let simple = text.bytes().all(plain) && !text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' ');
    simple || clean(text) == text
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Space,
    Joiner,
    Tag,
    Hidden,
}

fn class(letter: char) -> Class {
    match letter {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Space,
        letter if letter.is_control() => Class::Hidden,
        '\u{200C}' | '\u{200D}' => Class::Joiner,
        '\u{E0020}'..='\u{E007F}' => Class::Tag,
        // Soft hyphen, Arabic letter mark, Hangul and Khmer fillers, Mongolian separators.
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
        // Zero-width space, direction marks, embeddings, overrides, isolates, invisible operators, deprecated formats.
        | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        // Hangul filler, byte order mark, half-width filler, annotations, musical and shorthand formats.
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E001F}' | '\u{E0080}'..='\u{E00FF}' => Class::Hidden,
        letter if u32::from(letter) & 0xFFFE == 0xFFFE => Class::Hidden,
        letter if letter.is_whitespace() => Class::Space,
        _ => Class::Letter,
    }
}

/// The characters of a text without terminal escape sequences: `ESC [ … letter`, `ESC ] … BEL`, and their C1 forms.
fn strip_escapes(text: &str) -> Vec<char> {
    let mut kept = Vec::with_capacity(text.len().min(4096));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let introducer = match letter {
            '\u{1B}' => match letters.peek() {
                Some('[' | ']') => letters.next(),
                _ => None,
            },
            '\u{9B}' => Some('['),
            '\u{9D}' => Some(']'),
            _ => {
                kept.push(letter);
                continue;
            }
        };
        match introducer {
            Some('[') => while letters.next_if(|c| ('\u{20}'..='\u{3F}').contains(c)).is_some() {},
            // An operating-system command ends at BEL or at the next escape; one without an end ends with the line.
            Some(_) => while letters.next_if(|c| !matches!(c, '\u{7}' | '\u{1B}' | '\u{9C}' | '\n')).is_some() {},
            None => continue,
        }
        if introducer == Some('[') {
            letters.next_if(|c| ('\u{40}'..='\u{7E}').contains(c));
        }
    }
    kept
}

/// Whether a zero-width joiner between what was kept and what follows does what it is for.
///
/// Scripts that shape their letters (Arabic, Persian, Indic) use it between letters; emoji sequences between pictures.
fn joins(before: &str, after: &[char]) -> bool {
    let Some(before) = before.chars().next_back() else {
        return false;
    };
    let Some(&after) = after.first() else { return false };
    (shapes(before) && shapes(after)) || (is_pictorial(before) && is_pictorial(after))
}

fn shapes(letter: char) -> bool {
    matches!(u32::from(letter), 0x600..=0x8FF | 0x900..=0xDFF | 0xF00..=0x109F | 0x1780..=0x18AF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC)
}

fn is_pictorial(letter: char) -> bool {
    matches!(u32::from(letter), 0x200D | 0xFE0F | 0x20E3 | 0x2190..=0x2BFF | 0x1F000..=0x1FAFF)
}

/// Whether a tag character continues the flag of a region: a black flag, then tags only.
fn tags_a_flag(before: &str) -> bool {
    let tags = before.chars().rev().take_while(|c| ('\u{E0020}'..='\u{E007E}').contains(c)).count();
    tags <= 6 && before.chars().rev().nth(tags) == Some('\u{1F3F4}')
}

fn is_mark(letter: char) -> bool {
    matches!(u32::from(letter),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x610..=0x61A | 0x64B..=0x65F | 0xE31 | 0xE34..=0xE3A
        | 0xE47..=0xE4E | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0x3099..=0x309A | 0xFE20..=0xFE2F
        | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF)
}
