//! What Chinese characters of names may be read as: Mandarin, Cantonese, Hokkien, Japanese.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyinMulti;

use super::kana;
use super::sounds::{Sound, sound};

/// The southern spellings of a character in simplified form.
static SOUTHERN: LazyLock<HashMap<char, Vec<&str>>> = LazyLock::new(|| {
    let mut readings: HashMap<char, Vec<&str>> = HashMap::new();
    for line in include_str!("southern.txt").lines().filter(|line| !line.starts_with('#')) {
        let words = || line.split_whitespace();
        for spelling in words().filter(|word| word.is_ascii()) {
            for letter in words().filter(|word| !word.is_ascii()).flat_map(str::chars) {
                readings.entry(simplified(letter)).or_default().push(spelling);
            }
        }
    }
    readings
});

/// The readings of Japanese words, in simplified form as all names are compared.
static JAPANESE: LazyLock<HashMap<String, Vec<&str>>> = LazyLock::new(|| {
    let mut readings: HashMap<String, Vec<&str>> = HashMap::new();
    for line in include_str!("japanese.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(reading) = words.next() else { continue };
        words.for_each(|word| readings.entry(word.chars().map(simplified).collect()).or_default().push(reading));
    }
    readings
});

/// The readings of kanji in Japanese names, in simplified form.
static KANJI: LazyLock<HashMap<char, Vec<&str>>> = LazyLock::new(|| {
    let mut readings: HashMap<char, Vec<&str>> = HashMap::new();
    for line in include_str!("kanji.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(letter) = words.next().and_then(|word| word.chars().next()) else { continue };
        readings.entry(simplified(letter)).or_default().extend(words);
    }
    readings
});

/// Simplified forms by traditional ones.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let lines = include_str!("simplified.txt").lines().filter(|line| !line.starts_with('#'));
    let pair = |pair: &str| {
        let mut letters = pair.chars();
        Some((letters.next()?, letters.next()?))
    };
    lines.flat_map(str::split_whitespace).filter_map(pair).collect()
});

/// A character in simplified form.
pub(super) fn simplified(letter: char) -> char {
    SIMPLIFIED.get(&letter).copied().unwrap_or(letter)
}

/// Whether a letter is a Chinese character.
pub(super) fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{3005}')
}

/// The sounds of a character.
fn sounds(letter: char) -> Vec<Sound> {
    let mandarin = letter.to_pinyin_multi().into_iter().flatten().filter_map(|reading| sound(&fold(reading.plain())));
    let southern = SOUTHERN.get(&letter).into_iter().flatten().filter_map(|spelling| sound(spelling));
    mandarin.chain(southern).collect()
}

/// Pinyin's ü as most people type it.
fn fold(reading: &str) -> String {
    reading.replace('ü', "u")
}

/// How Latin words stand to a name of Chinese characters (and kana).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// How many letters of the native name were found among the words.
    pub(super) found: usize,
    /// How many there are.
    pub(super) letters: usize,
    /// The words that are no reading of any letter.
    pub(super) left: Vec<String>,
}

/// The most words and letters that are tried, in every order; a longer text is hardly a name, and may be there to cost time.
const WORDS: usize = 5;
const LETTERS: usize = 8;

/// Finds Latin words among the readings of native words, so that as many letters as can be are found.
pub(super) fn pair(native: &[String], latin: &[String]) -> Pairing {
    let letters: Vec<char> = native.iter().flat_map(|word| word.chars()).collect();
    let words: Vec<&str> = latin.iter().map(String::as_str).collect();
    if words.len() > WORDS || letters.len() > LETTERS {
        return Pairing { found: 0, letters: letters.len(), left: latin.to_vec() };
    }
    best(&letters, &mut vec![false; letters.len()], &words)
}

