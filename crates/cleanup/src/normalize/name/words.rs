//! Names of one script beside each other, word by word.

use super::{Likeness, western};
use crate::normalize::email::one_slip;

/// How many words of two names met, by how well.
struct Met<'a> {
    whole: usize,
    slips: usize,
    /// Initials and beginnings.
    shortened: usize,
    /// Words of the shorter name that met none.
    strange: Vec<&'a String>,
    /// Words of the longer name that met none.
    left: Vec<&'a String>,
}

/// How two lists of Latin words stand to each other; `None` when one is empty.
pub(super) fn latin(one: &[String], two: &[String]) -> Option<Likeness> {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    if short.is_empty() {
        return None;
    }
    if one == two || same_letters(one, two) {
        return Some(Likeness::Equal);
    }
    let (joined, other) = (one.concat(), two.concat());
    if joined.len().min(other.len()) >= 8 && one_slip(&joined, &other) {
        return Some(Likeness::Compatible);
    }
    let met = meet(short, long);
    if !met.strange.is_empty() {
        return Some(strangers(&met));
    }
    let all = met.whole + met.slips + met.shortened;
    Some(if all >= 2 && met.slips <= 1 && met.whole >= 1 { Likeness::Compatible } else { Likeness::Part })
}

/// Two names of which each has a word that the other has not.
fn strangers(met: &Met<'_>) -> Likeness {
    let english = |words: &[&String]| !words.is_empty() && words.iter().all(|word| western::is_western(word));
    let native = |words: &[&String]| !words.iter().any(|word| western::is_western(word));
    if met.whole + met.slips == 0 {
        // `Winnie Chan` may be the `Ka Yan` of whom there is only a given name.
        let given = |words: &[&String]| words.len() <= 2 && native(words);
        let mixed = |words: &[&String]| words.len() == 2 && words.iter().any(|word| western::is_western(word));
        let (one, two) = (&met.strange, &met.left);
        let apart = met.shortened == 0 && ((given(one) && mixed(two)) || (given(two) && mixed(one)));
        return if apart { Likeness::Unknown } else { Likeness::Conflict };
    }
    let alias = |one: &[&String], two: &[&String]| english(one) && native(two);
    if alias(&met.strange, &met.left) || alias(&met.left, &met.strange) {
        return Likeness::Alias;
    }
    Likeness::Related
}

/// Pairs words off, equal ones first: `Le L.` is `Le` and an initial, in whatever order they stand.
fn meet<'a>(short: &'a [String], long: &'a [String]) -> Met<'a> {
    let mut left: Vec<&String> = long.iter().collect();
    let mut take = |rest: Vec<&'a String>, meets: &dyn Fn(&str, &str) -> bool| {
        let before = rest.len();
        let mut strange = Vec::new();
        for word in rest {
            match left.iter().position(|other| meets(word, other)) {
                Some(at) => drop(left.swap_remove(at)),
                None => strange.push(word),
            }
        }
        (before - strange.len(), strange)
    };
    let (whole, rest) = take(short.iter().collect(), &|word, other| word == other);
    let (slips, rest) = take(rest, &|word, other| word.len().max(other.len()) >= 4 && one_slip(word, other));
    let (begun, rest) = take(rest, &begins);
    let (initials, strange) =
        take(rest, &|word, other| word.len().min(other.len()) == 1 && word.get(..1) == other.get(..1));
    Met { whole, slips, shortened: begun + initials, strange, left }
}

/// Whether one is the beginning of the other, or a short form of it.
fn begins(word: &str, other: &str) -> bool {
    let (less, more) = if word.len() <= other.len() { (word, other) } else { (other, word) };
    (less.len() >= 3 && more.starts_with(less)) || western::same(word, other)
}

/// How two lists of words without spaces between names stand to each other.
pub(super) fn native(one: &[String], two: &[String]) -> Option<Likeness> {
    let (one, two): (String, String) = (one.concat(), two.concat());
    if one.is_empty() || two.is_empty() {
        return None;
    }
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    if sorted(&one) == sorted(&two) {
        return Some(Likeness::Equal);
    }
    let (short, long) = if one.len() <= two.len() { (&one, &two) } else { (&two, &one) };
    if long.contains(short.as_str()) {
        return Some(if short.chars().count() >= 2 { Likeness::Compatible } else { Likeness::Part });
    }
    Some(if one.chars().next() == two.chars().next() { Likeness::Related } else { Likeness::Conflict })
}

/// Whether two lists hold the same letters in all, so that they differ in spacing and order only.
fn same_letters(one: &[String], two: &[String]) -> bool {
    let count = |words: &[String]| words.iter().map(String::len).sum::<usize>();
    let sorted = |words: &[String]| {
        let mut letters: Vec<u8> = words.iter().flat_map(|word| word.bytes()).collect();
        letters.sort_unstable();
        letters
    };
    count(one) == count(two) && count(one) >= 6 && sorted(one) == sorted(two)
}
