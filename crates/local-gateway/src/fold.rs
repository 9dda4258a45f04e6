//! Folds text for search: lower case, no diacritics, half-width, so that `nguyen` finds `Nguyễn`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Base letters and the letters that fold to them; those of Vietnamese, and the commoner ones of Europe.
const FAMILIES: [(&str, &str); 24] = [
    ("a", "àáảãạăằắẳẵặâầấẩẫậäåāąǎ"),
    ("ae", "æ"),
    ("c", "çćčĉċ"),
    ("d", "đďð"),
    ("e", "èéẻẽẹêềếểễệëēęěė"),
    ("g", "ğģĝġ"),
    ("h", "ħĥ"),
    ("i", "ìíỉĩịïîīįıǐ"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "łļľĺ"),
    ("n", "ñńňņ"),
    ("o", "òóỏõọôồốổỗộơờớởỡợöøōőǒ"),
    ("oe", "œ"),
    ("r", "řŕŗ"),
    ("s", "śšşșŝ"),
    ("ss", "ß"),
    ("t", "ťţțŧ"),
    ("th", "þ"),
    ("u", "ùúủũụưừứửữựüûūůűųǔ"),
    ("w", "ŵẁẃẅ"),
    ("y", "ỳýỷỹỵÿŷ"),
    ("z", "źžż"),
    (" ", "\u{3000}\u{a0}"),
];

static FOLDS: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    FAMILIES.iter().flat_map(|(base, letters)| letters.chars().map(move |letter| (letter, *base))).collect()
});

/// The text as search compares it.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(&mut folded, text);
    folded
}

/// Appends the folded text.
pub(super) fn fold_into(folded: &mut String, text: &str) {
    for character in text.chars() {
        if character.is_ascii() {
            folded.push(character.to_ascii_lowercase());
            continue;
        }
        for lower in half_width(character).to_lowercase() {
            match FOLDS.get(&lower) {
                Some(base) => folded.push_str(base),
                // Combining marks: decomposed text folds like composed text.
                None if ('\u{300}'..='\u{36f}').contains(&lower) => {}
                None => folded.push(lower),
            }
        }
    }
}

/// The ASCII form of a full-width letter, digit or sign.
fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn marks_case_and_width_do_not_matter() {
        assert_eq!(fold("Nguyễn Thị Ánh"), "nguyen thi anh");
        assert_eq!(fold("Ng\u{75}ye\u{302}\u{303}n ĐẶNG"), "nguyen dang");
        assert_eq!(fold("０９１２　Ａｂ"), "0912 ab");
        assert_eq!(fold("陳大文 Müller Straße"), "陳大文 muller strasse");
    }
}
