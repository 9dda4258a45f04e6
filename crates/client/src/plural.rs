//! Counts in sentences: "1 contact", "2 contacts".

use std::fmt::Display;

/// A count with its noun in the right number. Regular nouns only; of a phrase the first word is the noun.
///
/// ```
/// use imbrace_contacts_client::plural::counted;
///
/// assert_eq!(counted(1, "contact"), "1 contact");
/// assert_eq!(counted(0, "match"), "0 matches");
/// assert_eq!(counted(2, "entry of a list"), "2 entries of a list");
/// ```
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    if count == N::from(1) { format!("1 {noun}") } else { format!("{count} {}", plural(noun)) }
}

/// The word for one, or the word for any other count.
///
/// ```
/// use imbrace_contacts_client::plural::agree;
///
/// assert_eq!([agree(1_u64, "was", "were"), agree(0_u64, "was", "were")], ["was", "were"]);
/// ```
pub fn agree<N: PartialEq + From<u8>>(count: N, one: &'static str, many: &'static str) -> &'static str {
    if count == N::from(1) { one } else { many }
}

/// The plural of a noun, or of the first word of a phrase.
fn plural(noun: &str) -> String {
    let (first, rest) = noun.split_once(' ').map_or((noun, None), |(first, rest)| (first, Some(rest)));
    let consonant_before_y = |stem: &str| stem.chars().last().is_some_and(|letter| !"aeiou".contains(letter));
    let first = match first.strip_suffix('y').filter(|stem| consonant_before_y(stem)) {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| first.ends_with(end)) => format!("{first}es"),
        None => format!("{first}s"),
    };
    rest.map_or_else(|| first.clone(), |rest| format!("{first} {rest}"))
}
