//! A value and what it becomes, so that a reader sees what differs, be it only spaces or the encoding.

use std::fmt::Write;

use imbrace_contacts_client::characters::{is_blank, is_invisible};
use unicode_normalization::UnicodeNormalization;

use super::untrusted::{quoted, shown};

/// `a@gmial.com -> a@gmail.com`, at most `most` characters of each. Of long values the part is shown where they begin to differ;
/// blanks are made visible where the values differ in nothing else.
pub fn change(before: &str, after: &str, most: usize) -> String {
    let (before, after) = near_difference(before, after, most);
    let (old, new) = (bare(&before, most), bare(&after, most));
    if old != new {
        let is_same_text = before.nfc().eq(after.nfc());
        return format!("{old} -> {new}{}", if is_same_text { " (other encoding)" } else { "" });
    }
    format!("{} -> {}", spelled(&before, most), spelled(&after, most))
}

/// A value in quotes with its blanks and all that hides in it visible: `"·Pereira"`.
pub fn spelled(value: &str, most: usize) -> String {
    let letters = visible_blanks(value);
    let cut: String = letters.chars().take(most).collect();
    let more = if cut.len() < letters.len() { "…" } else { "" };
    format!("\"{}{more}\"", cut.replace('"', "\"\""))
}

/// A value in a sentence: in quotes where it could be misread.
fn bare(value: &str, most: usize) -> String {
    let text = shown(value, most);
    match text.as_str() {
        "" => "(empty)".to_owned(),
        text if text.contains('"') || text.contains("->") || text.starts_with('(') => quoted(value, most),
        _ => text,
    }
}

/// The values from a little before the first letter that differs, where a cut would hide it.
fn near_difference(before: &str, after: &str, most: usize) -> (String, String) {
    /// Letters that are shown before the first that differs.
    const LEAD: usize = 8;
    let common = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    if common <= most / 2 || before.chars().count().max(after.chars().count()) <= most {
        return (before.to_owned(), after.to_owned());
    }
    let from = |text: &str| format!("…{}", text.chars().skip(common - LEAD.min(common)).collect::<String>());
    (from(before), from(after))
}

/// A text whose blanks can be seen where they are not single spaces between words.
fn visible_blanks(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_blank_at = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_none_or(|letter| is_blank(*letter));
    let mut spelled = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            ' ' if is_blank_at(at.checked_sub(1)) || is_blank_at(Some(at + 1)) => spelled.push('·'),
            ' ' => spelled.push(' '),
            // Writing to a String cannot fail.
            letter if is_blank(*letter) => drop(write!(spelled, "\\u{{{:x}}}", u32::from(*letter))),
            // By itself no letter may hide, whatever it may do between others.
            letter if is_invisible(*letter) => drop(write!(spelled, "\\u{{{:x}}}", u32::from(*letter))),
            letter => spelled.push(*letter),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reader_sees_what_differs() {
        let said = [
            ("a@gmial.com", "a@gmail.com", "a@gmial.com -> a@gmail.com"),
            (" Pereira", "Pereira", r#""·Pereira" -> "Pereira""#),
            ("Ana  Silva", "Ana Silva", r#""Ana··Silva" -> "Ana Silva""#),
            ("Ana\u{a0}Silva", "Ana Silva", r#""Ana\u{a0}Silva" -> "Ana Silva""#),
            ("Jose\u{301}", "Jos\u{e9}", "Jose\u{301} -> Jos\u{e9} (other encoding)"),
            ("", "x", "(empty) -> x"),
            ("a -> b", "c", r#""a -> b" -> c"#),
        ];
        for (before, after, expected) in said {
            assert_eq!(change(before, after, 40), expected);
        }
        let long = "the same words again and again and ".repeat(3);
        let said = change(&format!("{long}ox"), &format!("{long}ax"), 30);
        assert!(said.contains("ox ->") && said.ends_with("ax"), "{said}");
    }

    proptest! {
        #[test]
        fn two_values_never_look_alike(before in "[ -~\u{a0}\u{3000}\u{301}é]{0,60}", after in "[ -~\u{a0}\u{3000}\u{301}é]{0,60}") {
            prop_assume!(before != after);
            let said = change(&before, &after, 200);
            let (old, new) = said.split_at(said.find(" -> ").unwrap());
            prop_assert!(old != &new[4..], "{said}");
        }
    }
}
