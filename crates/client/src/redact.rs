//! Takes the process's own secrets out of what it says, in the spellings in which a gateway's data may hold them.
//!
//! A secret is looked for whole, without its prefix (`acc_`, `api_`), in any case, percent-encoded, in hexadecimal digits
//! and in Base64 wherever it stands in what was encoded; and as the beginning of any of these, from twelve bytes on,
//! where a text was clipped right behind it. Secrets below [`MIN_DERIVED`] characters are only looked for whole and as they
//! are, those below [`MIN_WHOLE`] not at all: what is as short as a word may be one.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted credential]";

/// The shortest secret that is looked for, in bytes.
pub const MIN_WHOLE: usize = 8;

/// The shortest secret, its prefix aside, that is looked for in other spellings, in bytes.
pub const MIN_DERIVED: usize = 16;

/// How much of a spelling must stand before the mark of a clipped text, in bytes.
const MIN_CLIPPED: usize = 12;

/// The mark of a clipped text.
const CLIPPED: &str = "…";

/// Prefixes that tell what a secret opens and are no secret themselves.
const PREFIXES: [&str; 2] = ["acc_", "api_"];

/// Bytes that are looked through at a time.
const PIECE: usize = 256 * 1024;

/// Bytes that two pieces have in common: more than the longest spelling of a long secret.
const OVERLAP: usize = 64 * 1024;

/// Finds secrets in texts and takes them out.
#[derive(Default)]
pub struct Redactor {
    /// Letters of either case: whole secrets, those without prefix, hexadecimal digits.
    folded: Spellings,
    /// Whole and short secrets, and Base64, whose case matters.
    exact: Spellings,
}

/// Spellings that are looked for together.
#[derive(Default)]
struct Spellings {
    texts: Vec<Spelling>,
    automaton: Option<AhoCorasick>,
}

/// One spelling of a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Spelling {
    text: String,
    /// Whether it may be the rest of an id: a UUID behind another prefix opens what that prefix says.
    is_bare: bool,
}

