//! Thai names beside the same names in Latin letters: by their consonants, for vowels are written in too many ways.

/// Whether the Latin words spell the Thai ones: each Thai word's consonants are those of one Latin word.
/// Answers how many Thai words found theirs, and how many Latin words are left.
pub(super) fn pair(thai: &[String], latin: &[String]) -> (usize, usize) {
    let mut left: Vec<String> = latin.iter().map(|word| of_latin(word)).collect();
    let mut found = 0;
    for word in thai {
        let bones = of_thai(word);
        if let Some(at) = left.iter().position(|other| *other == bones && !bones.is_empty()) {
            left.swap_remove(at);
            found += 1;
        }
    }
    (found, left.len())
}

/// Whether a text is in the Thai script.
pub(super) fn is_thai(word: &str) -> bool {
    word.chars().all(|letter| ('\u{0E00}'..='\u{0E7F}').contains(&letter))
}

/// The consonants of a Thai word as classes; those under a mark of silence are left out.
fn of_thai(word: &str) -> String {
    let mut bones = String::with_capacity(word.len() / 2);
    for letter in word.chars() {
        // Thanthakhat: what stands before it is not spoken.
        if letter == '\u{0E4C}' {
            bones.pop();
        }
        let class = match letter {
            'ก'..='ฆ' => 'k',
            'ง' => 'g',
            'จ'..='ช' | 'ฌ' => 'c',
            // Yo ying is an n at the end of a syllable, which for names is mostly the end of the word.
            'ญ' if !bones.is_empty() => 'n',
            'ญ' | 'ย' => 'y',
            'ฎ'..='ฒ' | 'ด'..='ธ' => 't',
            'ณ' | 'น' => 'n',
            'บ' | 'ป' | 'ผ' | 'พ' | 'ภ' => 'p',
            'ฝ' | 'ฟ' => 'f',
            // Sara am, whole or taken apart by NFKD, ends in an m.
            'ม' | '\u{0E33}' | '\u{0E4D}' => 'm',
            'ร' | 'ล' | 'ฬ' => 'r',
            'ว' => 'w',
            'ซ' | 'ศ' | 'ษ' | 'ส' => 's',
            'ห' | 'ฮ' => 'h',
            _ => continue,
        };
        bones.push(class);
    }
    folded(&bones)
}

/// The consonants of a Latin word in the same classes.
fn of_latin(word: &str) -> String {
    let mut bones = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(letter) = rest.chars().next() {
        let (class, taken) = match letter {
            _ if rest.starts_with("ng") => ('g', 2),
            _ if rest.starts_with("kh") || rest.starts_with("ck") => ('k', 2),
            _ if rest.starts_with("ph") || rest.starts_with("bh") => ('p', 2),
            _ if rest.starts_with("th") => ('t', 2),
            _ if rest.starts_with("ch") => ('c', 2),
            'k' | 'g' | 'q' => ('k', 1),
            'p' | 'b' => ('p', 1),
            't' | 'd' => ('t', 1),
            'j' | 'c' => ('c', 1),
            'r' | 'l' => ('r', 1),
            'v' | 'w' => ('w', 1),
            'z' | 's' => ('s', 1),
            'n' | 'm' | 'f' | 'y' | 'h' => (letter, 1),
            _ => (' ', letter.len_utf8()),
        };
        if class != ' ' {
            bones.push(class);
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    folded(&bones)
}

/// Glides and breaths behind the first consonant come and go in spelling; doubled consonants are one.
fn folded(bones: &str) -> String {
    let spoken = |(at, bone): &(usize, char)| *at == 0 || !matches!(bone, 'h' | 'w' | 'y');
    let mut kept: Vec<char> = bones.chars().enumerate().filter(spoken).map(|(_, bone)| bone).collect();
    kept.dedup();
    kept.into_iter().collect()
}
