//! What people and programs write around an address: taken off if it says nothing, told apart if it does.

use imbrace_contacts_client::characters::{is_blank, is_invisible};

use super::syntax::{Parsed, parse};
use super::{Address, lower};

/// Words that say only that an address follows.
const LABELS: [&str; 18] = [
    "mailto",
    "email",
    "e-mail",
    "mail",
    "emails",
    "e mail",
    "address",
    "địa chỉ email",
    "thư điện tử",
    "電郵",
    "電子郵件",
    "邮箱",
    "电邮",
    "メール",
    "メールアドレス",
    "อีเมล",
    "อีเมล์",
    "emel",
];

/// A text without invisible characters, and with plain letters where it has full-width ones: all of it if the at sign is of full
/// width, else the domain alone, for what stands before an at sign is its owner's choice. A control or a line break inside stays,
/// because it may part two addresses.
pub(super) fn folded(text: &str) -> String {
    let visible = text.chars().filter(|c| c.is_control() || is_blank(*c) || !is_invisible(*c));
    let visible: String = visible.collect();
    let from = match visible.rfind('@') {
        _ if visible.is_ascii() => return visible,
        Some(at) => at,
        None => 0,
    };
    let (kept, rest) = visible.split_at_checked(from).unwrap_or((&visible, ""));
    let plain = |letter: char| match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(letter as u32 - 0xFEE0).unwrap_or(letter),
        '。' | '｡' => '.',
        '﹫' => '@',
        '\u{3000}' => ' ',
        letter => letter,
    };
    kept.chars().chain(rest.chars().map(plain)).collect()
}

/// Signs that stand around addresses and say nothing.
fn is_around(character: char) -> bool {
    is_blank(character)
        || character.is_control()
        || matches!(character, '<' | '>' | '"' | '\'' | ',' | ';' | ':' | '.' | '(' | ')' | '[' | ']')
        || matches!(character, '“' | '”' | '‘' | '’' | '，' | '；' | '。' | '：' | '（' | '）' | '「' | '」')
}

/// A text without what stands around it and says nothing.
pub(super) fn bare(text: &str) -> &str {
    let mut inner = text.trim_matches(is_around);
    while let Some(rest) = unlabelled(inner) {
        inner = rest;
    }
    inner
}

/// A text behind a label and its colon.
fn unlabelled(text: &str) -> Option<&str> {
    let at = text.find([':', '：']).filter(|at| *at < 40)?;
    let (label, rest) = text.split_at_checked(at)?;
    LABELS.contains(&lower(label.trim()).as_str()).then(|| rest.trim_matches(is_around))
}

/// What parts an address from other words.
fn is_separator(character: char) -> bool {
    is_blank(character)
        || character.is_control()
        || matches!(character, '<' | '>' | '"' | ',' | ';' | ':' | '|' | '(' | ')' | '[' | ']' | '?')
        || matches!(character, '“' | '”' | '，' | '；' | '、' | '：' | '（' | '）' | '「' | '」' | '【' | '】' | '｜')
}

/// The first address among other words, and what these are if they say something.
pub(super) fn among_words(text: &str) -> Option<(Address, String)> {
    let says_something = |text: &str| {
        let words = text.split(is_separator).map(lower);
        words.into_iter().any(|word| word.chars().any(char::is_alphanumeric) && !LABELS.contains(&word.as_str()))
    };
    // `"Jane Doe" <jane@example.com>`, also with an address that has blanks in quotes.
    if let Some((before, rest)) = text.rsplit_once('<')
        && let Some((inside, behind)) = rest.split_once('>')
        && let Parsed::Address(local, domain) = parse(inside.trim())
    {
        let others = format!("{before} {behind}");
        let beside = if says_something(&others) {
            others.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            String::new()
        };
        return Some((Address::new(local, domain), beside));
    }
    let mut found: Option<Address> = None;
    let mut says = false;
    for word in text.split(is_separator).filter(|word| !word.is_empty()) {
        match address(word) {
            Some(address) if found.is_none() => {
                // What was cut off the word, such as a path.
                says |= word.len() > address.written.len() + 2;
                found = Some(address);
            }
            Some(address) => says |= found.as_ref().is_none_or(|first| first.to_string() != address.to_string()),
            None => says |= says_something(word),
        }
    }
    Some((found?, if says { beside(text) } else { String::new() }))
}

fn address(word: &str) -> Option<Address> {
    let read = |word: &str| match parse(word) {
        Parsed::Address(local, domain) => Some(Address::new(local, domain)),
        _ => None,
    };
    let bare = word.trim_matches(|c: char| is_around(c) || matches!(c, '/' | '!' | '*' | '`' | '~' | '&'));
    read(bare).or_else(|| read(word)).or_else(|| bare.split('/').find_map(read))
}

/// The words beside the first address; all of them say something together.
fn beside(text: &str) -> String {
    let words: Vec<&str> = text.split(is_separator).filter(|word| !word.is_empty()).collect();
    let first = words.iter().position(|word| address(word).is_some());
    let others = words.iter().enumerate().filter(|(at, _)| Some(*at) != first).map(|(_, word)| *word);
    others.collect::<Vec<_>>().join(" ")
}
