//! "Did you mean": the known name that is most like a written one, by one measure for all errors.

/// Below this likeness (Jaro, 0 to 1) a suggestion would be a guess.
const LIKE: f64 = 0.8;

/// Longer names are compared by their beginning: an error is no place for a megabyte of input.
const LONGEST: usize = 64;

/// How alike two names are whatever their case, from 0 to 1.
pub fn likeness(written: &str, known: &str) -> f64 {
    let written: String = written.chars().take(LONGEST).collect();
    strsim::jaro(&written.to_lowercase(), &known.to_lowercase())
}

/// The known name that is most like a written one or begins with it, if any is.
///
/// ```
/// use imbrace_contacts_client::suggestion::nearest;
///
/// assert_eq!(nearest("serch_contact", ["list_contacts", "search_contacts"]), Some("search_contacts"));
/// assert_eq!(nearest("xyzzy", ["list_contacts", "search_contacts"]), None);
/// ```
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let begins = |known: &str| !lower.is_empty() && known.to_lowercase().starts_with(&lower);
    known
        .into_iter()
        .map(|known| (likeness(written, known), known))
        .filter(|(likeness, known)| *likeness >= LIKE || begins(known))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn one_slip_is_understood_and_another_word_is_not() {
        let fields = ["contact_id", "channel_type", "display_name", "email", "limit", "query"];
        for (written, meant) in [
            ("contactId", "contact_id"),
            ("CHANEL_TYPE", "channel_type"),
            ("dispaly_name", "display_name"),
            ("emial", "email"),
            ("limits", "limit"),
            ("q", "query"),
        ] {
            assert_eq!(nearest(written, fields), Some(meant), "{written}");
        }
        for written in ["", "phone", "zzz", "organisation"] {
            assert_eq!(nearest(written, fields), None, "{written}");
        }
        assert_eq!(nearest(&"contact_id".repeat(100_000), fields), None);
    }
}
