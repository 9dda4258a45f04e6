//! Syllables of Chinese names as classes of sound, so that Pinyin, Wade-Giles, Cantonese and Hokkien spellings of one syllable meet.

/// Initials, the longer spellings first, and the class that they are compared as.
const INITIALS: [(&str, u8); 29] = [
    ("hs", b's'),
    ("sh", b's'),
    ("zh", b'j'),
    ("ch", b'j'),
    ("ts", b'j'),
    ("tz", b'j'),
    ("ng", b'g'),
    ("kw", b'w'),
    ("gw", b'w'),
    ("b", b'p'),
    ("p", b'p'),
    ("m", b'm'),
    ("f", b'f'),
    ("d", b't'),
    ("t", b't'),
    ("n", b'n'),
    ("l", b'l'),
    ("g", b'k'),
    ("k", b'k'),
    ("h", b'h'),
    ("j", b'j'),
    ("q", b'j'),
    ("x", b's'),
    ("r", b'r'),
    ("z", b'j'),
    ("c", b'j'),
    ("s", b's'),
    ("y", b'y'),
    ("w", b'w'),
];

/// A syllable's sound: the class of its initial, its first full vowel, its final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sound(u8, u8, u8);

/// The sound of one syllable in Latin letters; `None` for what is no syllable of Chinese.
pub(super) fn sound(syllable: &str) -> Option<Sound> {
    let syllable = match syllable {
        "ssu" | "szu" | "tzu" | "tze" | "sze" | "tsz" => return Some(Sound(b'z', b'i', 0)),
        "si" | "zi" | "ci" => return Some(Sound(b'z', b'i', 0)),
        "ng" => return Some(Sound(b'g', 0, 0)),
        other => other,
    };
    let (rest, initial) =
        INITIALS.iter().find_map(|(head, class)| Some((syllable.strip_prefix(head)?, *class))).unwrap_or((syllable, 0));
    let is_vowel = |byte: u8| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u');
    let length = rest.bytes().take_while(|byte| is_vowel(*byte)).count();
    let (vowels, coda) = rest.split_at_checked(length)?;
    // A glide before a full vowel (the i of jian, the u of guo) is written in too many ways.
    let full = match vowels.as_bytes() {
        [b'i' | b'u', next, ..] if *next != b'i' || vowels.starts_with('u') => *next,
        [first, ..] => *first,
        [] => return None,
    };
    let vowel = match full {
        b'a' | b'e' => b'a',
        b'o' | b'u' => b'o',
        other => other,
    };
    let coda = match coda {
        "" | "h" | "w" | "r" | "y" => 0,
        "n" => b'n',
        "ng" => b'g',
        "m" => b'm',
        "p" | "t" | "k" => b'k',
        _ => return None,
    };
    Some(Sound(initial, vowel, coda))
}
