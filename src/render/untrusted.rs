//! Text that strangers wrote, made safe to read: one line, clipped, without characters that hide or reorder.
//!
//! Nothing is judged by its meaning: a message that gives orders stays readable, as data. What goes is what could make
//! data look like something else: line breaks (a forged row or head line), terminal escapes, bidirectional overrides,
//! invisible characters, tag characters, runs of variation selectors. What people need stays: Persian zero-width
//! non-joiners, emoji joined by zero-width joiners, flags of regions, variants of ideographs.

use imbrace_contacts_client::characters::{
    continues, escaped, is_blank, is_flag_letter, is_invisible, is_mark, visible,
};

/// At most so many combining marks on one letter; Vietnamese needs two, Thai three, Hebrew four, "zalgo" text dozens.
const MARKS: usize = 4;
/// How far a cut is moved to the front so as not to part what belongs together; a family of four with skin tones is 11.
const WHOLE: usize = 24;

/// A text in one line without characters that hide or reorder, its spaces folded.
///
/// Idempotent: cleaning twice is cleaning once. Never longer than the text.
pub fn clean(text: &str) -> String {
    if is_simple(text) { text.to_owned() } else { folded(&visible(&without_towers(&without_escapes(text)))) }
}

/// A clean text of at most `most` characters, the last one `…` when something was cut.
///
/// The cut never parts a letter from its marks, nor an emoji sequence, nor a flag.
pub fn clipped(text: &str, most: usize) -> String {
    // The common case: bytes are never fewer than characters, and what is simple stays as it is.
    if text.len() <= most && is_simple(text) {
        return text.to_owned();
    }
    // Cleaning never lengthens, so what is far beyond the limit need not be read.
    let near: &str = text.char_indices().nth(most.saturating_mul(4).max(256)).map_or(text, |(end, _)| &text[..end]);
    let mut clean = clean(near);
    // Where what is near is mostly what hides, the rest has to be read as well.
    if near.len() < text.len() && clean.chars().count() < most {
        clean = self::clean(text);
    } else if near.len() < text.len() {
        clean.push('…');
    }
    if clean.chars().count() <= most { clean } else { cut(&clean, most) }
}

/// A text as data inside one of our sentences: what hides in it is visible as its escape, and it is clipped, in quotes that it cannot
/// close.
pub fn quoted(text: &str, most: usize) -> String {
    format!("\"{}\"", shown(text, most).replace('"', "'"))
}

/// The same without quotes.
pub fn shown(text: &str, most: usize) -> String {
    // What is far beyond the limit need not be read.
    let near =
        text.char_indices().nth(most.saturating_add(WHOLE)).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    clipped(&escaped(near.trim()), most)
}

/// Whether a text comes through [`clean`] unchanged.
pub fn is_clean(text: &str) -> bool {
    is_simple(text) || clean(text) == text
}

/// The common case, which costs one pass without an allocation.
fn is_simple(text: &str) -> bool {
    // As if a space stood before it: none may begin it, none follow another, none end it.
    let mut before = b' ';
    for byte in text.bytes() {
        if !(0x20..0x7F).contains(&byte) || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' || text.is_empty()
}

/// The first `most - 1` characters and `…`.
fn cut(clean: &str, most: usize) -> String {
    let letters: Vec<char> = clean.chars().take(most).collect();
    let wanted = most.saturating_sub(1);
    let parts = |end: usize| match (end.checked_sub(1).and_then(|last| letters.get(last)), letters.get(end)) {
        (Some(&before), Some(&letter)) if is_flag_letter(before) && is_flag_letter(letter) => {
            letters.iter().take(end).rev().take_while(|letter| is_flag_letter(**letter)).count() % 2 == 1
        }
        (Some(&before), Some(&letter)) => continues(before, letter),
        _ => false,
    };
    // A chain longer than that is no word and no picture: it is cut where the limit is.
    let end = (wanted.saturating_sub(WHOLE)..=wanted).rev().find(|end| !parts(*end)).unwrap_or(wanted);
    let kept: String = letters.into_iter().take(end).collect();
    let mut kept = kept.trim_end_matches([' ', '\u{200C}', '\u{200D}', '\u{180E}']).to_owned();
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// Blanks as spaces, and no towers of marks; what is invisible comes through.
fn without_towers(text: &[char]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut marks = 0;
    for &letter in text {
        if is_blank(letter) {
            kept.push(' ');
            marks = 0;
        } else if is_mark(letter) {
            marks += 1;
            if marks <= MARKS {
                kept.push(letter);
            }
        } else {
            kept.push(letter);
            marks = if is_invisible(letter) { marks } else { 0 };
        }
    }
    kept
}

/// Single spaces only, none at the ends.
fn folded(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != ' ' || (!line.is_empty() && !line.ends_with(' ')) {
            line.push(letter);
        }
    }
    line.truncate(line.trim_end_matches(' ').len());
    line
}

/// The characters of a text without terminal escape sequences: `ESC [ … letter`, `ESC ] … BEL`, and their C1 forms.
fn without_escapes(text: &str) -> Vec<char> {
    let mut kept = Vec::with_capacity(text.len().min(4096));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let introducer = match letter {
            '\u{1B}' => letters.next_if(|c| matches!(c, '[' | ']' | 'P' | 'X' | '^' | '_' | '\\')),
            '\u{9B}' => Some('['),
            '\u{90}' | '\u{98}' | '\u{9D}' | '\u{9E}' | '\u{9F}' => Some(']'),
            _ => {
                kept.push(letter);
                continue;
            }
        };
        match introducer {
            Some('[') => {
                while letters.next_if(|c| ('\u{20}'..='\u{3F}').contains(c)).is_some() {}
                letters.next_if(|c| ('\u{40}'..='\u{7E}').contains(c));
            }
            // The end of a string, or nothing that is known.
            Some('\\') | None => {}
            // A string ends at BEL or at the next escape; one without an end ends with the line.
            Some(_) => while letters.next_if(|c| !matches!(c, '\u{7}' | '\u{1B}' | '\u{9C}' | '\n')).is_some() {},
        }
    }
    kept
}
