//! Names in Cyrillic, Greek, Hangul, Arabic, Hebrew and Devanagari letters beside the same names in Latin ones.
//!
//! The letters are spelled in ASCII by the crate `any_ascii`; what is compared is the skeleton of consonants, in classes that the
//! usual ways of spelling share, because vowels are left out in some scripts and written in too many ways in the others.

use any_ascii::any_ascii;

use super::Likeness;

/// Whether all letters are of one of these scripts.
pub(super) fn is_read(word: &str) -> bool {
    word.chars().all(|letter| {
        matches!(letter, '\u{0370}'..='\u{03FF}' | '\u{0400}'..='\u{052F}' | '\u{0590}'..='\u{05FF}' | '\u{0600}'..='\u{06FF}'
            | '\u{0900}'..='\u{097F}' | '\u{AC00}'..='\u{D7A3}')
    })
}

/// How native words stand to Latin ones.
pub(super) fn likeness(native: &[String], latin: &[String]) -> Likeness {
    if native.iter().flat_map(|word| word.chars()).all(is_hangul) {
        return of_korean(&native.concat(), latin);
    }
    let is_hebrew =
        native.iter().flat_map(|word| word.chars()).all(|letter| ('\u{0590}'..='\u{05FF}').contains(&letter));
    let mut left: Vec<Skeleton> =
        latin.iter().filter(|word| !is_particle(word)).map(|word| Skeleton::of(word, is_hebrew)).collect();
    let native: Vec<String> = native.iter().filter_map(|word| spelled(word)).collect();
    let (mut found, mut exact) = (0, true);
    for word in &native {
        let readings: Vec<Skeleton> = readings(word).iter().map(|word| Skeleton::of(word, is_hebrew)).collect();
        let place = |test: &dyn Fn(&Skeleton, &Skeleton) -> bool| {
            left.iter().position(|other| readings.iter().any(|reading| test(reading, other)))
        };
        let at = place(&|one, other| one.bones == other.bones || one.bones == other.glides).or_else(|| {
            let at = place(&|one, other| other.is_like(one))?;
            exact = false;
            Some(at)
        });
        if let Some(at) = at {
            left.swap_remove(at);
            found += 1;
        }
    }
    match (found, left.len()) {
        (0, _) => Likeness::Unknown,
        (found, 0) if found == native.len() => {
            if exact {
                Likeness::Reading
            } else {
                Likeness::Compatible
            }
        }
        (_, 0) => Likeness::Part,
        (found, _) if found == native.len() => Likeness::Part,
        _ => Likeness::Related,
    }
}

/// Articles and words of descent, which are written apart, joined or not at all.
fn is_particle(word: &str) -> bool {
    matches!(word, "al" | "el" | "bin" | "ben" | "ibn" | "bint" | "abd")
}

/// An Arabic, Hebrew, Indian, Greek or Cyrillic word in ASCII, in small letters; `None` for an article alone.
fn spelled(word: &str) -> Option<String> {
    let word = word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2).unwrap_or(word);
    if matches!(word, "بن" | "ابن" | "بنت" | "عبد") {
        return None;
    }
    let mut text = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            // Silent, or a bearer of vowels.
            'ع' | 'ء' | 'ئ' | 'ا' | 'أ' | 'إ' | 'آ' | 'ى' | 'א' | 'ע' => text.push('a'),
            'ة' => text.push('a'),
            'و' => text.push('w'),
            'ו' => text.push('\u{05D5}'),
            'ي' | 'ی' | 'י' => text.push('y'),
            'ח' => text.push('h'),
            'χ' => text.push('h'),
            'ב' => text.push('b'),
            'ש' => text.push('s'),
            'צ' | 'ץ' => text.push_str("ts"),
            'ק' => text.push('k'),
            'ט' | 'ת' => text.push('t'),
            'כ' | 'ך' => text.push('\u{05DB}'),
            'פ' | 'ף' => text.push('p'),
            letter => text.push_str(&any_ascii(&letter.to_string()).to_ascii_lowercase()),
        }
    }
    Some(text)
}

/// What a word in ASCII may be: the Hebrew letters that are a consonant or a vowel, each as both.
fn readings(word: &str) -> Vec<String> {
    let mut readings = vec![String::new()];
    for letter in word.chars() {
        let other = match letter {
            '\u{05D5}' => Some(['v', 'o']),
            '\u{05DB}' => Some(['k', 'h']),
            _ => None,
        };
        let mut more = Vec::new();
        for reading in &mut readings {
            if let Some([one, two]) = other {
                // A word with so many of them is hardly a name.
                if reading.len() < 8 {
                    more.push(format!("{reading}{two}"));
                }
                reading.push(one);
            } else {
                reading.push(letter);
            }
        }
        readings.extend(more);
        readings.truncate(16);
    }
    readings
}

/// The consonants of a word in classes, and whether its first sound is a vowel.
struct Skeleton {
    bones: String,
    /// The same where a `j` is the glide that German and Slavic languages write so.
    glides: String,
    letters: String,
}

impl Skeleton {
    /// The skeleton of a word in small ASCII letters.
    fn of(word: &str, is_hebrew: bool) -> Self {
        let glides = Self::bones(&word.replace('j', ""), is_hebrew);
        Self { bones: Self::bones(word, is_hebrew), glides, letters: word.to_owned() }
    }