/// Finds Latin words among the Japanese readings of native ones: how many letters are read, and how many words are left. `None` if
/// the words are not spelled as Japanese ones, or a letter has no reading that is known.
pub(super) fn pair_japanese(native: &[String], latin: &[String]) -> Option<Pairing> {
    let letters: Vec<char> = native.iter().flat_map(|word| word.chars()).collect();
    let words: Vec<String> = latin.iter().map(|word| kana::short_vowels(word)).collect();
    let is_known =
        |letter: &char| kana::is_kana(*letter) || matches!(letter, '々' | 'ヶ') || KANJI.contains_key(letter);
    if let [word] = words.as_slice() {
        let is_whole = letters.len() <= LETTERS && letters.len() > 1 && is_read(&letters, word, None);
        return is_whole.then(|| Pairing { found: letters.len(), letters: letters.len(), left: Vec::new() });
    }
    if words.len() != 2
        || letters.len() > LETTERS
        || !words.iter().all(|word| kana::is_romaji(word))
        || !letters.iter().all(is_known)
    {
        return None;
    }
    // Family name and given name, in whatever order they are written in Latin letters: each reads one end of the native name.
    let ends = |one: &str, two: &str| {
        let heads: Vec<usize> =
            (1..=letters.len()).filter(|end| is_read(letters.get(..*end).unwrap_or_default(), one, None)).collect();
        let tails: Vec<usize> =
            (0..letters.len()).filter(|start| is_read(letters.get(*start..).unwrap_or_default(), two, None)).collect();
        let whole = heads.iter().any(|end| tails.contains(end));
        let longest = heads.iter().filter(|end| **end < letters.len()).max().copied().unwrap_or_default();
        let last =
            tails.iter().filter(|start| **start > 0).map(|start| letters.len() - start).max().unwrap_or_default();
        if whole { letters.len() } else { longest.max(last) }
    };
    let [one, two] = words.as_slice() else { return None };
    let found = ends(one, two).max(ends(two, one));
    let left = if found == letters.len() { Vec::new() } else { latin.iter().take(1).cloned().collect() };
    Some(Pairing { found, letters: letters.len(), left })
}

/// The letters of Japanese words whose reading may be in Latin words.
pub(super) fn japanese_letters(latin: &[String]) -> impl Iterator<Item = char> {
    let words: Vec<String> = latin.iter().map(|word| kana::short_vowels(word)).collect();
    let is_in = move |reading: &&str| words.iter().any(|word| word.contains(*reading));
    JAPANESE.iter().filter(move |(_, readings)| readings.iter().any(&is_in)).flat_map(|(word, _)| word.chars())
}

/// Returns true if Latin words may have the reading of a letter in them: one of these sounds, or a Japanese reading. Letters of
/// [`japanese_letters`] may have, too.
pub(super) fn may_read(letter: char, sounds: &[Sound], latin: &[String]) -> bool {
    if kana::is_kana(letter)
        || matches!(letter, '々' | 'ヶ')
        || self::sounds(letter).iter().any(|own| sounds.contains(own))
    {
        return true;
    }
    let readings = KANJI.get(&letter).into_iter().flatten();
    let forms: Vec<String> = readings.flat_map(|reading| forms(reading)).collect();
    latin.iter().map(|word| kana::short_vowels(word)).any(|word| forms.iter().any(|form| word.contains(form.as_str())))
}

/// The least of a reading that stands in a word: itself, voiced, or without the vowel that meets the next one.
fn forms(reading: &str) -> impl Iterator<Item = String> {
    let short = reading.strip_suffix(['o', 'u']).filter(|short| !short.is_empty()).unwrap_or(reading);
    [Some(short.to_owned()), voiced(reading)].into_iter().flatten()
}

/// Returns true if a Latin word may read a run of letters; `false` is sure.
pub(super) fn may_be_among(letters: &[char], word: &str) -> bool {
    if letters.len() > LETTERS {
        return false;
    }
    let short = kana::short_vowels(word);
    (0..letters.len()).any(|start| {
        let run = letters.get(start..).unwrap_or_default();
        japanese(run, word).is_some()
            || spelled(run, word, 0).is_some()
            // One of the two words of a Japanese name reads its beginning or its end.
            || is_read(run, &short, None)
            || is_read(letters.get(..=start).unwrap_or_default(), &short, None)
    })
}