impl Redactor {
    /// The redactor of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut folded, mut exact) = (HashSet::new(), HashSet::new());
        for secret in secrets {
            spell(secret.trim(), &mut folded, &mut exact);
        }
        Self { folded: Spellings::new(folded, true), exact: Spellings::new(exact, false) }
    }

    /// The text without secrets.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found = Vec::new();
        self.find(text.as_bytes(), &mut found);
        self.find_encoded(text, &mut found);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_unstable();
        let (mut clean, mut end) = (String::with_capacity(text.len()), 0);
        for (from, to) in found {
            if from >= end {
                // Secrets are ASCII, so both borders are borders of characters.
                clean.push_str(text.get(end..from).unwrap_or_default());
                clean.push_str(REDACTED);
            }
            end = end.max(to);
        }
        clean.push_str(text.get(end..).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// Whether bytes of any kind hold a secret in one of its spellings, as UTF-8 or with a zero byte beside each letter (UTF-16).
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let mut start = 0;
        // Piece by piece, each with the end of the one before, so that little more than a piece is copied.
        while start < bytes.len() {
            let end = (start + PIECE + OVERLAP).min(bytes.len());
            let piece = bytes.get(start..end).unwrap_or_default();
            let text = String::from_utf8_lossy(piece);
            if matches!(self.text(&text), Cow::Owned(_)) {
                return true;
            }
            if piece.contains(&0) {
                let letters: Vec<u8> = piece.iter().copied().filter(|byte| *byte != 0).collect();
                if matches!(self.text(&String::from_utf8_lossy(&letters)), Cow::Owned(_)) {
                    return true;
                }
            }
            start += PIECE;
        }
        false
    }

    /// The same for a text that is owned, which most often stays as it is.
    pub fn owned(&self, text: String) -> String {
        match self.text(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(clean) => clean,
        }
    }

    /// The JSON without secrets, in keys and in values.
    pub fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.owned(std::mem::take(text)),
            Value::Array(values) => values.iter_mut().for_each(|value| self.json(value)),
            Value::Object(fields) => {
                let cleaned = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                    self.json(&mut value);
                    (self.owned(name), value)
                });
                *fields = cleaned.collect();
            }
            Value::Number(number) => {
                // A secret may be all digits.
                let text = number.to_string();
                if let Cow::Owned(clean) = self.text(&text) {
                    *value = Value::String(clean);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn find(&self, bytes: &[u8], found: &mut Vec<(usize, usize)>) {
        self.folded.find(bytes, found);
        self.exact.find(bytes, found);
        self.find_clipped(bytes, found);
    }

    /// Finds what is percent-encoded in whole or in part.
    fn find_encoded(&self, text: &str, found: &mut Vec<(usize, usize)>) {
        if !text.contains('%') {
            return;
        }
        let bytes = text.as_bytes();
        // Of each decoded byte, where it begins in the text; behind the last one, the end of the text.
        let (mut decoded, mut places, mut at) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len()), 0);
        while let Some(byte) = bytes.get(at) {
            let code = (*byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(hexadecimal);
            places.push(at);
            decoded.push(code.unwrap_or(*byte));
            at += if code.is_some() { 3 } else { 1 };
        }
        places.push(bytes.len());
        let mut within = Vec::new();
        self.find(&decoded, &mut within);
        let place = |at: usize| places.get(at).copied();
        found.extend(within.into_iter().filter_map(|(from, to)| Some((place(from)?, place(to)?))));
    }

    /// Finds beginnings of secrets right before the mark of a clipped text.
    fn find_clipped(&self, bytes: &[u8], found: &mut Vec<(usize, usize)>) {
        let mark = CLIPPED.as_bytes();
        let ends = bytes.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark).map(|(end, _)| end);
        for end in ends {
            // A percent code may be clipped in its midst.
            let before = match bytes.get(..end).unwrap_or_default() {
                [rest @ .., b'%'] | [rest @ .., b'%', _] => rest,
                whole => whole,
            };
            let word = before.iter().rev().take_while(|byte| byte.is_ascii_graphic()).count();
            if word < MIN_CLIPPED {
                continue;
            }
            let longest = self.folded.longest_beginning(before, u8::eq_ignore_ascii_case);
            let longest = longest.max(self.exact.longest_beginning(before, u8::eq));
            found.extend(longest.map(|length| (before.len() - length, end)));
        }
    }
}

/// Says nothing of the secrets.
impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Spellings {
    fn new(texts: HashSet<Spelling>, ignores_case: bool) -> Self {
        let texts: Vec<Spelling> = texts.into_iter().collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(ignores_case)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(texts.iter().map(|spelling| &spelling.text));
        // Too many secrets for one automaton would be gigabytes of them.
        Self { automaton: automaton.ok().filter(|_| !texts.is_empty()), texts }
    }

    fn find(&self, bytes: &[u8], found: &mut Vec<(usize, usize)>) {
        let Some(automaton) = &self.automaton else { return };
        for place in automaton.find_iter(bytes) {
            let is_bare = self.texts.get(place.pattern().as_usize()).is_some_and(|spelling| spelling.is_bare);
            if !(is_bare && is_behind_prefix(bytes.get(..place.start()).unwrap_or_default())) {
                found.push((place.start(), place.end()));
            }
        }
    }

    /// How long the longest beginning of a spelling is with which `before` ends.
    fn longest_beginning(&self, before: &[u8], same: impl Fn(&u8, &u8) -> bool + Copy) -> Option<usize> {
        let ends_with = |beginning: &[u8]| {
            let end = before.len().checked_sub(beginning.len()).and_then(|from| before.get(from..));
            end.is_some_and(|end| end.iter().zip(beginning).all(|(one, other)| same(one, other)))
        };
        let of = |spelling: &Spelling| {
            let bytes = spelling.text.as_bytes();
            (MIN_CLIPPED..bytes.len()).rev().find(|length| {
                let beginning = bytes.get(..*length).unwrap_or_default();
                ends_with(beginning)
                    && !(spelling.is_bare && is_behind_prefix(before.get(..before.len() - length).unwrap_or_default()))
            })
        };
        self.texts.iter().filter_map(of).max()
    }
}

