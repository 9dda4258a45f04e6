//! Slips: domains that are nearly a large provider's, endings that are nearly `com`, and signs that are missing or doubled.

use std::sync::LazyLock;

use super::known::{HEAD_SLIPS, TAIL_SLIPS};
use super::syntax::{Parsed, parse};
use super::{Address, is_provider};
use crate::normalize::phone::Region;
use imbrace_contacts_client::characters::is_blank;

/// Domains that are near a provider's and are somebody's own.
static NEAR: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("near.txt").lines().filter(|line| !line.starts_with('#'));
    let mut domains: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    domains.sort_unstable();
    domains
});

/// The domain that was meant by one that is a slip away from a large provider's.
///
/// The part before the first dot may have a slip where it is long and rare enough that it is hardly another company's; the ending
/// may have one behind every provider's name, unless it is another country's.
pub fn meant_domain(domain: &str) -> Option<&'static str> {
    if is_provider(domain) || NEAR.binary_search(&domain).is_ok() || domain.len() > 32 {
        return None;
    }
    let long = HEAD_SLIPS.iter().filter_map(|target| Some((grade(domain, target, true)?, *target)));
    let short = TAIL_SLIPS.iter().filter_map(|target| Some((grade(domain, target, false)?, *target)));
    long.chain(short).min_by_key(|(grade, _)| *grade).map(|(_, target)| target)
}

/// How far a domain is from what may be meant, the nearest first; `None` if it is another.
fn grade(domain: &str, target: &str, may_slip: bool) -> Option<u8> {
    // No name is so much longer by one slip in each part.
    if domain.len().abs_diff(target.len()) > 2 {
        return None;
    }
    let (head, tail) = domain.split_once('.').unwrap_or((domain, ""));
    let (name, ending) = target.split_once('.')?;
    let is_same_country = tail.rsplit('.').next() == ending.rsplit('.').next();
    let farther = |grade: u8| grade + if is_same_country { 0 } else { 2 } + u8::from(!by_neighbours(domain, target));
    if head == name && !tail.is_empty() {
        return is_tail_slip(tail, ending, head).then(|| farther(0));
    }
    if squeezed(domain) == squeezed(target) {
        return Some(farther(0));
    }
    if !may_slip || is_other_name(head, name) {
        return None;
    }
    if one_slip(domain, target) || (tail == ending && is_head_slip(head, name)) {
        return Some(farther(4));
    }
    (is_head_slip(head, name) && !is_country(tail) && one_slip(tail, ending)).then(|| farther(8))
}

fn squeezed(domain: &str) -> String {
    domain.replace('.', "")
}

/// A provider's name with another ending.
fn is_tail_slip(tail: &str, ending: &str, head: &str) -> bool {
    let last = |tail: &str| tail.rsplit('.').next().map(str::len);
    let is_short = ending == "com" && matches!(tail, "co" | "cm" | "om");
    if is_country(tail) && !is_short {
        let same = tail.rsplit('.').next() == ending.rsplit('.').next();
        return same && tail.contains('.') && ending.contains('.') && one_slip(tail, ending);
    }
    let two_letters = tail.len() == 3 && last(tail) == Some(3) && head.len() >= 6;
    let same = tail.bytes().zip(ending.bytes()).filter(|(a, b)| a == b).count();
    one_slip(tail, ending)
        || squeezed(tail) == squeezed(ending)
        || (two_letters && ending.len() == 3 && same > 0) && !matches!(tail, "net" | "org" | "com")
}

/// Whether an ending is a country's, or one that everybody may have.
fn is_country(tail: &str) -> bool {
    let last = tail.rsplit('.').next().unwrap_or_default();
    matches!(last, "com" | "net" | "org" | "uk" | "eu" | "su") && (last != "com" || tail == "com")
        || Region::of_letters(&last.to_ascii_uppercase()).is_some_and(|_| last.len() == 2)
}

/// A slip in a provider's name: a letter more, less, other or moved.
fn is_head_slip(head: &str, name: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters = text.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    let is_moved = name.len() > 5 && head.as_bytes().first() == name.as_bytes().first() && sorted(head) == sorted(name);
    one_slip(head, name) || (is_moved && head != name)
}

/// Names that only look like a slip: most letters before `mail` are some provider's own name.
fn is_other_name(head: &str, name: &str) -> bool {
    match name {
        "gmail" => head.len() == 5 && head.get(1..) == name.get(1..),
        "ymail" => head.get(1..) == name.get(1..) || head.ends_with(name),
        _ => false,
    }
}

/// The rows of a keyboard.
const KEYS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Whether the first letters that differ are neighbours on a keyboard.
fn by_neighbours(one: &str, other: &str) -> bool {
    let place = |letter: u8| {
        KEYS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.bytes().position(|key| key == letter)?)))
    };
    let differ = one.bytes().zip(other.bytes()).find(|(a, b)| a != b);
    differ
        .and_then(|(a, b)| Some((place(a)?, place(b)?)))
        .is_some_and(|(a, b)| a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1)
}

