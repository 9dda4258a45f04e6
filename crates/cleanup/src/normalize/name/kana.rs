//! Kana in Latin letters as passports write them: long vowels short.

/// The rows of the kana table: a consonant, then its kana for a, i, u, e, o (`_` where there is none).
const ROWS: [(&str, &str); 15] = [
    ("", "あいうえお"),
    ("k", "かきくけこ"),
    ("s", "さしすせそ"),
    ("t", "たちつてと"),
    ("n", "なにぬねの"),
    ("h", "はひふへほ"),
    ("m", "まみむめも"),
    ("y", "や_ゆ_よ"),
    ("r", "らりるれろ"),
    ("w", "わ___を"),
    ("g", "がぎぐげご"),
    ("z", "ざじずぜぞ"),
    ("d", "だぢづでど"),
    ("b", "ばびぶべぼ"),
    ("p", "ぱぴぷぺぽ"),
];

/// Whether a letter is kana.
pub(super) fn is_kana(letter: char) -> bool {
    ('\u{3041}'..='\u{30FF}').contains(&letter)
}

/// A word of kana in Latin letters.
pub(super) fn romaji(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    let mut doubled = false;
    for letter in word.chars().map(hiragana) {
        match letter {
            'っ' => doubled = true,
            'ん' => text.push('n'),
            'ゃ' => glide(&mut text, 'a'),
            'ゅ' => glide(&mut text, 'u'),
            'ょ' => glide(&mut text, 'o'),
            _ => {
                let syllable = syllable(letter);
                if std::mem::take(&mut doubled) {
                    text.extend(syllable.chars().next());
                }
                text.push_str(&syllable);
            }
        }
    }
    short_vowels(&text)
}

/// Whether a word can be Japanese in Latin letters: open syllables, and `n`.
pub(super) fn is_romaji(word: &str) -> bool {
    let mut rest = word;
    while !rest.is_empty() {
        let consonants = rest.len() - rest.trim_start_matches(|c| !"aeiou".contains(c)).len();
        let (head, behind) = rest.split_at_checked(consonants).unwrap_or((rest, ""));
        let known = [
            "", "k", "s", "t", "n", "h", "m", "y", "r", "w", "g", "z", "d", "b", "p", "f", "j", "sh", "ch", "ts", "ky",
            "ny", "hy", "my", "ry", "gy", "by", "py", "kk", "ss", "tt", "pp", "ssh", "tch", "cch", "tts", "kky", "ppy",
        ];
        // An `n` closes the syllable before, and is an `m` before lips.
        let closed =
            head.strip_prefix('n').or_else(|| head.strip_prefix('m').filter(|rest| rest.starts_with(['b', 'p', 'm'])));
        let fits = |head: &str| known.contains(&head);
        let at_end = behind.is_empty() && head == "n";
        if !(at_end || (!behind.is_empty() && (fits(head) || closed.is_some_and(fits)))) {
            return false;
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    !word.is_empty()
}

/// Long vowels written short: `ou`, `oo`, `uu`, and `oh` at the end.
pub(super) fn short_vowels(text: &str) -> String {
    let text = text.replace("ou", "o").replace("oo", "o").replace("uu", "u");
    text.strip_suffix("oh").map_or(text.clone(), |head| format!("{head}o"))
}

/// Kana as hiragana, a long vowel as its vowel: `オーノ` and `おおの` are one.
pub(super) fn hiragana_of(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for letter in word.chars().map(hiragana) {
        let vowel = match text.chars().next_back().map(syllable) {
            Some(syllable) if letter == 'ー' => syllable.chars().next_back(),
            _ => None,
        };
        text.push(match vowel {
            Some('a') => 'あ',
            Some('i') => 'い',
            Some('u') => 'う',
            Some('e') => 'え',
            Some('o') => 'お',
            _ => letter,
        });
    }
    text
}

fn hiragana(letter: char) -> char {
    if ('\u{30A1}'..='\u{30F6}').contains(&letter) {
        char::from_u32(letter as u32 - 0x60).unwrap_or(letter)
    } else {
        letter
    }
}

fn syllable(letter: char) -> String {
    let place = ROWS.iter().find_map(|(head, row)| Some((head, row.chars().position(|kana| kana == letter)?)));
    let Some((head, column)) = place else { return String::new() };
    match (*head, column) {
        ("s", 1) => "shi".to_owned(),
        ("t", 1) => "chi".to_owned(),
        ("t", 2) => "tsu".to_owned(),
        ("h", 2) => "fu".to_owned(),
        ("z" | "d", 1) => "ji".to_owned(),
        ("d", 2) => "zu".to_owned(),
        ("w", 4) => "o".to_owned(),
        (head, column) => format!("{head}{}", ["a", "i", "u", "e", "o"].get(column).unwrap_or(&"")),
    }
}

/// A small ya, yu or yo: `ki` + `ya` is `kya`, `shi` + `ya` is `sha`.
fn glide(text: &mut String, vowel: char) {
    text.pop();
    if !(text.ends_with("sh") || text.ends_with("ch") || text.ends_with('j')) {
        text.push('y');
    }
    text.push(vowel);
}