/// Adds every spelling of a secret.
fn spell(secret: &str, folded: &mut HashSet<Spelling>, exact: &mut HashSet<Spelling>) {
    if secret.len() < MIN_WHOLE || !secret.is_ascii() {
        return;
    }
    let bare = PREFIXES.iter().find_map(|prefix| secret.strip_prefix(prefix));
    let spelling = |text: String| Spelling { text, is_bare: false };
    if bare.unwrap_or(secret).len() < MIN_DERIVED {
        exact.insert(spelling(secret.to_owned()));
        return;
    }
    folded.insert(spelling(secret.to_owned()));
    folded.extend(bare.map(|bare| Spelling { text: bare.to_owned(), is_bare: true }));
    for text in [Some(secret), bare].into_iter().flatten() {
        folded.insert(spelling(text.bytes().map(|byte| format!("{byte:02x}")).collect()));
        // Three bytes are four letters: of three cuts, one fits wherever the secret stands in what was encoded.
        for cut in 0..3 {
            for alphabet in [STANDARD, URL_SAFE] {
                exact.insert(spelling(base64(text.as_bytes().get(cut..).unwrap_or_default(), alphabet)));
            }
        }
    }
}

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD: [char; 2] = ['+', '/'];
const URL_SAFE: [char; 2] = ['-', '_'];

/// The whole groups of the bytes in Base64: what does not depend on what follows.
fn base64(bytes: &[u8], last: [char; 2]) -> String {
    let letter = |index: u32| match index & 63 {
        index @ 62.. => last.get(index as usize - 62).copied().unwrap_or_default(),
        index => LETTERS.get(index as usize).copied().map_or(char::default(), char::from),
    };
    let group = |bytes: &[u8]| bytes.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte));
    let letters = |bytes: &[u8]| [18, 12, 6, 0].map(|shift| letter(group(bytes) >> shift));
    bytes.chunks_exact(3).flat_map(letters).collect()
}

/// The byte that two hexadecimal digits mean.
fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok()
}

/// Whether a text ends with the prefix of an id, such as `con_`.
fn is_behind_prefix(before: &[u8]) -> bool {
    matches!(before, [.., letter, b'_'] if letter.is_ascii_lowercase())
}

/// Secrets that become known while the process lives, shared by all who must not say them. A clone knows the same.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    secrets: HashSet<String>,
    redactor: Arc<Redactor>,
}

/// How many there are, never which.
impl fmt::Debug for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Known").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