    /// In Hebrew one letter is b and v, one is p and f, and `ch` is a breath.
    fn bones(word: &str, is_hebrew: bool) -> String {
        let mut bones = String::with_capacity(word.len());
        let mut rest = word;
        while let Some(letter) = rest.chars().next() {
            let (class, taken) = match letter {
                _ if rest.starts_with("shch") => ('s', 4),
                _ if rest.starts_with("sch") => ('s', 3),
                _ if rest.starts_with("kh") || rest.starts_with("gh") => ('h', 2),
                _ if is_hebrew && rest.starts_with("ch") => ('h', 2),
                _ if is_hebrew && rest.starts_with("ph") => ('b', 2),
                'v' | 'f' if is_hebrew => ('b', 1),
                _ if rest.starts_with("ch") || rest.starts_with("sh") || rest.starts_with("zh") => ('s', 2),
                _ if rest.starts_with("ts") || rest.starts_with("tz") => ('s', 2),
                _ if rest.starts_with("ph") => ('f', 2),
                _ if rest.starts_with("th") || rest.starts_with("dh") => ('t', 2),
                _ if rest.starts_with("bh") => ('b', 2),
                _ if rest.starts_with("ck") => ('k', 2),
                'x' => ('k', 1),
                'b' | 'p' => ('b', 1),
                'v' | 'f' => ('f', 1),
                't' | 'd' => ('t', 1),
                'k' | 'q' | 'c' | 'g' => ('k', 1),
                's' | 'z' | 'j' => ('s', 1),
                'l' | 'r' | 'm' | 'n' | 'h' => (letter, 1),
                _ => (' ', letter.len_utf8()),
            };
            if class != ' ' && !bones.ends_with(class) {
                bones.push(class);
            }
            if letter == 'x' {
                bones.push('s');
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
        // A breath is written or not.
        bones.char_indices().filter(|(at, bone)| *at == 0 || *bone != 'h').map(|(_, bone)| bone).collect()
    }

    /// Whether the words are one but for a slip, or have the same vowels around nearly the same consonants.
    fn is_like(&self, other: &Self) -> bool {
        let near = strsim::jaro_winkler(&self.letters, &other.letters) >= 0.88;
        let bones = strsim::osa_distance(&self.bones, &other.bones);
        (near && bones <= 1) || (bones == 1 && self.bones.len().min(other.bones.len()) >= 4)
    }
}

pub(super) fn is_hangul(letter: char) -> bool {
    matches!(letter, '\u{AC00}'..='\u{D7A3}')
}

/// Family names of Korea that are spelled otherwise than they are read, and how.
const KOREAN: [(char, &[&str]); 16] = [
    ('이', &["lee", "yi", "rhee", "ri", "i"]),
    ('박', &["park", "pak", "bak"]),
    ('최', &["choi", "choe"]),
    ('임', &["lim", "im", "yim", "rim"]),
    ('유', &["yoo", "yu", "ryu", "you"]),
    ('류', &["ryu", "yoo", "yu", "ryoo"]),
    ('노', &["noh", "roh", "no"]),
    ('정', &["jung", "chung", "jeong", "cheong"]),
    ('조', &["cho", "jo"]),
    ('안', &["ahn", "an"]),
    ('신', &["shin", "sin"]),
    ('오', &["oh", "o"]),
    ('우', &["woo", "u", "wu"]),
    ('주', &["joo", "ju", "chu"]),
    ('구', &["koo", "gu", "ku"]),
    ('심', &["shim", "sim"]),
];

/// A Korean name: one family syllable, then the given name, in Latin letters in any order and spacing.
fn of_korean(native: &str, latin: &[String]) -> Likeness {
    let syllables: Vec<String> =
        native.chars().map(|letter| any_ascii(&letter.to_string()).to_ascii_lowercase()).collect();
    let (Some((family, given)), Some(first)) = (syllables.split_first(), native.chars().next()) else {
        return Likeness::Unknown;
    };
    let others = KOREAN.iter().find(|(letter, _)| *letter == first).map_or(&[][..], |(_, others)| *others);
    let is_family = |word: &str| word == family || others.contains(&word) || korean(word) == korean(family);
    let given = korean(&given.concat());
    let at = latin.iter().position(|word| is_family(word));
    let rest: Vec<&String> =
        latin.iter().enumerate().filter(|(place, _)| Some(*place) != at).map(|(_, word)| word).collect();
    // Words are sorted, so a given name of two words may stand the other way about.
    let joined = |words: &[&String]| korean(&words.iter().map(|word| word.as_str()).collect::<String>());
    let turned: Vec<&String> = rest.iter().rev().copied().collect();
    let near = |one: &str| {
        let distance = strsim::osa_distance(one, &given);
        (one == given, distance <= 1 && given.chars().count() > 3)
    };
    let (one, two) = (near(&joined(&rest)), near(&joined(&turned)));
    let (is_given, is_near) = (one.0 || two.0, one.1 || two.1);
    match (at.is_some(), is_given, is_near) {
        (true, true, _) if !given.is_empty() => Likeness::Reading,
        (true, _, true) if !given.is_empty() => Likeness::Compatible,
        (true, ..) if rest.is_empty() => Likeness::Part,
        (false, true, _) if !given.is_empty() => Likeness::Part,
        (true, ..) => Likeness::Related,
        _ => Likeness::Unknown,
    }
}

/// A Korean syllable's spelling in classes: initials without voice, vowels as they are spoken.
fn korean(word: &str) -> String {
    let mut text = word.to_owned();
    for (written, spoken) in [
        ("yeo", "yo"),
        ("eo", "o"),
        ("eu", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ou", "u"),
        ("ae", "e"),
        ("ch", "j"),
        ("sh", "s"),
        ("wu", "u"),
        ("woo", "u"),
        ("k", "g"),
        ("t", "d"),
        ("p", "b"),
        ("r", "l"),
        ("ui", "i"),
        ("wi", "i"),
        ("yu", "u"),
        ("yo", "o"),
        ("w", ""),
        ("h", ""),
    ] {
        text = text.replace(written, spoken);
    }
    let mut letters: Vec<char> = text.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}