/// Whether a word is how letters are read; a letter that repeats the one before has its reading, with a voice or without.
fn is_read(letters: &[char], word: &str, before: Option<char>) -> bool {
    let Some((letter, rest)) = letters.split_first() else { return word.is_empty() };
    let known = JAPANESE.get(&letters.iter().collect::<String>()).is_some_and(|readings| readings.contains(&word));
    if known {
        return true;
    }
    let letter = if *letter == '々' { before.unwrap_or(*letter) } else { *letter };
    let kana = if kana::is_kana(letter) { vec![kana::romaji(&letter.to_string())] } else { Vec::new() };
    let readings = KANJI.get(&letter).into_iter().flatten().copied().chain(kana.iter().map(String::as_str));
    // A long vowel may meet the next letter's: `o` and `oka`.
    readings.filter(|reading| !reading.is_empty()).any(|reading| {
        word.strip_prefix(reading).is_some_and(|behind| is_read(rest, behind, Some(letter)))
            || voiced(reading).is_some_and(|reading| {
                before.is_some()
                    && word.strip_prefix(reading.as_str()).is_some_and(|behind| is_read(rest, behind, Some(letter)))
            })
            || (reading.len() > 1
                && reading.ends_with(['o', 'u'])
                && !rest.is_empty()
                && reading
                    .get(..reading.len() - 1)
                    .and_then(|short| word.strip_prefix(short))
                    .is_some_and(|behind| behind.starts_with(['o', 'u']) && is_read(rest, behind, Some(letter))))
    })
}

/// A reading behind another letter: `kawa` becomes `gawa`.
fn voiced(reading: &str) -> Option<String> {
    let voices = [("sh", "j"), ("ch", "j"), ("ts", "z"), ("k", "g"), ("s", "z"), ("t", "d"), ("h", "b"), ("f", "b")];
    voices.iter().find_map(|(plain, voiced)| Some(format!("{voiced}{}", reading.strip_prefix(plain)?)))
}

/// The best way to place words on letters that are not taken: one syllable may be the reading of several letters.
fn best(letters: &[char], taken: &mut [bool], words: &[&str]) -> Pairing {
    let Some((word, rest)) = words.split_first() else {
        return Pairing {
            found: taken.iter().filter(|taken| **taken).count(),
            letters: letters.len(),
            left: Vec::new(),
        };
    };
    let mut found: Option<Pairing> = None;
    for from in 0..letters.len() {
        let free = taken.iter().skip(from).take_while(|taken| !**taken).count();
        let run = letters.get(from..from + free).unwrap_or_default();
        let Some(length) = japanese(run, word).or_else(|| spelled(run, word, 0)) else { continue };
        let mark = |taken: &mut [bool], so| taken.iter_mut().skip(from).take(length).for_each(|taken| *taken = so);
        mark(taken, true);
        let pairing = best(letters, taken, rest);
        mark(taken, false);
        if found.as_ref().is_none_or(|best| best.found < pairing.found) {
            found = Some(pairing);
        }
    }
    found.unwrap_or_else(|| {
        let mut pairing = best(letters, taken, rest);
        pairing.left.push((*word).to_owned());
        pairing
    })
}

/// How many letters at the start of a run a word is the Japanese reading of.
fn japanese(run: &[char], word: &str) -> Option<usize> {
    let word = kana::short_vowels(word);
    (1..=run.len().min(6)).rev().find(|length| {
        let part: String = run.iter().take(*length).collect();
        let native = part.chars().all(kana::is_kana) && kana::romaji(&part) == word;
        native || JAPANESE.get(part.as_str()).is_some_and(|readings| readings.contains(&word.as_str()))
    })
}

/// How many letters at the start of a run a word spells, syllable by syllable.
fn spelled(run: &[char], word: &str, done: usize) -> Option<usize> {
    if word.is_empty() {
        return (done > 0).then_some(done);
    }
    let (letter, rest) = run.split_first()?;
    let readings = sounds(*letter);
    (1..=word.len().min(6)).rev().find_map(|length| {
        let (syllable, after) = word.split_at_checked(length)?;
        let meets = sound(syllable).is_some_and(|sound| readings.contains(&sound));
        if meets { spelled(rest, after, done + 1) } else { None }
    })
}
