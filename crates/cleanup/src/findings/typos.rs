//! Typos before the at sign, as far as the contact's name or addresses of people of that name decide them.

use super::super::normalize::email;
use super::ValueCounts;
use super::facts::Facts;

/// A part of the name that so many have is no slip itself.
const COMMON: u32 = 6;
/// The shortest name part in which a slip can be told from another name.
const SHORTEST: usize = 4;
/// The shortest run of name parts in which a slip can be told from another name.
const SHORTEST_RUN: usize = 7;

/// What was meant by the part before the at sign, where it is one slip away from it.
pub(super) fn meant_local(facts: &Facts<'_>, value_counts: &ValueCounts, local: &str, domain: &str) -> Option<String> {
    if local.len() < SHORTEST || !local.is_ascii() || email::is_role(local) || local.contains('+') {
        return None;
    }
    let tokens = facts.name_words();
    let here = parts_that_fit(local, tokens);
    let others = value_counts
        .namesakes(facts, domain)
        .filter(|other| email::one_slip(local, other) && differ_in_letters(local, other));
    let better =
        others.filter(|other| parts_that_fit(other, tokens) > here).max_by_key(|other| parts_that_fit(other, tokens));
    better.map(str::to_owned).or_else(|| {
        // A name that nobody else has may be the one with the slip.
        let common: Vec<String> =
            tokens.iter().filter(|token| value_counts.of_word(token) >= COMMON).cloned().collect();
        by_name(local, &common).filter(|meant| differ_in_letters(local, meant))
    })
}

/// Numbers behind a name tell people apart, and stops are put in on purpose: only letters slip.
fn differ_in_letters(one: &str, other: &str) -> bool {
    let only = |text: &str, kept: fn(&u8) -> bool| text.bytes().filter(kept).collect::<Vec<_>>();
    only(one, u8::is_ascii_digit) == only(other, u8::is_ascii_digit)
        && only(one, u8::is_ascii_alphabetic) != only(other, u8::is_ascii_alphabetic)
}

/// How many letters of the local part are whole parts of the name.
fn parts_that_fit(local: &str, tokens: &[String]) -> usize {
    tokens.iter().filter(|token| token.len() > 1 && local.contains(token.as_str())).map(String::len).sum()
}

/// The local part with one slip against the name undone.
fn by_name(local: &str, tokens: &[String]) -> Option<String> {
    if tokens.len() < 2 || tokens.len() > 4 || !local.is_ascii() {
        return None;
    }
    let letters_end = local.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (letters, number) = local.split_at_checked(letters_end)?;
    let squeezed = letters.replace(['.', '_', '-'], "");
    if arrange(&mut String::new(), tokens, &mut vec![false; tokens.len()], &mut |run| run == squeezed) {
        return None;
    }
    if letters.contains(['.', '_', '-']) { by_segments(letters, tokens) } else { by_run(letters, tokens) }
        .map(|meant| meant + number)
}

/// `jmes_huang` of James Huang: all segments but one are parts of the name or initials, and that one is a slip away.
fn by_segments(letters: &str, tokens: &[String]) -> Option<String> {
    let mut wrong = None;
    for segment in letters.split(['.', '_', '-']) {
        let fits = tokens.iter().any(|token| token == segment || (segment.len() == 1 && token.starts_with(segment)));
        if !fits && wrong.replace(segment).is_some() {
            return None;
        }
    }
    let wrong = wrong?;
    let used = |token: &&String| !letters.split(['.', '_', '-']).any(|segment| segment == token.as_str());
    let meant = tokens.iter().filter(used).find(|token| token.len() >= SHORTEST && email::one_slip(wrong, token))?;
    Some(letters.replacen(wrong, meant, 1))
}

/// `jmeshuang` of James Huang: an order of parts and initials gives the run but for a slip.
fn by_run(letters: &str, tokens: &[String]) -> Option<String> {
    let mut slip = None;
    arrange(&mut String::new(), tokens, &mut vec![false; tokens.len()], &mut |run| {
        let found = run.len() >= SHORTEST_RUN && email::one_slip(letters, run);
        if found {
            slip = Some(run.to_owned());
        }
        found
    });
    slip
}

/// Tries every order of name parts, whole or as initials; stops when `accept` does.
fn arrange(run: &mut String, tokens: &[String], used: &mut [bool], accept: &mut impl FnMut(&str) -> bool) -> bool {
    if used.iter().filter(|used| **used).count() > 1 && accept(run) {
        return true;
    }
    for (at, token) in tokens.iter().enumerate() {
        if used.get(at).copied().unwrap_or(true) {
            continue;
        }
        let length = run.len();
        for part in [token.as_str(), token.get(..1).unwrap_or_default()] {
            mark(used, at, true);
            run.push_str(part);
            let stop = arrange(run, tokens, used, accept);
            run.truncate(length);
            mark(used, at, false);
            if stop {
                return true;
            }
        }
    }
    false
}

fn mark(used: &mut [bool], at: usize, value: bool) {
    if let Some(slot) = used.get_mut(at) {
        *slot = value;
    }
}
