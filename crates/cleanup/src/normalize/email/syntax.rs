//! The syntax of addresses (RFC 5321, 5322, 6531): what is one, what may be one, what is none.

use std::borrow::Cow;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use imbrace_contacts_client::characters::{is_blank, is_invisible};
use unicode_normalization::UnicodeNormalization as _;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed<'a> {
    /// The parts before and behind the at sign of an address as people have them.
    Address(&'a str, &'a str),
    /// One by an obsolete or local form, or too long.
    Odd,
    /// No address.
    None,
}

/// How far a part can stand in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fitness {
    Bad,
    Odd,
    Good,
}

/// Carriers that gave out addresses with dots in a row and before the at sign.
const DOTTED: [&str; 3] = ["docomo.ne.jp", "ezweb.ne.jp", "au.com"];

/// Reads a text that holds nothing else.
pub(super) fn parse(text: &str) -> Parsed<'_> {
    let Some((local, domain)) = text.rsplit_once('@') else { return Parsed::None };
    let fitness = local_part(local, domain).min(domain_part(domain));
    match fitness {
        Fitness::Bad => Parsed::None,
        Fitness::Good if length(local, domain) <= 254 => Parsed::Address(local, domain),
        Fitness::Good | Fitness::Odd => Parsed::Odd,
    }
}

/// How many octets an address has on its way.
fn length(local: &str, domain: &str) -> usize {
    let domain = if domain.is_ascii() { domain.len() } else { ascii(domain).map_or(0, |ascii| ascii.len()) };
    let local = if local.is_ascii() { local.len() } else { local.nfc().map(char::len_utf8).sum() };
    local + 1 + domain
}

fn local_part(local: &str, domain: &str) -> Fitness {
    if local.is_empty() || local.contains(char::is_control) && !local.starts_with('"') {
        return Fitness::Bad;
    }
    if local.contains('"') {
        return quoted(local);
    }
    if local.contains(['(', ')']) {
        return without_comments(local).map_or(Fitness::Bad, |rest| local_part(&rest, domain).min(Fitness::Odd));
    }
    if local.chars().any(|c| is_blank(c) || is_invisible(c) || "<>[],;:\\@".contains(c)) {
        return Fitness::Bad;
    }
    let is_dotted = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if is_dotted && (local.starts_with('.') || !DOTTED.contains(&domain)) {
        return Fitness::Bad;
    }
    if local.len() > 64 { Fitness::Odd } else { Fitness::Good }
}

/// A part with quotes: `"john doe"` as a whole is one that some people have.
fn quoted(local: &str) -> Fitness {
    let (mut words, mut has_quotes, mut fitness) = (0, false, Fitness::Good);
    let mut rest = local;
    loop {
        words += 1;
        if let Some(inside) = rest.strip_prefix('"') {
            has_quotes = true;
            let Some((length, word)) = quoted_word(inside) else { return Fitness::Bad };
            fitness = fitness.min(word);
            rest = inside.get(length..).unwrap_or_default();
        } else {
            let end = rest.find(['.', '"']).unwrap_or(rest.len());
            if end == 0 {
                return Fitness::Bad;
            }
            if local_part(rest.get(..end).unwrap_or_default(), "") == Fitness::Bad {
                return Fitness::Bad;
            }
            rest = rest.get(end..).unwrap_or_default();
        }
        match rest.strip_prefix('.') {
            Some(behind) => rest = behind,
            None if rest.is_empty() => break,
            None => return Fitness::Bad,
        }
    }
    if words > 1 && has_quotes || local.len() > 64 { fitness.min(Fitness::Odd) } else { fitness }
}

/// Where a quoted word ends, behind its last quote.
fn quoted_word(text: &str) -> Option<(usize, Fitness)> {
    let mut fitness = Fitness::Good;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (at > 0).then_some((at + 1, fitness)),
            '\\' => match letters.next()?.1 {
                letter if letter.is_ascii_graphic() || letter == ' ' => {}
                letter if letter.is_ascii_control() && !matches!(letter, '\r' | '\n') => fitness = Fitness::Odd,
                _ => return None,
            },
            '\r' | '\n' => return None,
            letter if is_invisible(letter) => fitness = Fitness::Odd,
            _ => {}
        }
    }
    None
}

/// A text without comments in round brackets; `None` if a bracket is not closed.
fn without_comments(text: &str) -> Option<String> {
    let (mut depth, mut kept) = (0_u32, String::with_capacity(text.len()));
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            '\\' if depth > 0 => drop(letters.next()?),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    (depth == 0).then_some(kept)
}

fn domain_part(domain: &str) -> Fitness {
    if let Some(inside) = domain.strip_prefix('[') {
        let is_literal = |inside: &str| {
            !inside.is_empty() && !inside.contains(|c: char| "[]\\".contains(c) || is_blank(c) || is_invisible(c))
        };
        return if inside.strip_suffix(']').is_some_and(is_literal) { Fitness::Odd } else { Fitness::Bad };
    }
    if domain.contains(['(', ')']) {
        return without_comments(domain).map_or(Fitness::Bad, |rest| domain_part(&rest).min(Fitness::Odd));
    }
    if domain.len() > 1_000 {
        return Fitness::Bad;
    }
    let Some(ascii) = ascii(domain) else { return Fitness::Bad };
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let is_name = last.starts_with("xn--") || last.ends_with(|c: char| c.is_ascii_alphabetic());
    if !is_name || (last.len() < 2 && !ascii.contains('.')) {
        return Fitness::Bad;
    }
    let is_long = ascii.len() > 253 || ascii.split('.').any(|label| label.len() > 63);
    if is_long || !ascii.contains('.') || last.len() < 2 { Fitness::Odd } else { Fitness::Good }
}

/// A domain in lower case and, for other letters, in Punycode; `None` for one that no name server can have.
pub(super) fn to_ascii(domain: &str) -> Option<String> {
    ascii(domain).map(Cow::into_owned)
}

fn ascii(domain: &str) -> Option<Cow<'_, str>> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = bytes.first().zip(bytes.last());
        ends.is_some_and(|(first, last)| is_plain(*first) && is_plain(*last))
            && bytes.iter().all(|byte| is_plain(*byte) || *byte == b'-')
            && bytes.get(2..4) != Some(b"--")
    };
    // Nearly all are so, and need no tables.
    if domain.split('.').all(is_label) {
        return Some(Cow::Borrowed(domain));
    }
    let ascii =
        Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Ignore).ok()?;
    let is_whole = ascii.split('.').all(|label| !label.is_empty());
    is_whole.then(|| Cow::Owned(ascii.into_owned()))
}