impl Secrets {
    /// Adds secrets. Those that were replaced by newer ones stay: they may be good for a while, and stand in older texts.
    pub fn add<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.secrets.len();
        known.secrets.extend(secrets.into_iter().map(|secret| secret.trim().to_owned()));
        if known.secrets.len() > before {
            known.redactor = Arc::new(Redactor::new(known.secrets.iter().map(String::as_str)));
        }
    }

    /// What takes out all that are known now.
    pub fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).redactor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "acc_8d1f6a34-77c2-4b0e-9a55-3f0c2e91d7ab";

    fn encoded(text: &str, every: bool) -> String {
        text.bytes()
            .map(|byte| {
                if every || !byte.is_ascii_alphanumeric() {
                    format!("%{byte:02X}")
                } else {
                    char::from(byte).to_string()
                }
            })
            .collect()
    }

    /// Base64 by the book, padded.
    fn whole_base64(bytes: &[u8]) -> String {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().div_ceil(3) * 3, 0);
        let mut text = base64(&padded, STANDARD);
        text.truncate((bytes.len() * 8).div_ceil(6));
        text
    }

    /// A secret in a spelling, and what of it must not be left.
    fn spellings(token: &str, before: &str) -> Vec<String> {
        let bare = token.trim_start_matches("acc_");
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        vec![
            token.to_owned(),
            bare.to_owned(),
            token.to_uppercase(),
            bare.to_uppercase(),
            encoded(token, false),
            encoded(token, true),
            encoded(bare, true).to_lowercase(),
            hex(token),
            hex(bare).to_uppercase(),
            whole_base64(format!("{before}{token}").as_bytes()),
            whole_base64(format!("{before}{bare}").as_bytes()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_spelling_is_left_wherever_it_stands(
            random in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            before in "\\PC{0,8}",
            after in "\\PC{0,8}",
            shift in "[a-z]{0,4}",
        ) {
            let token = format!("acc_{random}");
            let redactor = Redactor::new([token.as_str()]);
            for spelling in spellings(&token, &shift) {
                let clean = redactor.text(&format!("{before} {spelling} {after}")).into_owned();
                // At most the two bytes that share a group of Base64 with others are left of 36.
                let left = clean.split(REDACTED).map(str::len).sum::<usize>();
                prop_assert!(clean.contains(REDACTED), "{clean}");
                prop_assert!(left <= before.len() + after.len() + 2 + 16, "{clean}");
                for part in random.as_bytes().windows(8) {
                    let part = std::str::from_utf8(part).unwrap();
                    prop_assert!(!clean.to_lowercase().contains(part) || before.contains(part), "{clean}");
                }
                // Of a clipped one nothing is left but what shares a group of Base64 with others.
                for length in (4 * MIN_CLIPPED..spelling.len()).filter(|length| spelling.is_char_boundary(*length)) {
                    let clipped = redactor.text(&format!("{}…", &spelling[..length])).into_owned();
                    let left = clipped.chars().filter(|letter| *letter != '…').count() - REDACTED.len();
                    prop_assert!(clipped.contains(REDACTED) && left <= 12, "{clipped}");
                }
            }
        }

        #[test]
        fn other_texts_do_not_change(text in "\\PC{0,200}") {
            let redactor = Redactor::new([TOKEN, "api_1234567890abcdefghij", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"]);
            prop_assert!(matches!(redactor.text(&text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn ids_handles_and_short_words_stay() {
        let redactor = Redactor::new([TOKEN, "password", "word", "acc_short"]);
        let bare = TOKEN.trim_start_matches("acc_");
        for text in [
            format!("con_{bare}"),
            "acc_8d1f6a34".to_owned(),
            "8d1f6a34-77c2-4b0e".to_owned(),
            "8d1f6a34-77…".to_owned(),
            "con_8d1f6a34-77c2-4b0e…".to_owned(),
            "word Password short 70617373776f7264 %70assword".replace("%70", "%50"),
        ] {
            assert_eq!(redactor.text(&text), text);
        }
        assert_eq!(redactor.text("my password, acc_short"), format!("my {REDACTED}, {REDACTED}"));
    }

    #[test]
    fn json_is_cleaned_in_keys_and_values() {
        let mut value = json!({"a": [TOKEN, 1], TOKEN: {"b": format!("x {TOKEN} y")}, "c": null});
        Redactor::new([TOKEN]).json(&mut value);
        assert_eq!(value, json!({"a": [REDACTED, 1], REDACTED: {"b": format!("x {REDACTED} y")}, "c": null}));
    }

    #[test]
    fn secrets_are_added_while_others_use_them() {
        let (secrets, text) = (Secrets::default(), format!("{TOKEN} and another-secret"));
        let shared = secrets.clone();
        assert_eq!(shared.redactor().text(&text), text);
        secrets.add([TOKEN]);
        assert_eq!(shared.redactor().text(&text), format!("{REDACTED} and another-secret"));
        secrets.add(["another-secret"]);
        assert_eq!(shared.redactor().text(&text), format!("{REDACTED} and {REDACTED}"));
    }
}
