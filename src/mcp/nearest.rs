//! Names that a client wrote, compared with the known ones and shown safely in an error.

use imbrace_contacts_client::characters::is_invisible;

/// Below this similarity a suggestion would be a guess.
const SIMILAR: f64 = 0.8;

/// Longer names are cut: an error message is no place for a megabyte of input.
const LONGEST: usize = 64;

/// The known name that is most like the written one, if any is.
pub(super) fn nearest(written: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let written = clipped(written);
    known
        .map(|name| (strsim::jaro_winkler(&written, name), name))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

/// A written name as it may stand in an error: short, on one line.
pub(super) fn clipped(written: &str) -> String {
    let mut characters = written.chars().map(|character| if is_invisible(character) { ' ' } else { character });
    let mut short: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name_and_nonsense_finds_none() {
        let known = ["list_contacts", "search_contacts"];
        assert_eq!(nearest("serch_contact", known.into_iter()), Some("search_contacts"));
        assert_eq!(nearest("xyzzy", known.into_iter()), None);
    }

    #[test]
    fn a_long_name_is_cut_and_control_characters_go() {
        assert_eq!(clipped("a\nb"), "a b");
        assert_eq!(clipped(&"x".repeat(1000)).chars().count(), LONGEST + 1);
    }
}