/// The domain that was meant by one whose ending no registry has and is a slip away from `com`: `.con`, `.cmo`.
pub fn meant_ending(domain: &str) -> Option<String> {
    /// Endings that registries have.
    const REAL: [&str; 3] = ["bom", "cam", "com"];
    let (name, ending) = domain.rsplit_once('.')?;
    let is_slip = ending.len() > 2 && one_slip(ending, "com") && !REAL.contains(&ending);
    // A name that is nearly a provider's has two slips, and which provider's is a guess.
    let is_near = |target: &&str| {
        let head = target.split('.').next().unwrap_or_default();
        strsim::osa_distance(name, head) <= if head.len() > 4 { 2 } else { 1 }
    };
    let is_clear = || name.len() > 32 || !HEAD_SLIPS.iter().chain(&TAIL_SLIPS).any(is_near);
    (is_slip && is_clear()).then(|| format!("{name}.com"))
}

/// Whether the two texts differ by one letter more, less, other, or by two neighbours changed about.
pub fn one_slip(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 || long == short {
        return false;
    }
    let (long, short) = (long.as_bytes(), short.as_bytes());
    let same = long.iter().zip(short).take_while(|(a, b)| a == b).count();
    let (Some(long), Some(short)) = (long.get(same..), short.get(same..)) else { return false };
    match (long, short) {
        ([_, rest @ ..], short) if rest == short => true,
        ([_, rest @ ..], [_, short @ ..]) if rest == short => true,
        ([a, b, rest @ ..], [c, d, short @ ..]) => a == d && b == c && rest == short,
        _ => false,
    }
}

/// The address that a text was meant to be which is none for a sign: missing, doubled, another, or written as a word.
pub(super) fn undone(text: &str) -> Option<Address> {
    let spelled = spelled_out(text)?;
    let tight = without_blanks(&spelled).replace("@@", "@");
    let (local, domain) = match tight.split_once('@') {
        Some((local, domain)) => (local.to_owned(), domain.to_owned()),
        None => missing_at(&tight)?,
    };
    let mut domain = super::lower(domain.trim_matches(|c: char| !c.is_alphanumeric())).replace([',', ';', '。'], ".");
    while domain.contains("..") {
        domain = domain.replace("..", ".");
    }
    let meant =
        meant_domain(&domain).map(str::to_owned).or_else(|| known_name(&domain)).or_else(|| meant_ending(&domain));
    let address = format!("{local}@{}", meant.unwrap_or(domain));
    match parse(&address) {
        Parsed::Address(local, domain) => Some(Address::new(local, domain)),
        _ => None,
    }
}

/// A provider's name without its ending, where it has one only.
fn known_name(domain: &str) -> Option<String> {
    matches!(domain, "gmail" | "icloud" | "googlemail" | "protonmail").then(|| format!("{domain}.com"))
}

/// `jane at example dot com` with its signs; other texts as they are.
fn spelled_out(text: &str) -> Option<String> {
    if text.contains('@') {
        return Some(text.to_owned());
    }
    let mut text = text.to_owned();
    for (word, sign) in [("at", "@"), ("dot", ".")] {
        for written in [
            format!(" {word} "),
            format!("({word})"),
            format!("[{word}]"),
            format!(" ({word}) "),
            format!(" [{word}] "),
        ] {
            text = text.replace(&written, sign);
        }
    }
    (text.matches('@').count() <= 1).then_some(text)
}

/// A text without the blanks beside its at sign and dots.
fn without_blanks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut letters = text.chars().filter(|c| !c.is_control()).peekable();
    while let Some(letter) = letters.next() {
        let is_joint = |c: &char| matches!(c, '@' | '.');
        let mut next = letters.clone();
        let behind = next.find(|c| !is_blank(*c));
        if is_blank(letter) && (kept.ends_with(['@', '.']) || behind.as_ref().is_some_and(is_joint)) {
            continue;
        }
        kept.push(letter);
    }
    kept
}

/// `janegmail.com`, whose at sign is missing.
fn missing_at(text: &str) -> Option<(String, String)> {
    let lower = super::lower(text);
    let known = ["gmail.com", "hotmail.com", "outlook.com", "icloud.com", "yahoo.com", "yahoo.com.vn", "yahoo.com.hk"];
    let domain = known.into_iter().find(|known| lower.ends_with(known))?;
    let local = lower.strip_suffix(domain)?.trim_end_matches('.');
    let is_name = local.len() > 2 && local.ends_with(|c: char| c.is_ascii_lowercase()) && !local.contains(['/', ':']);
    (is_name && local != "www").then(|| (local.to_owned(), domain.to_owned()))
}
