//! A name in its own script beside one in Latin letters.

use super::{Likeness, han, kana, scripts, thai, western};

/// How a native name stands to Latin words.
pub(super) fn likeness(native: &[String], latin: &[String]) -> Likeness {
    if native.is_empty() || latin.is_empty() {
        return Likeness::Unknown;
    }
    if native.iter().all(|word| thai::is_thai(word)) {
        let (found, left) = thai::pair(native, latin);
        return match (found, left) {
            (0, _) => Likeness::Unknown,
            (found, 0) if found == native.len() => Likeness::Reading,
            (_, 0) => Likeness::Part,
            (found, _) if found == native.len() => Likeness::Part,
            _ => Likeness::Related,
        };
    }
    if native.iter().all(|word| scripts::is_read(word)) {
        return scripts::likeness(native, latin);
    }
    if !native.iter().flat_map(|word| word.chars()).any(|letter| han::is_han(letter) || kana::is_kana(letter)) {
        return Likeness::Unknown;
    }
    // An initial is no reading.
    let (words, initials): (Vec<String>, Vec<String>) = latin.iter().cloned().partition(|word| word.len() > 1);
    // In Japanese readings every word must be one; a mixture with Chinese ones would make names of single letters meet.
    let japanese = if words.len() == latin.len() { han::pair_japanese(native, &words) } else { None };
    let pairing = han::pair(native, &words);
    if let Some(japanese) = japanese.filter(|japanese| japanese.found >= pairing.found || !pairing.left.is_empty()) {
        return match japanese.found {
            found if found == japanese.letters => Likeness::Reading,
            0 if pairing.found == 0 => Likeness::Conflict,
            0 => Likeness::Related,
            _ => Likeness::Related,
        };
    }
    let english = !pairing.left.is_empty() && pairing.left.iter().all(|word| western::is_western(word));
    match pairing.found {
        0 => Likeness::Unknown,
        found if pairing.left.is_empty() && found == pairing.letters => Likeness::Reading,
        _ if pairing.left.is_empty() && initials.len() <= pairing.letters - pairing.found => Likeness::Part,
        // `陳太太` beside `Chan Tai Man`: the family name is all there is.
        1 if pairing.letters == 1 => Likeness::Part,
        found if found == pairing.letters && english => Likeness::Reading,
        _ if english => Likeness::Alias,
        found if found + 1 == pairing.letters && found > 1 => Likeness::Compatible,
        _ => Likeness::Related,
    }
}

/// Returns true if a Latin word may be one of those that spell a native name; `false` is sure.
pub(super) fn may_read(native: &[String], word: &str) -> bool {
    let letters = || native.iter().flat_map(|word| word.chars());
    if letters().any(|letter| han::is_han(letter) || kana::is_kana(letter)) {
        return han::may_be_among(&letters().collect::<Vec<char>>(), word);
    }
    // Every word of the other scripts is read by itself, but for Korean given names, which may be two words.
    letters().any(scripts::is_hangul) || likeness(native, &[word.to_owned()]) != Likeness::Unknown
}

/// How names in Japanese characters and in kana alone stand to each other, by the reading; `None` when they are none.
pub(super) fn kana_beside_han(one: &[String], two: &[String]) -> Option<Likeness> {
    let is_kana = |words: &[String]| words.iter().flat_map(|word| word.chars()).all(kana::is_kana);
    if one.is_empty() || two.is_empty() {
        return None;
    }
    let (native, read) = match (is_kana(one), is_kana(two)) {
        (true, false) => (two, one),
        (false, true) => (one, two),
        _ => return None,
    };
    let words: Vec<String> = read.iter().map(|word| kana::romaji(word)).collect();
    Some(likeness(native, &words))
}
